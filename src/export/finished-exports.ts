import { z } from 'zod';
import { Collection } from '../store/collection.ts';
import { keyOf, type PersonKey } from '../store/person-key.ts';
import { type Milestone, StoredBalance } from './journal.ts';
import { outcomes } from './ledger.ts';
import { ExportOrder } from './order.ts';

const Post = z.object({
  part: z.number(),
  of: z.number(),
  place: z.enum(['space', 'direct']),
  messageId: z.string(),
  atMs: z.number(),
});

/** What is kept of an export that has ended: who asked for what, what came of it, where its files are. */
const FinishedExport = z.object({
  order: ExportOrder,
  outcome: z.enum(outcomes),
  /** Absent when it ended before its search did. */
  balance: StoredBalance.optional(),
  /** When it first began to collect. */
  startedAtMs: z.number().optional(),
  endedAtMs: z.number(),
  /** The messages with its files, as far as they are still there. */
  posts: z.array(Post).readonly(),
  /** Uploads that Webex never confirmed: a copy of a file may be there, and nobody knows its message. */
  unconfirmed: z.number(),
  /** When its person had the posts removed. */
  recalledAtMs: z.number().optional(),
  /** How many of the looks at its late transcripts are over, besides those that became a job. */
  looks: z.number().optional(),
});
export type FinishedExport = Readonly<z.infer<typeof FinishedExport>>;

const Data = z.object({ exports: z.array(FinishedExport).readonly() });
type Data = z.infer<typeof Data>;

/** The exports that have ended, until they are removed after their time; by reference and by person. */
export class FinishedExports {
  readonly #collection: Collection<Data>;

  private constructor(collection: Collection<Data>) {
    this.#collection = collection;
  }

  /** @throws {StoreCorruptError} the file cannot be read, and was left untouched */
  static async open(path: string): Promise<FinishedExports> {
    const format = { schema: Data, version: 1, migrations: {}, empty: { exports: [] } };
    return new FinishedExports(await Collection.open(path, format));
  }

  /** Oldest first. */
  list(): readonly FinishedExport[] {
    return this.#collection.data.exports;
  }

  find(ref: string): FinishedExport | undefined {
    return this.list().find(({ order }) => order.ref === ref);
  }

  /** Newest first. */
  of(person: PersonKey): FinishedExport[] {
    const key = keyOf(person);
    return this.list()
      .filter(({ order }) => keyOf(order.requester) === key)
      .toReversed();
  }

  /** Replaces what there was under this reference. @throws {StorageFullError} nothing was changed */
  async put(record: FinishedExport): Promise<void> {
    await this.#collection.update(({ exports }) => {
      const others = exports.filter(({ order }) => order.ref !== record.order.ref);
      const all = [...others, record].sort((a, b) => a.endedAtMs - b.endedAtMs);
      return { data: { exports: all }, result: undefined };
    });
  }

  /** So many looks at its late transcripts are over. @throws {StorageFullError} nothing was changed */
  async noteLooks(ref: string, looks: number): Promise<void> {
    await this.#collection.update(({ exports }) => ({
      data: { exports: exports.map((one) => (one.order.ref === ref ? { ...one, looks } : one)) },
      result: undefined,
    }));
  }

  async remove(ref: string): Promise<void> {
    await this.#collection.update(
      (data) => {
        const exports = data.exports.filter(({ order }) => order.ref !== ref);
        const removed = exports.length < data.exports.length;
        return { data: removed ? { exports } : data, result: undefined };
      },
      { forgetPrevious: true },
    );
  }

  async idle(): Promise<void> {
    await this.#collection.idle();
  }
}

/** @returns nothing where the journal does not say that the job has ended */
export function toFinishedExport(
  order: ExportOrder,
  milestones: readonly Milestone[],
): FinishedExport | undefined {
  let startedAtMs: number | undefined;
  let ended: Extract<Milestone, { kind: 'ended' }> | undefined;
  const posts: z.infer<typeof Post>[] = [];
  let unconfirmed = 0;
  for (const record of milestones) {
    if (record.kind === 'ended') ended = record;
    if (record.kind === 'posted') posts.push(Post.parse(record));
    if (record.kind === 'unconfirmed') unconfirmed++;
    if (record.kind === 'state' && record.state === 'running') startedAtMs ??= record.atMs;
  }
  if (!ended) return undefined;
  const { outcome, balance, atMs } = ended;
  return {
    order,
    outcome,
    ...(balance && { balance }),
    ...(startedAtMs !== undefined && { startedAtMs }),
    endedAtMs: atMs,
    posts,
    unconfirmed,
  };
}
