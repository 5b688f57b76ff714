import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { wallClockMs } from '../time.ts';
import type { FinishedFile } from './deliver.ts';
import type { FileFormat, Part } from './file-format.ts';
import type { Settlement } from './ledger.ts';
import type { ExportOrder } from './order.ts';

interface FilesInput {
  readonly folder: string;
  readonly order: ExportOrder;
  readonly settlements: readonly Settlement[];
  readonly limitBytes: number;
  /** Exactly so many parts, whatever their size; as many as the limit makes necessary where it is not said. */
  readonly parts?: number | undefined;
  readonly format: FileFormat;
}

/** No division makes the file small enough. */
class TooLargeToPostError extends AppError {
  readonly code = 'workbook_invalid';

  constructor(limitBytes: number) {
    const limit = `${Math.floor(limitBytes / 1_000_000)} MB`;
    super(
      `one conversation alone makes a file above ${limitBytes} bytes`,
      `One conversation alone makes a file that is larger than I may post (${limit}). The operator can raise UPLOAD_LIMIT_MB.`,
    );
  }
}

/**
 * Writes an export, in several parts where one file would be too large to post.
 *
 * @throws {TooLargeToPostError}, and what the format throws
 */
export async function writeFiles(input: FilesInput): Promise<FinishedFile[]> {
  const { settlements, limitBytes } = input;
  if (input.parts !== undefined) return (await writeParts(input, input.parts, Infinity)).files;
  const most = Math.max(1, settlements.length);
  for (let parts = await guessParts(input); parts <= most; ) {
    const { files, largestBytes } = await writeParts(input, parts, limitBytes);
    if (largestBytes <= limitBytes) return files;
    // A tenth more than proportion says, because conversations are not all of one size.
    const next = Math.max(parts + 1, Math.ceil((parts * largestBytes * 1.1) / limitBytes));
    // The finest division of all is tried before giving up.
    parts = parts < most ? Math.min(next, most) : next;
  }
  throw new TooLargeToPostError(limitBytes);
}

const sampleCount = 500;

/**
 * From some of the conversations, where there are so many that one file may well be too large: writing a
 * million rows only to see that they do not fit takes as long as writing them.
 */
async function guessParts(input: FilesInput): Promise<number> {
  const { settlements, limitBytes } = input;
  const every = Math.floor(settlements.length / sampleCount);
  const total = weightOfAll(settlements);
  // A file is smaller than what it is made of.
  if (every < 10 || total <= limitBytes) return 1;
  const sample = settlements.filter((_, index) => index % every === 0);
  const { largestBytes } = await writeParts({ ...input, settlements: sample }, 1, Infinity);
  return Math.ceil((largestBytes * total) / (weightOfAll(sample) * limitBytes));
}

/** Begins with an empty folder; stops after the first part above the limit. */
async function writeParts(
  input: FilesInput,
  count: number,
  limitBytes: number,
): Promise<{ files: FinishedFile[]; largestBytes: number }> {
  await rm(input.folder, { recursive: true, force: true });
  await mkdir(input.folder, { recursive: true, mode: 0o700 });
  const files: FinishedFile[] = [];
  let largestBytes = 0;
  const parts = divide(input.settlements, count);
  for (const [index, settlements] of parts.entries()) {
    const part = { number: index + 1, of: parts.length };
    const { file, sizeBytes } = await writePart(input, settlements, part);
    files.push(file);
    largestBytes = Math.max(largestBytes, sizeBytes);
    if (largestBytes > limitBytes) break;
  }
  return { files, largestBytes };
}

async function writePart(
  { folder, order, format }: FilesInput,
  settlements: readonly Settlement[],
  part: Part,
): Promise<{ file: FinishedFile; sizeBytes: number }> {
  const name = `${fileName(order, part)}${format.extension}`;
  const path = join(folder, name);
  const sizeBytes = await format.write(path, settlements, part);
  return { file: { path, name, contentType: format.contentType }, sizeBytes };
}

/** Made of dates and the ref only, so that no title or name can reach a file system. */
function fileName({ ref, window, addendumTo }: ExportOrder, { number, of }: Part): string {
  const day = (atMs: number) => new Date(wallClockMs(atMs, window.zone)).toISOString().slice(0, 10);
  const part = of > 1 ? `_part-${number}-of-${of}` : '';
  const name = addendumTo === undefined ? ref : `${addendumTo}_addendum-${ref}`;
  return `wxcc-conversations_${day(window.fromMs)}_${day(window.toMs - 1)}_${name}${part}`;
}

/**
 * Into so many parts of about equal weight in the spool, in their order, none of them empty: the same for
 * the same settlements, so that a restart can post what is missing.
 */
function divide(settlements: readonly Settlement[], parts: number): Settlement[][] {
  const total = weightOfAll(settlements);
  const divided: Settlement[][] = [];
  let part: Settlement[] = [];
  let weight = 0;
  for (const [index, settlement] of settlements.entries()) {
    part.push(settlement);
    weight += weightOf(settlement);
    const left = settlements.length - index - 1;
    const open = parts - divided.length - 1;
    const isFull = weight * parts >= total * (divided.length + 1);
    if (open > 0 && (isFull || left <= open)) {
      divided.push(part);
      part = [];
    }
  }
  if (part.length > 0 || divided.length === 0) divided.push(part);
  return divided;
}

function weightOfAll(settlements: readonly Settlement[]): number {
  return settlements.reduce((sum, settlement) => sum + weightOf(settlement), 0);
}

function weightOf({ place, entriesPlace }: Settlement): number {
  return place.length + (entriesPlace?.length ?? 0);
}
