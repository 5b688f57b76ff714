import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkbookError } from '../errors.ts';
import { wallClockMs } from '../time.ts';
import { countRows } from '../workbook/count-rows.ts';
import type { Sheet } from '../workbook/sheet.ts';
import { writeWorkbook } from '../workbook/write-workbook.ts';
import type { FinishedFile } from './deliver.ts';
import type { Settlement } from './ledger.ts';
import type { ExportOrder } from './order.ts';

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

interface Part {
  readonly number: number;
  readonly of: number;
}

interface FilesInput {
  readonly folder: string;
  readonly order: ExportOrder;
  readonly settlements: readonly Settlement[];
  readonly limitBytes: number;
  /** The sheets of one part, made anew for each attempt because rows can be read once only. */
  readonly sheets: (settlements: readonly Settlement[], part: Part) => readonly Sheet[];
  readonly finishedMs: number;
  readonly signal: AbortSignal;
}

/**
 * Writes the workbook, in several parts where one would be too large to post, and opens each again to
 * see that every row is in it.
 *
 * @throws {WorkbookError} a file does not hold what was written, or cannot be made small enough
 */
export async function writeFiles(input: FilesInput): Promise<FinishedFile[]> {
  await mkdir(input.folder, { recursive: true, mode: 0o700 });
  const most = Math.max(1, input.settlements.length);
  for (let of = 1; of <= most; ) {
    const files: FinishedFile[] = [];
    let largestBytes = 0;
    const parts = divide(input.settlements, of);
    for (const [index, settlements] of parts.entries()) {
      const part = { number: index + 1, of: parts.length };
      const { file, sizeBytes } = await writePart(input, settlements, part);
      files.push(file);
      largestBytes = Math.max(largestBytes, sizeBytes);
      if (largestBytes > input.limitBytes) break;
    }
    if (largestBytes <= input.limitBytes) return files;
    // A tenth more than proportion says, because conversations are not all of one size.
    of = Math.max(of + 1, Math.ceil((of * largestBytes * 1.1) / input.limitBytes));
    await rm(input.folder, { recursive: true, force: true });
    await mkdir(input.folder, { recursive: true, mode: 0o700 });
  }
  throw new WorkbookError('one conversation alone makes a file above the upload limit');
}

async function writePart(
  { folder, order, finishedMs, sheets, signal }: FilesInput,
  settlements: readonly Settlement[],
  part: Part,
): Promise<{ file: FinishedFile; sizeBytes: number }> {
  const name = fileName(order, part);
  const path = join(folder, name);
  const written = await writeWorkbook({
    path,
    sheets: sheets(settlements, part),
    title: `Webex Contact Center conversations ${order.ref}`,
    creator: 'wxcc-export-bot',
    createdMs: finishedMs,
    signal,
  });
  const inFile = await countRows(path);
  for (const { name: sheet, rows } of written.sheets) {
    if (inFile.get(sheet) !== rows) {
      throw new WorkbookError(`sheet ${sheet} has ${inFile.get(sheet)} rows, not ${rows}`);
    }
  }
  return { file: { path, name, contentType: xlsx }, sizeBytes: written.sizeBytes };
}

/** Made of dates and the ref only, so that no title or name can reach a file system. */
function fileName({ ref, window }: ExportOrder, { number, of }: Part): string {
  const day = (atMs: number) => new Date(wallClockMs(atMs, window.zone)).toISOString().slice(0, 10);
  const part = of > 1 ? `_part-${number}-of-${of}` : '';
  return `wxcc-conversations_${day(window.fromMs)}_${day(window.toMs - 1)}_${ref}${part}.xlsx`;
}

/** Into parts of about equal weight in the spool, in their order, none of them empty. */
function divide(settlements: readonly Settlement[], parts: number): Settlement[][] {
  const total = settlements.reduce((sum, { place }) => sum + place.length, 0);
  const divided: Settlement[][] = Array.from({ length: parts }, () => []);
  let weight = 0;
  for (const settlement of settlements) {
    const index = total === 0 ? 0 : Math.min(parts - 1, Math.floor((weight * parts) / total));
    divided[index]?.push(settlement);
    weight += settlement.place.length;
  }
  const filled = divided.filter((part) => part.length > 0);
  return filled.length > 0 ? filled : [[]];
}
