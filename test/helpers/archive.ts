import { fromBufferPromise } from 'yauzl';

/** The files in a zip by their names. */
export async function readArchive(bytes: Buffer | undefined): Promise<Map<string, string>> {
  if (!bytes) throw new Error('there is no file to read');
  const zip = await fromBufferPromise(bytes, { lazyEntries: true });
  const files = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
    files.set(entry.fileName, Buffer.concat(chunks).toString('utf8'));
  }
  return files;
}

/** Records of RFC 4180, read letter by letter: as little like the writer as can be. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text.charAt(at + 1) === '"') cell += text.charAt(++at);
      else isQuoted = false;
    } else if (letter === '"' && cell === '') isQuoted = true;
    else if (letter === ',') {
      record.push(cell);
      cell = '';
    } else if (letter === '\r' && text.charAt(at + 1) === '\n') {
      at++;
      records.push([...record, cell]);
      record = [];
      cell = '';
    } else cell += letter;
  }
  if (cell !== '' || record.length > 0) throw new Error('the last record has no end');
  return records;
}
