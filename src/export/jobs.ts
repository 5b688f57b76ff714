import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, describeError, NotSignedInError } from '../errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import { outFolderName } from './files.ts';
import { Job } from './job.ts';
import { createRef, type ExportOrder } from './order.ts';
import type { JobReport } from './report.ts';
import { Spool } from './spool.ts';

/** What the jobs tell people, in words that are not their affair. */
export interface JobVoice {
  /** `lost`: the job had started with a grant that Webex no longer accepts. */
  askForLogin(order: ExportOrder, why: 'first' | 'lost'): Promise<void>;
  continuing(order: ExportOrder): Promise<void>;
  /** Only for jobs that post no file; the others say it with the file. */
  finished(order: ExportOrder, report: JobReport): Promise<void>;
}

type Person = Pick<ExportOrder['requester'], 'personUuid' | 'orgUuid'>;

interface JobsDeps {
  readonly folder: string;
  /** Runs a job to its end, and posts its file. */
  readonly run: (job: Job) => Promise<JobReport>;
  readonly voice: JobVoice;
  readonly clock: Clock;
  readonly log: Log;
}

/** A job that lost its grant midway waits this long for its person to come back. */
const patienceMs = 7 * 24 * 60 * 60 * 1_000;

/** All exports of this bot: accepts, starts, parks, cancels them, and picks them up after a restart. */
export class Jobs {
  readonly #deps: JobsDeps;
  readonly #open = new Map<string, Job>();
  readonly #running = new Map<string, Promise<void>>();
  /** Jobs whose people are being asked to sign in at this moment. */
  readonly #asking = new Map<string, Promise<void>>();
  readonly #usedRefs = new Set<string>();
  /** The last order of each person that is being taken. */
  readonly #orders = new Map<string, Promise<unknown>>();
  readonly #commands = new Set<string>();
  #closing = false;

  constructor(deps: JobsDeps) {
    this.#deps = deps;
  }

  /** Reads what an earlier process left; `start` continues it once the bot can talk. */
  async load(): Promise<void> {
    const { folder, log } = this.#deps;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const ref of await readdir(folder)) {
      this.#usedRefs.add(ref);
      try {
        const { order, job } = await Job.reopen(join(folder, ref));
        this.#commands.add(order.place.messageId);
        // What was on its way when the process was killed is readable by whoever reads the disk.
        await rm(join(folder, ref, outFolderName), { recursive: true, force: true });
        if (job) this.#open.set(ref, job);
        else await Spool.destroy(join(folder, ref));
      } catch (err) {
        // One damaged job must not keep the bot from working; its files stay for the operator.
        log.error({ err, ref }, 'this job cannot be read and is left alone');
      }
    }
  }

  /** Continues every job that was under way, saying so once in its thread. */
  async continueAll(): Promise<void> {
    for (const job of this.#open.values()) {
      if (job.state === 'waiting_for_login') continue;
      await this.#deps.voice.continuing(job.order);
      this.start(job.ref);
    }
  }

  /**
   * Takes the orders of one person one after the other: two at once would both find nothing running.
   *
   * @returns what `work` returns
   */
  async inTurn<T>({ personUuid, orgUuid }: Person, work: () => Promise<T>): Promise<T> {
    const key = `${personUuid} ${orgUuid}`;
    const before = this.#orders.get(key);
    const turn = (async () => {
      await before?.catch(() => {});
      return await work();
    })();
    this.#orders.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#orders.get(key) === turn) this.#orders.delete(key);
    }
  }

  async accept(order: Omit<ExportOrder, 'version' | 'ref' | 'orderedAtMs'>): Promise<Job> {
    const { clock, folder } = this.#deps;
    const ref = createRef(clock.random, (candidate) => this.#usedRefs.has(candidate));
    this.#usedRefs.add(ref);
    const job = await Job.create(folder, { version: 1, ref, orderedAtMs: clock.now(), ...order });
    this.#open.set(ref, job);
    this.#commands.add(order.place.messageId);
    return job;
  }

  /** Runs a job in the background. Starting a running job does nothing. */
  start(ref: string): void {
    const job = this.#open.get(ref);
    if (!job || job.cancelled || this.#closing || this.#running.has(ref)) return;
    const running = this.#runToEnd(job).finally(() => this.#running.delete(ref));
    this.#running.set(ref, running);
  }

  /** Whether this message has led to a job already. */
  wasOrderedBy(messageId: string): boolean {
    return this.#commands.has(messageId);
  }

  find(ref: string): Job | undefined {
    return this.#open.get(ref);
  }

  of(person: Person): Job[] {
    return [...this.#open.values()].filter(({ order: { requester } }) => same(requester, person));
  }

  /** Stops a job for good, and resolves once it has; what it collected is thrown away. */
  async cancel(ref: string): Promise<void> {
    const job = this.#open.get(ref);
    if (!job) return;
    job.stop({ forGood: true });
    await this.#running.get(ref);
    // A card that is on its way would otherwise arrive after the end.
    await this.#asking.get(ref);
    await this.#end(job, this.#endedWithoutFile(job, 'cancelled'));
  }

  /** Ends a job that cannot go on, with its last words said by the caller. */
  async fail(ref: string): Promise<void> {
    const job = this.#open.get(ref);
    if (!job || this.#running.has(ref)) return;
    await this.#asking.get(ref);
    await this.#end(job, this.#endedWithoutFile(job, 'failed'));
  }

  /** Ends what lost its grant and waited longer than its patience, and says so. */
  async sweep(): Promise<void> {
    for (const job of this.#open.values()) {
      const waitedMs = this.#deps.clock.now() - job.stateSinceMs;
      if (job.state !== 'waiting_for_login' || waitedMs <= patienceMs) continue;
      const report = this.#endedWithoutFile(
        job,
        'failed',
        'Nobody signed in again for seven days.',
      );
      await this.#say(job, report);
      await this.#end(job, report);
    }
  }

  /** Stops working without ending anything: the next process continues. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const job of this.#open.values()) job.stop({ forGood: false });
    await Promise.all(this.#running.values());
    await Promise.all(this.#asking.values());
    for (const job of this.#open.values()) await job.journal.close();
  }

  async #runToEnd(job: Job): Promise<void> {
    const log = this.#deps.log.child({ ref: job.ref });
    try {
      const report = await this.#deps.run(job);
      // Said before it is recorded: a crash between the two says it twice, which is better than never.
      if (!report.posted) await this.#say(job, report);
      await this.#end(job, report);
      log.info({ outcome: report.outcome, ...report.balance }, 'the export ended');
    } catch (error) {
      await this.#runEndedBy(error, job, log);
    }
  }

  async #runEndedBy(error: unknown, job: Job, log: Log): Promise<void> {
    try {
      if (job.cancelled) {
        await this.#end(job, this.#endedWithoutFile(job, 'cancelled'));
      } else if (this.#closing) {
        log.info('the export is interrupted by the shutdown and will continue');
      } else if (error instanceof NotSignedInError) {
        await this.#park(job);
      } else {
        log.error({ err: error }, 'the export failed');
        const report = this.#endedWithoutFile(job, 'failed', wordsFor(error, job.ref));
        await this.#say(job, report);
        await this.#end(job, report);
      }
    } catch (err) {
      log.error(
        { err, endedBy: describeError(error) },
        'the end of the export could not be recorded',
      );
    }
  }

  async #park(job: Job): Promise<void> {
    const why = job.hasRun ? 'lost' : 'first';
    job.progress = undefined;
    await job.enter('waiting_for_login', this.#deps.clock.now());
    if (job.cancelled) return;
    // Not part of the run: the person may have signed in, and the job run again, before all is said.
    const asking = this.#deps.voice
      .askForLogin(job.order, why)
      .catch((error: unknown) => this.#couldNotAsk(error, job))
      .finally(() => this.#asking.delete(job.ref));
    this.#asking.set(job.ref, asking);
  }

  /** What was collected already is kept: `login` asks again. Nothing else would ever end the others. */
  async #couldNotAsk(err: unknown, job: Job): Promise<void> {
    const log = this.#deps.log.child({ ref: job.ref });
    log.error({ err }, 'the person could not be asked to sign in');
    if (job.hasRun || job.cancelled) return;
    const words = 'I could not send you the card to sign in with. Please send the command again.';
    const report = this.#endedWithoutFile(job, 'failed', words);
    await this.#say(job, report);
    await this.#end(job, report).catch((lost: unknown) => {
      log.error({ err: lost }, 'the end of the export could not be recorded');
    });
  }

  /** Ends a job once, whoever else is about to. */
  async #end(job: Job, report: JobReport): Promise<void> {
    if (!this.#open.delete(job.ref)) return;
    const { outcome, balance } = report;
    const atMs = this.#deps.clock.now();
    await job.journal.append({ kind: 'ended', outcome, atMs, ...(balance && { balance }) });
    await job.journal.close();
    await Spool.destroy(job.folder);
  }

  async #say(job: Job, report: JobReport): Promise<void> {
    await this.#deps.voice.finished(job.order, report);
  }

  #endedWithoutFile(job: Job, outcome: 'failed' | 'cancelled', failure?: string): JobReport {
    return {
      ref: job.ref,
      outcome,
      window: job.order.window,
      balance: undefined,
      count: { kind: 'unknown' },
      entries: 0,
      searchBroke: undefined,
      refusedHosts: [],
      durationMs: this.#deps.clock.now() - job.order.orderedAtMs,
      failure,
      posted: false,
    };
  }
}

function same(a: Person, b: Person): boolean {
  return a.personUuid === b.personUuid && a.orgUuid === b.orgUuid;
}

/** Our own errors bring words for people; anything else gets a reference that is also in the log. */
function wordsFor(error: unknown, ref: string): string {
  if (error instanceof AppError) return error.userMessage;
  return `Something went wrong on my side; the operator finds it in the log under ${ref}.`;
}
