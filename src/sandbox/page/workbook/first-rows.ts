import { buffer } from 'node:stream/consumers';
import { StringDecoder } from 'node:string_decoder';
import { fromBufferPromise } from 'yauzl';
import { ZipFile } from 'yazl';

export interface FirstRows {
  /** A workbook that holds the same sheets, but of each only the first rows. */
  readonly bytes: Buffer;
  /** How many rows each sheet has in fact, by its part in the file. */
  readonly rowCounts: ReadonlyMap<string, number>;
}

const sheetPart = /^xl\/worksheets\/[^/]+\.xml$/;
/** A part that is not a sheet and unpacks to more is nothing a workbook of ours has. */
const maxPartBytes = 32 * 1024 * 1024;

/**
 * Cuts a workbook before it is read as a whole: exceljs needs seconds for what a long export holds, and
 * all the other servers of the sandbox would stand still meanwhile.
 */
export async function firstRows(file: Buffer, most: number): Promise<FirstRows> {
  const zip = await fromBufferPromise(file, { lazyEntries: true });
  const cut = new ZipFile();
  const rowCounts = new Map<string, number>();
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const stream = await zip.openReadStreamPromise(entry);
    const name = entry.fileName;
    if (sheetPart.test(name)) {
      const sheet = new SheetCut(most);
      const decoder = new StringDecoder('utf8');
      for await (const chunk of stream) sheet.add(decoder.write(chunk));
      rowCounts.set(name, sheet.rows);
      cut.addBuffer(Buffer.from(sheet.text()), name, { compress: false });
    } else {
      if (entry.uncompressedSize > maxPartBytes) throw new Error(`${name} is too large`);
      cut.addBuffer(await buffer(stream), name, { compress: false });
    }
  }
  cut.end();
  return { bytes: await buffer(cut.outputStream), rowCounts };
}

const rowEnd = '</row>';
const dataEnd = '</sheetData>';

/** Keeps of the XML of one sheet, which comes in pieces, the first rows and what stands around them. */
class SheetCut {
  rows = 0;
  readonly #most: number;
  readonly #kept: string[] = [];
  #rest = '';
  #place: 'rows' | 'after' = 'rows';

  constructor(most: number) {
    this.#most = most;
  }

  add(piece: string): void {
    const text = this.#rest + piece;
    if (this.#place === 'after') {
      this.#kept.push(piece);
      return;
    }
    let from = 0;
    for (let at = text.indexOf(rowEnd); at >= 0; at = text.indexOf(rowEnd, from)) {
      const end = at + rowEnd.length;
      if (this.rows < this.#most) this.#kept.push(text.slice(from, end));
      this.rows++;
      from = end;
    }
    const end = text.indexOf(dataEnd, from);
    if (end < 0) {
      this.#rest = text.slice(from);
      return;
    }
    // Where there was no row at all, everything up to here is the head.
    this.#kept.push(this.rows === 0 ? text.slice(from) : text.slice(end));
    this.#rest = '';
    this.#place = 'after';
  }

  /** Links and merged cells would bring back the rows that were cut off. */
  text(): string {
    return [...this.#kept, this.#rest].join('').replace(/<hyperlinks>.*<\/hyperlinks>/s, '');
  }
}
