import { readZip, type ZipParts } from './zip-parts.ts';

/**
 * Opens a finished archive again and counts the records of each file in it, in flat memory: lines, but
 * those inside of quotation marks only in CSV.
 *
 * @returns records by name, the header of a CSV file included; other files are not looked at
 * @throws {WorkbookError} the file is cut or damaged
 */
export async function countRecords(path: string): Promise<Map<string, number>> {
  return readZip(path, async (parts) => {
    const counts = new Map<string, number>();
    for (const name of parts.names) {
      if (/\.(csv|jsonl)$/.test(name)) counts.set(name, await countIn(parts, name));
    }
    return counts;
  });
}

const lineFeed = 0x0a;
const quotationMark = 0x22;

async function countIn(parts: ZipParts, name: string): Promise<number> {
  // In JSON a quotation mark may be escaped, and a line never has a line feed inside.
  const hasQuotes = name.endsWith('.csv');
  let records = 0;
  let isQuoted = false;
  for await (const chunk of parts.inflate(name)) {
    for (const byte of chunk) {
      if (byte === quotationMark) isQuoted = hasQuotes && !isQuoted;
      else if (byte === lineFeed && !isQuoted) records++;
    }
  }
  return records;
}
