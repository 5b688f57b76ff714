import { readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { StoreCorruptError } from '../errors.ts';
import type { AppendFile } from '../store/durable.ts';
import { openAppendFile } from '../store/durable.ts';
import { type Bucket, buckets, outcomes } from './ledger.ts';

const Place = z.object({
  segment: z.object({ offset: z.number(), length: z.number() }),
  offset: z.number(),
  length: z.number(),
});

const SettledTask = z.object({
  id: z.string(),
  bucket: z.enum(buckets),
  reason: z
    .object({
      text: z.string(),
      attempts: z.number().optional(),
      status: z.number().optional(),
      trackingId: z.string().optional(),
      refusedHost: z.string().optional(),
    })
    .optional(),
  entries: z.number(),
  place: Place,
  entriesPlace: Place.optional(),
});

const amount = z.number();
export const StoredBalance = z.object({
  found: amount,
  exported: amount,
  no_transcript: amount,
  still_open: amount,
  filtered_out: amount,
  failed: amount,
  cancelled: amount,
} satisfies Record<Bucket | 'found', z.ZodNumber>);

/** Job states as the journal knows them; a job without an `ended` record is unfinished. */
const openStates = ['accepted', 'waiting_for_login', 'waiting_for_answer', 'running'] as const;
export type OpenState = (typeof openStates)[number];

/**
 * One line each in `journal.ndjson`, appended and flushed to disk before anything is built on it. Ids,
 * counts and reasons only: what belongs to customers lies in the encrypted spool.
 */
const JournalRecord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('journal'), version: z.literal(1) }),
  z.object({ kind: z.literal('state'), state: z.enum(openStates), atMs: z.number() }),
  /** Its person wants it to run, however large it is; `toMe`: to be given the files alone. */
  z.object({ kind: z.literal('answered'), toMe: z.boolean(), atMs: z.number() }),
  /** An orderly shutdown; a job that was running without one was cut off by a crash. */
  z.object({ kind: z.literal('interrupted'), atMs: z.number() }),
  z.object({
    kind: z.literal('plan'),
    pieces: z.array(
      z.object({
        fromMs: z.number(),
        toMs: z.number(),
        /** Only these conversations are wanted; an earlier export had found them. */
        again: z
          .array(
            z.object({ id: z.string(), createdMs: z.number(), wasOpen: z.boolean().optional() }),
          )
          .readonly()
          .optional(),
      }),
    ),
    queueIds: z.array(z.string()),
    queueNames: z.array(z.string()),
    agents: z.array(z.object({ id: z.string().optional(), name: z.string() })).optional(),
    /** Queues that a conversation may have been in at any time. */
    throughNames: z.array(z.string()).optional(),
    counted: z.number().optional(),
  }),
  z.object({
    kind: z.literal('page'),
    piece: z.number(),
    /** Absent after the last page of a piece. */
    next: z.string().optional(),
    tasks: z.array(z.object({ id: z.string(), createdMs: z.number() })),
    /** Conversations found in all with this page: what a restart must find in the journal as well. */
    found: z.number(),
    /** Rows of conversations that earlier rows had listed. */
    again: z.number().optional(),
    /** Of these tasks, those that only a filter on our side turned away. */
    dropped: z.array(z.string()),
    place: Place,
  }),
  z.object({ kind: z.literal('search_broke'), text: z.string() }),
  z.object({ kind: z.literal('settled'), tasks: z.array(SettledTask) }),
  z.object({ kind: z.literal('recounted'), count: z.number().optional() }),
  /** A file was sent and Webex did not say whether it has it: it is sent once more, not twice. */
  z.object({ kind: z.literal('unconfirmed'), part: z.number() }),
  /** One file. `place` says whether it went to the space of the command or to the person alone. */
  z.object({
    kind: z.literal('posted'),
    part: z.number(),
    of: z.number(),
    place: z.enum(['space', 'direct']),
    /** Why it went to the person although the command was said in a space. */
    detour: z.enum(['asked', 'unsafe', 'refused']).optional(),
    messageId: z.string(),
    atMs: z.number(),
  }),
  /** The message that tells how far it is: it can be edited ten times, whoever does it. */
  z.object({ kind: z.literal('progress'), messageId: z.string(), edits: z.number() }),
  z.object({
    kind: z.literal('ended'),
    outcome: z.enum(outcomes),
    atMs: z.number(),
    balance: StoredBalance.optional(),
  }),
]);
export type JournalRecord = z.infer<typeof JournalRecord>;

/** The records that tell what became of the job, of which there are few. */
export type Milestone = Extract<
  JournalRecord,
  { kind: 'state' | 'answered' | 'interrupted' | 'unconfirmed' | 'posted' | 'progress' | 'ended' }
>;

const milestoneKinds = new Set<string>([
  'state',
  'answered',
  'interrupted',
  'unconfirmed',
  'posted',
  'progress',
  'ended',
] satisfies Milestone['kind'][]);

export function isMilestone(record: JournalRecord): record is Milestone {
  return milestoneKinds.has(record.kind);
}

/** The append-only story of one job. */
export class Journal {
  readonly #file: AppendFile;
  readonly #milestones: Milestone[];

  private constructor(file: AppendFile, milestones: Milestone[]) {
    this.#file = file;
    this.#milestones = milestones;
  }

  /** What happened so far, earlier processes included; also what found no room on the disk. */
  get milestones(): readonly Milestone[] {
    return this.#milestones;
  }

  /**
   * @throws {StoreCorruptError} a line that is not the last one cannot be read. Only the last line can be
   *   torn by a crash; it was never acted upon, so it is cut off.
   */
  static async open(path: string): Promise<Journal> {
    const { records, goodBytes, torn } = await readRecords(path);
    if (torn) await truncate(path, goodBytes);
    const file = await openAppendFile(path);
    if (records.length === 0) await file.append('{"kind":"journal","version":1}\n');
    return new Journal(file, records.filter(isMilestone));
  }

  /** Resolves once the records are on disk. */
  async append(...records: JournalRecord[]): Promise<void> {
    this.#milestones.push(...records.filter(isMilestone));
    await this.#file.append(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

export async function readJournal(path: string): Promise<readonly JournalRecord[]> {
  return (await readRecords(path)).records;
}

async function readRecords(
  path: string,
): Promise<{ records: JournalRecord[]; goodBytes: number; torn: boolean }> {
  const text = await readTextOrNothing(path);
  const records: JournalRecord[] = [];
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  for (const [index, line] of lines.entries()) {
    const record = parseRecord(line);
    if (!record) throw new StoreCorruptError(path, `line ${index + 1} is not a journal record`);
    records.push(record);
  }
  const goodBytes = Buffer.byteLength(text) - Buffer.byteLength(tail);
  return { records, goodBytes, torn: tail !== '' };
}

function parseRecord(line: string): JournalRecord | undefined {
  try {
    const read = JournalRecord.safeParse(JSON.parse(line));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

async function readTextOrNothing(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
