import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError, StoreCorruptError } from '../errors.ts';
import { replaceFile } from '../store/durable.ts';
import { type FinishedExport, toFinishedExport } from './finished-exports.ts';
import { isMilestone, Journal, type Milestone, type OpenState, readJournal } from './journal.ts';
import { ExportOrder } from './order.ts';
import type { Progress } from './progress.ts';

/** Somebody said so, or its person may not export any more. */
export type StopReason = 'cancelled' | 'forbidden';

/** To the person whose export is stopped by new rules. */
export const permissionWithdrawn =
  'The permission for this export was withdrawn, so nothing more is posted.';

/** One export in this process: its order, its journal, and how far it is. */
export class Job {
  readonly folder: string;
  readonly journal: Journal;
  /** Fires when the person, an operator or a shutdown stops the job. */
  readonly stopping = new AbortController();
  /** How often an earlier process died while this job ran. */
  readonly crashes: number;
  #order: ExportOrder;
  #readProgress: (() => Progress) | undefined;
  #state: OpenState;
  #stateSinceMs: number;
  #hasRun: boolean;
  #stoppedFor: StopReason | undefined;
  #isPosting = false;

  private constructor(order: ExportOrder, folder: string, journal: Journal) {
    this.#order = asAnswered(order, journal.milestones);
    this.folder = folder;
    this.journal = journal;
    this.crashes = countCrashes(journal.milestones);
    const states = journal.milestones.filter((record) => record.kind === 'state');
    this.#state = states.at(-1)?.state ?? 'accepted';
    this.#stateSinceMs = states.at(-1)?.atMs ?? order.orderedAtMs;
    this.#hasRun = states.some(({ state }) => state === 'running');
  }

  static async create(jobsFolder: string, order: ExportOrder): Promise<Job> {
    const folder = join(jobsFolder, order.ref);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await replaceFile(join(folder, 'order.json'), `${JSON.stringify(order, null, 2)}\n`);
    const job = new Job(order, folder, await Journal.open(join(folder, 'journal.ndjson')));
    await job.enter('accepted', order.orderedAtMs);
    return job;
  }

  /**
   * @returns the job, or what is kept of one that has ended; nothing when a crash came before the order
   *   was written down
   */
  static async reopen(folder: string): Promise<Job | FinishedExport | undefined> {
    const path = join(folder, 'journal.ndjson');
    const records = await readJournal(path);
    const order = await readOrder(join(folder, 'order.json'));
    if (!order && records.length === 0) return undefined;
    if (!order) throw new StoreCorruptError(folder, 'its order is missing');
    const milestones = records.filter(isMilestone);
    const finished = toFinishedExport(asAnswered(order, milestones), milestones);
    return finished ?? new Job(order, folder, await Journal.open(path));
  }

  /** What is kept of it once it has ended. */
  get finished(): FinishedExport | undefined {
    return toFinishedExport(this.order, this.journal.milestones);
  }

  /** The messages with its files so far. */
  get posts() {
    return this.journal.milestones.filter((record) => record.kind === 'posted');
  }

  /** What was ordered, with what its person said when asked. */
  get order(): ExportOrder {
    return this.#order;
  }

  get ref(): string {
    return this.order.ref;
  }

  /** Nobody asked for it: it says nothing unless it has something to post, and takes nobody's place. */
  get isLateLook(): boolean {
    return this.order.lateLook !== undefined;
  }

  get state(): OpenState {
    return this.#state;
  }

  get stateSinceMs(): number {
    return this.#stateSinceMs;
  }

  /** How far it is at this moment, while it runs. */
  get progress(): Progress | undefined {
    return this.#readProgress?.();
  }

  /** From now on its progress is what this says. */
  follow(readProgress: (() => Progress) | undefined): void {
    this.#readProgress = readProgress;
  }

  /** Why it was stopped for good, if it was; a restart does not count. */
  get stoppedFor(): StopReason | undefined {
    return this.#stoppedFor;
  }

  /** True while its file may be on its way or there: that cannot be stopped any more. */
  get isPosting(): boolean {
    return this.#isPosting;
  }

  /**
   * From the first byte of its file on.
   *
   * @throws {CancelledError} it was stopped before
   */
  beginPosting(): void {
    this.stopping.signal.throwIfAborted();
    this.#isPosting = true;
  }

  /** Nothing of its file can have arrived. */
  endPosting(): void {
    this.#isPosting = false;
  }

  /** True once it collected anything: then a lost grant pauses it instead of ending it. */
  get hasRun(): boolean {
    return this.#hasRun;
  }

  /** Its person has said that it may run, however large it is. */
  get isAnswered(): boolean {
    return this.journal.milestones.some(({ kind }) => kind === 'answered');
  }

  /** Nothing happens before its person has answered. */
  get waitsForAnswer(): boolean {
    return this.#state === 'waiting_for_answer' && !this.isAnswered;
  }

  /** Durable when it resolves. */
  async answer({ toMe }: { readonly toMe: boolean }, atMs: number): Promise<void> {
    await this.journal.append({ kind: 'answered', toMe, atMs });
    this.#order = asAnswered(this.#order, this.journal.milestones);
  }

  /** Stops the job for good. */
  stop(reason: StopReason): void {
    this.#stoppedFor ??= reason;
    this.stopping.abort(new CancelledError(reason));
  }

  /** Stops the job where it is; the next process continues it. */
  interrupt(): void {
    this.stopping.abort(new CancelledError('the bot is shutting down'));
  }

  async enter(state: OpenState, atMs: number): Promise<void> {
    await this.journal.append({ kind: 'state', state, atMs });
    this.#state = state;
    this.#stateSinceMs = atMs;
    if (state === 'running') this.#hasRun = true;
  }
}

/** An order is never written anew: that its person alone is to get the files stands in the journal. */
function asAnswered(order: ExportOrder, records: readonly Milestone[]): ExportOrder {
  const isToMe = records.some((record) => record.kind === 'answered' && record.toMe);
  return isToMe ? { ...order, toMe: true } : order;
}

/** Where the finished files of a job lie until they are posted. */
export function outFolderOf(folder: string): string {
  return join(folder, 'out');
}

/** A run that neither ended nor was interrupted in order, nor waited for anybody, was cut off. */
function countCrashes(records: readonly Milestone[]): number {
  let crashes = 0;
  let running = false;
  for (const record of records) {
    if (record.kind === 'interrupted') running = false;
    if (record.kind !== 'state') continue;
    if (running && record.state === 'running') crashes++;
    running = record.state === 'running';
  }
  return running ? crashes + 1 : crashes;
}

async function readOrder(path: string): Promise<ExportOrder | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return ExportOrder.parse(JSON.parse(text));
  } catch (cause) {
    throw new StoreCorruptError(path, 'it is not an export order', { cause });
  }
}
