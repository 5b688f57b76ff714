import { readVerdict } from '../../src/sandbox/verdict.ts';
import { type Cell, readSheets } from './workbook.ts';

/** One row of the sheet "Not exported". */
interface MissingConversation {
  readonly bucket: Cell;
  readonly reason: Cell;
  readonly attempts: Cell;
  readonly status: Cell;
  readonly trackingId: Cell;
}

/** What a finished workbook says about each conversation, and about all of them. */
export interface Account {
  /** Every conversation of the file with its bucket, as often as it is in the file. */
  readonly buckets: readonly (readonly [id: string, bucket: string])[];
  readonly missing: ReadonlyMap<string, MissingConversation>;
  /** Entries in the sheet "Messages" by conversation; a long one has several rows. */
  readonly messages: ReadonlyMap<string, number>;
  /** The receipt: labels without their indentation. */
  readonly summary: ReadonlyMap<string, Cell>;
}

/** Counts the entries of a conversation from 1. */
const sequenceColumn = 9;

export async function readAccount(bytes: Buffer | undefined): Promise<Account> {
  const sheets = await readSheets(bytes);
  const rowsOf = (name: string) => (sheets.get(name) ?? []).slice(1);
  const missing = new Map<string, MissingConversation>();
  const buckets: [string, string][] = rowsOf('Conversations').map(([id]) => [
    String(id),
    'exported',
  ]);
  for (const [id, bucket, reason, attempts, status, trackingId] of rowsOf('Not exported')) {
    buckets.push([String(id), String(bucket)]);
    missing.set(String(id), { bucket, reason, attempts, status, trackingId });
  }
  const messages = new Map<string, number>();
  for (const row of rowsOf('Messages')) {
    const id = String(row[0]);
    messages.set(id, Math.max(messages.get(id) ?? 0, Number(row[sequenceColumn])));
  }
  const summary = new Map(
    (sheets.get('Summary') ?? []).map(([label, value]) => [String(label ?? '').trim(), value]),
  );
  return { buckets, missing, messages, summary };
}

const wordsOfBuckets = [
  ['exported', 'exported'],
  ['without transcript', 'no_transcript'],
  ['still open', 'still_open'],
  ['filtered out', 'filtered_out'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
] as const;

/** How many conversations are in each bucket that is not empty; `found` is their sum as it was told. */
export type Tally = Readonly<Record<string, number>>;

/** From the sentence that came with the file. */
export function tallyOfMessage(text: string): Tally {
  const verdict = readVerdict(text);
  if (verdict?.kind !== 'finished') throw new Error(`this is no balance: ${text}`);
  return tallyOf(verdict.found, (words) => verdict.parts.get(words) ?? 0);
}

export function tallyOfSummary({ summary }: Account): Tally {
  const numberAt = (label: string) => Number(summary.get(label) ?? Number.NaN);
  return tallyOf(numberAt('Conversations found'), numberAt);
}

export function tallyOfRows({ buckets }: Pick<Account, 'buckets'>): Tally {
  const tally: Record<string, number> = { found: new Set(buckets.map(([id]) => id)).size };
  for (const [, bucket] of buckets) tally[bucket] = (tally[bucket] ?? 0) + 1;
  return tally;
}

function tallyOf(found: number, count: (words: string) => number): Tally {
  const tally: Record<string, number> = { found };
  for (const [words, bucket] of wordsOfBuckets) {
    if (count(words) !== 0) tally[bucket] = count(words);
  }
  return tally;
}
