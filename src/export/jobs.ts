import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, CancelledError, NotSignedInError, StorageFullError } from '../errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import { removeLeftovers } from '../store/durable.ts';
import { answerWithinMs, type Estimate } from './estimate.ts';
import type { FinishedExports } from './finished-exports.ts';
import { Job, outFolderOf, permissionWithdrawn, type StopReason } from './job.ts';
import { UnknownNameError } from './names.ts';
import { createRef, type ExportOrder } from './order.ts';
import type { Question } from './question.ts';
import type { JobReport } from './report.ts';
import { Spool } from './spool.ts';

/** What the jobs tell people, in words that are not their affair. */
export interface JobVoice {
  /** `lost`: the job had started with a grant that Webex no longer accepts. */
  askForLogin(order: ExportOrder, why: 'first' | 'lost'): Promise<void>;
  /** Whether a large export is to run; it waits until then. */
  askFirst(order: ExportOrder, estimate: Estimate, untilMs: number): Promise<void>;
  /** Nobody answered in time. */
  unanswered(order: ExportOrder): Promise<void>;
  continuing(order: ExportOrder): Promise<void>;
  /** Tells how far the job is while it runs. @returns what is called once that run is over */
  follow(job: Job): (how: EndOfRun) => void;
  /** Only for jobs that post no file; the others say it with the file. */
  finished(order: ExportOrder, report: JobReport): Promise<void>;
}

/** How a run of a job came to its end, or to where the next one goes on. */
export type EndOfRun =
  | { readonly kind: 'over'; readonly report: Pick<JobReport, 'outcome' | 'durationMs'> }
  | { readonly kind: 'waiting'; readonly for: 'login' | 'answer' }
  | { readonly kind: 'interrupted' };

type Person = Pick<ExportOrder['requester'], 'personUuid' | 'orgUuid'>;

interface JobsDeps {
  readonly folder: string;
  /** Runs a job to its end, and posts its file; or to a question to its person. */
  readonly run: (job: Job) => Promise<JobReport | Question>;
  readonly voice: JobVoice;
  readonly isSignedIn: (person: Person) => Promise<boolean>;
  /** Where those that have ended are kept. */
  readonly finished: FinishedExports;
  /** Waited for before an order counts: what it throws refuses it. */
  readonly onAccepted?: (order: ExportOrder) => Promise<void>;
  /** Told of each end once it is recorded. */
  readonly onEnded?: (order: ExportOrder, report: JobReport) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is written as a whole, and may have been on its way when the process was killed. */
const keptFiles = ['order.json', 'spool.key'];

/** A job that lost its grant midway waits this long for its person to come back. */
const patienceMs = 7 * 24 * 60 * 60 * 1_000;

/** A job during which the process died so often is not tried again: it may well be the reason. */
const maxCrashes = 3;

const couldNotAsk = 'I could not send you the card to sign in with. Please send the command again.';

/** All exports of this bot: accepts, starts, parks, cancels them, and picks them up after a restart. */
export class Jobs {
  readonly #deps: JobsDeps;
  readonly #open = new Map<string, Job>();
  readonly #running = new Map<string, Promise<void>>();
  /** Of those running: jobs whose person is just being asked to sign in, or whether to run. */
  readonly #asking = new Map<string, 'login' | 'answer'>();
  /** Of those asking: jobs to be run again, because the answer came before the question was out. */
  readonly #wanted = new Set<string>();
  readonly #usedRefs = new Set<string>();
  /** The last order of each person that is being taken. */
  readonly #orders = new Map<string, Promise<unknown>>();
  readonly #commands = new Set<string>();
  /** While there are jobs that have to run alone. */
  #lineUp: Promise<void> | undefined;
  #closing = false;

  constructor(deps: JobsDeps) {
    this.#deps = deps;
  }

  /** Reads what an earlier process left; `continueAll` goes on with it once the bot can talk. */
  async load(): Promise<void> {
    const { folder, finished, log } = this.#deps;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const { order } of finished.list()) {
      this.#usedRefs.add(order.ref);
      this.#commands.add(order.place.messageId);
    }
    for (const ref of await readdir(folder)) {
      this.#usedRefs.add(ref);
      try {
        for (const name of keptFiles) await removeLeftovers(join(folder, ref, name));
        if (finished.find(ref)) await clearFolder(join(folder, ref));
        else await this.#reopen(ref);
        // What was on its way when the process was killed is readable by whoever reads the disk.
        await rm(outFolderOf(join(folder, ref)), { recursive: true, force: true });
      } catch (err) {
        // One damaged job must not keep the bot from working; its files stay for the operator.
        log.error({ err, ref }, 'this job cannot be read and is left alone');
      }
    }
  }

  async #reopen(ref: string): Promise<void> {
    const { finished, log } = this.#deps;
    const folder = join(this.#deps.folder, ref);
    const known = await Job.reopen(folder);
    if (!known) return rm(folder, { recursive: true });
    this.#commands.add(known.order.place.messageId);
    if (known instanceof Job) {
      this.#open.set(ref, known);
      return;
    }
    // A crash or a full disk came between its end and the note of it.
    await clearFolder(folder);
    await finished.put(known);
    log.info({ ref }, 'the end of an export is noted only now');
  }

  /** Continues every job that was under way, saying so once in its thread. */
  async continueAll(): Promise<void> {
    const suspects: Job[] = [];
    for (const job of this.open()) {
      if (job.waitsForAnswer) continue;
      const waits = job.state === 'waiting_for_login';
      // The news of a sign-in may have come while nobody could act upon it.
      if (waits && !(await this.#deps.isSignedIn(job.order.requester))) continue;
      if (job.crashes === maxCrashes - 1) suspects.push(job);
      else this.#continue(job);
    }
    if (suspects.length === 0) return;
    this.#lineUp = this.#continueOneByOne(suspects).finally(() => {
      this.#lineUp = undefined;
    });
  }

  #continue(job: Job): void {
    this.#begin(job, async () => {
      if (job.crashes >= maxCrashes) return this.#setAside(job);
      if (!job.isLateLook) await this.#deps.voice.continuing(job.order);
      await this.#runUntilDone(job);
    });
  }

  /** A crash counts against all that run; one more of them is only for the job that brings it about. */
  async #continueOneByOne(suspects: readonly Job[]): Promise<void> {
    for (const job of suspects) {
      await Promise.all(this.#running.values());
      this.#continue(job);
    }
    await Promise.all(this.#running.values());
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
    if (order.lateLook === undefined) await this.#makeLooksStepAside(order.requester);
    const ref = createRef(clock.random, (candidate) => this.#usedRefs.has(candidate));
    this.#usedRefs.add(ref);
    const whole: ExportOrder = { version: 1, ref, orderedAtMs: clock.now(), ...order };
    await this.#deps.onAccepted?.(whole);
    const job = await Job.create(folder, whole);
    this.#open.set(ref, job);
    this.#commands.add(order.place.messageId);
    return job;
  }

  /** Runs a job in the background. Starting a running job does nothing. */
  start(ref: string): void {
    const job = this.#open.get(ref);
    if (this.#asking.has(ref)) this.#wanted.add(ref);
    else if (job && !job.waitsForAnswer) this.#begin(job, () => this.#runUntilDone(job));
  }

  /** Whether its person is asked whether to run it: the answer can come before it is noted that it waits. */
  isAskedAbout(ref: string): boolean {
    const job = this.#open.get(ref);
    if (!job || job.isAnswered || job.stoppedFor !== undefined) return false;
    return job.waitsForAnswer || this.#asking.get(ref) === 'answer';
  }

  /** Notes what the person said, who is asked about it; `start` then goes on. */
  async answer(ref: string, answer: { readonly toMe: boolean }): Promise<void> {
    await this.#open.get(ref)?.answer(answer, this.#deps.clock.now());
  }

  /** Whether this message has led to a job already. */
  wasOrderedBy(messageId: string): boolean {
    return this.#commands.has(messageId);
  }

  find(ref: string): Job | undefined {
    return this.#open.get(ref);
  }

  /** Removes everything that is kept of an export that has ended. */
  async forget(ref: string): Promise<void> {
    await rm(join(this.#deps.folder, ref), { recursive: true, force: true });
    await this.#deps.finished.remove(ref);
  }

  /** All that have not ended. */
  open(): Job[] {
    return [...this.#open.values()];
  }

  /** What this person has asked for, by a command or by a schedule. */
  of(person: Person): Job[] {
    return this.#ofPerson(person).filter(({ isLateLook }) => !isLateLook);
  }

  /** Looks at late transcripts of the exports of this person, which nobody asked for. */
  looksOf(person: Person): Job[] {
    return this.#ofPerson(person).filter(({ isLateLook }) => isLateLook);
  }

  #ofPerson(person: Person): Job[] {
    return [...this.#open.values()].filter(({ order: { requester } }) => same(requester, person));
  }

  /** They are taken up again later; what one of them is posting already is let through. */
  async #makeLooksStepAside(person: Person): Promise<void> {
    const looks = this.looksOf(person).filter(({ isPosting }) => !isPosting);
    await Promise.all(looks.map(({ ref }) => this.cancel(ref)));
  }

  /** Stops a job for good, and resolves once it has; what it collected is thrown away. */
  async cancel(ref: string): Promise<void> {
    await this.#stop(ref, 'cancelled');
  }

  /** Stops a job whose person may not export any more, and says so where it was asked for. */
  async forbid(ref: string): Promise<void> {
    await this.#stop(ref, 'forbidden');
  }

  async #stop(ref: string, reason: StopReason): Promise<void> {
    const job = this.#open.get(ref);
    if (!job) return;
    job.stop(reason);
    await this.#running.get(ref);
    // Its run has recorded the end, unless there was none, or it only asked for a sign-in.
    if (this.#open.has(ref)) await this.#conclude(job, this.#stopped(job, reason));
  }

  /** Ends a job that cannot go on, with its last words said by the caller. */
  async fail(ref: string): Promise<void> {
    const job = this.#open.get(ref);
    // One that has collected nothing runs only to ask for the sign-in that has just failed.
    if (job && !job.hasRun) await this.#running.get(ref);
    if (job && !this.#running.has(ref)) {
      await this.#end(job, this.#endedWithoutFile(job, 'failed'));
    }
  }

  /** Ends what nobody answered in time, and what lost its grant and waited longer than its patience. */
  async sweep(): Promise<void> {
    for (const job of this.open()) {
      if (this.#isUnanswered(job)) await this.#giveUp(job);
    }
    for (const job of [...this.#open.values()]) {
      const waitedMs = this.#deps.clock.now() - job.stateSinceMs;
      const waits = job.state === 'waiting_for_login' && !this.#running.has(job.ref);
      if (!waits || waitedMs <= patienceMs) continue;
      const failure = 'Nobody signed in again for seven days.';
      await this.#conclude(job, this.#endedWithoutFile(job, 'failed', failure));
    }
  }

  #isUnanswered(job: Job): boolean {
    const waitedMs = this.#deps.clock.now() - job.stateSinceMs;
    return job.waitsForAnswer && !this.#running.has(job.ref) && waitedMs > answerWithinMs;
  }

  async #giveUp(job: Job): Promise<void> {
    // First: an answer that comes while that is being said comes too late.
    job.stop('cancelled');
    await this.#deps.voice.unanswered(job.order);
    await this.#conclude(job, this.#stopped(job, 'cancelled'));
  }

  /** Resolves when no job is running. */
  async idle(): Promise<void> {
    while (this.#running.size > 0 || this.#lineUp !== undefined) {
      await Promise.all([...this.#running.values(), this.#lineUp]);
    }
  }

  /** Makes every job stop where it is, and starts no other: the next process continues. */
  interrupt(): void {
    this.#closing = true;
    for (const job of this.#open.values()) job.interrupt();
  }

  /** Stops working without ending anything. */
  async close(): Promise<void> {
    this.interrupt();
    await this.idle();
    for (const job of this.#open.values()) await job.journal.close();
  }

  #begin(job: Job, work: () => Promise<void>): void {
    const { ref } = job;
    if (this.#closing || this.#running.has(ref) || job.stopping.signal.aborted) return;
    const running = work()
      .catch((err: unknown) => {
        this.#deps.log.error({ err, ref }, 'the state of the export could not be recorded');
      })
      .finally(() => this.#running.delete(ref));
    this.#running.set(ref, running);
  }

  async #runUntilDone(job: Job): Promise<void> {
    do {
      this.#wanted.delete(job.ref);
      await this.#runOnce(job);
    } while (this.#wanted.has(job.ref) && !job.waitsForAnswer && !job.stopping.signal.aborted);
  }

  async #runOnce(job: Job): Promise<void> {
    const log = this.#deps.log.child({ ref: job.ref });
    const tellEnd = job.isLateLook ? () => {} : this.#deps.voice.follow(job);
    try {
      const report = await this.#runToReport(job, log);
      const forWhat = job.state === 'waiting_for_answer' ? 'answer' : 'login';
      tellEnd(report ? { kind: 'over', report } : { kind: 'waiting', for: forWhat });
      if (report) await this.#conclude(job, report);
    } catch (error) {
      // Also when the last words could not be said any more: the next process will.
      tellEnd({ kind: 'interrupted' });
      if (!this.#closing) throw error;
      log.info('the export is interrupted by the shutdown and will continue');
      await job.journal.append({ kind: 'interrupted', atMs: this.#deps.clock.now() });
    }
  }

  /**
   * @returns nothing where the job waits for a sign-in, or for an answer
   * @throws what stopped it, when the bot is shutting down
   */
  async #runToReport(job: Job, log: Log): Promise<JobReport | undefined> {
    try {
      const result = await this.#deps.run(job);
      return 'estimate' in result ? await this.#ask(job, result) : result;
    } catch (error) {
      if (job.stoppedFor !== undefined) return this.#stopped(job, job.stoppedFor);
      if (this.#closing) throw error;
      // Whoever did not ask for it is not asked to sign in for it.
      if (error instanceof NotSignedInError && !job.isLateLook) {
        return this.#park(job, log).finally(() => this.#asking.delete(job.ref));
      }
      log.error({ err: error }, 'the export failed');
      const ended = this.#endedWithoutFile(job, 'failed', wordsFor(error, job.ref));
      return error instanceof UnknownNameError
        ? { ...ended, corrections: error.corrections }
        : ended;
    }
  }

  /** @returns how the job ends when its person cannot even be asked, and there is nothing to keep */
  async #park(job: Job, log: Log): Promise<JobReport | undefined> {
    job.follow(undefined);
    this.#asking.set(job.ref, 'login');
    try {
      await this.#deps.voice.askForLogin(job.order, job.hasRun ? 'lost' : 'first');
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      log.error({ err: error }, 'nobody could be asked to sign in');
      if (!job.hasRun) return this.#endedWithoutFile(job, 'failed', couldNotAsk);
    }
    // Only now: a crash before this asks again, a crash after it has no need to.
    await job.enter('waiting_for_login', this.#deps.clock.now());
    return undefined;
  }

  /** The card first: a crash before the state asks again, a crash after it has no need to. */
  async #ask(job: Job, { estimate }: Question): Promise<undefined> {
    job.follow(undefined);
    this.#asking.set(job.ref, 'answer');
    try {
      const untilMs = this.#deps.clock.now() + answerWithinMs;
      await this.#deps.voice.askFirst(job.order, estimate, untilMs);
      await job.enter('waiting_for_answer', this.#deps.clock.now());
    } finally {
      this.#asking.delete(job.ref);
    }
    return undefined;
  }

  async #setAside(job: Job): Promise<void> {
    this.#deps.log.error({ ref: job.ref, crashes: job.crashes }, 'a job is set aside');
    const failure = `I was brought down ${job.crashes} times while it ran, so I have set it aside. The operator finds its journal under ${job.ref}. Send the command again to start anew, perhaps with a smaller window.`;
    await this.#conclude(job, this.#endedWithoutFile(job, 'failed', failure));
  }

  /** Said before it is recorded: a crash between the two says it twice, which is better than never. */
  async #conclude(job: Job, report: JobReport): Promise<void> {
    // A cancelled one was answered when it was cancelled.
    const isTold = report.posted || report.outcome === 'cancelled' || job.isLateLook;
    if (!isTold) await this.#deps.voice.finished(job.order, report);
    await this.#end(job, report);
  }

  /** Whoever comes second finds it ended. */
  async #end(job: Job, report: JobReport): Promise<void> {
    if (!this.#open.delete(job.ref)) return;
    const { outcome, balance } = report;
    const atMs = this.#deps.clock.now();
    const record = { kind: 'ended', outcome, atMs, ...(balance && { balance }) } as const;
    try {
      await job.journal.append(record).catch(async (error: unknown) => {
        if (!(error instanceof StorageFullError)) throw error;
        // What the job has collected is what fills the disk.
        await clearFolder(job.folder);
        await job.journal.append(record);
      });
    } finally {
      await job.journal.close();
      await clearFolder(job.folder);
    }
    await this.#keep(job);
    this.#deps.log.info({ ref: job.ref, outcome, ...balance }, 'the export ended');
    this.#deps.onEnded?.(job.order, report);
  }

  /** What cannot be noted now is read from the journal by the next process. */
  async #keep({ ref, finished }: Job): Promise<void> {
    try {
      if (finished) await this.#deps.finished.put(finished);
    } catch (err) {
      this.#deps.log.error({ err, ref }, 'the end of the export could not be noted');
    }
  }

  #stopped(job: Job, reason: StopReason): JobReport {
    if (reason === 'cancelled') return this.#endedWithoutFile(job, 'cancelled');
    return this.#endedWithoutFile(job, 'failed', permissionWithdrawn);
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
      trackingIds: [],
      durationMs: this.#deps.clock.now() - job.order.orderedAtMs,
      failure,
      posted: false,
    };
  }
}

/** Nothing of customers stays behind; order and journal do. */
async function clearFolder(folder: string): Promise<void> {
  await Spool.destroy(folder);
  await rm(outFolderOf(folder), { recursive: true, force: true });
}

function same(a: Person, b: Person): boolean {
  return a.personUuid === b.personUuid && a.orgUuid === b.orgUuid;
}

/** Our own errors bring words for people; anything else gets a reference that is also in the log. */
function wordsFor(error: unknown, ref: string): string {
  if (error instanceof AppError) return error.userMessage;
  return `Something went wrong on my side; the operator finds it in the log under ${ref}.`;
}
