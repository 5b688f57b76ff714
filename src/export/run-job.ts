import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller, ContactCenter } from '../contact-center/client.ts';
import { countTasks } from '../contact-center/count.ts';
import type { TranscriptDownloads } from '../contact-center/downloads.ts';
import { ForbiddenError, NotSignedInError, StorageFullError } from '../errors.ts';
import type { RequestBudget } from '../http/budget.ts';
import { orAborted } from '../http/deadline.ts';
import { type Clock, isTemporary } from '../http/retry.ts';
import { createRetryBudget, type RetryBudget } from '../http/retry-budget.ts';
import type { Log } from '../log.ts';
import type { Vault } from '../store/vault.ts';
import type { WebexClient } from '../webex/client.ts';
import type { Accounts } from './accounts.ts';
import { accountOf, earlierIn, lookAgainFor, planAddendum, reportAddendum } from './addendum.ts';
import { type Collected, collect, type UnfinishedTask } from './collect.ts';
import { createConversationReader } from './conversation-records.ts';
import {
  type Delivery,
  type Detour,
  deliver,
  type FinishedFile,
  type Place,
  UnconfirmedUploadError,
} from './deliver.ts';
import { writeFiles } from './files.ts';
import { createFormat } from './formats.ts';
import { type Job, outFolderOf, permissionWithdrawn } from './job.ts';
import { type JournalRecord, readJournal } from './journal.ts';
import { type CountCheck, compareCounts, outcomeOf, type Settlement } from './ledger.ts';
import { toPieces } from './look-again.ts';
import type { ExportOrder } from './order.ts';
import { withPatience } from './patience.ts';
import { makePlan, type Planned, toTaskQuery } from './plan.ts';
import { expectedEndMs, type Phase, type Progress } from './progress.ts';
import { isAskedAnyway, type Question, questionBefore } from './question.ts';
import { Recorder } from './recorder.ts';
import {
  classesOf,
  countRedactions,
  type RedactionClass,
  Redactor,
  redactedOrder,
  redactedReader,
} from './redaction.ts';
import type { JobReport } from './report.ts';
import { type PlanRecord, type PostedRecord, type Restored, restore } from './restore.ts';
import type { SpaceRules } from './space-check.ts';
import { Spool } from './spool.ts';
import { collectStatistics } from './statistics.ts';
import { createTextFilter } from './text-filter.ts';

/** Words for the posts of a job, which are the bot's affair. */
interface DeliveryWords {
  caption(
    report: JobReport,
    part: { readonly number: number; readonly of: number },
    at: { readonly place: Place; readonly order: ExportOrder },
  ): string;
  /** For the space, when the file went to the person alone. */
  sentDirectly(why: Detour, order: ExportOrder): string;
}

export interface RunnerDeps {
  readonly contactCenter: ContactCenter;
  readonly downloads: TranscriptDownloads;
  readonly budget: Pick<RequestBudget, 'state'>;
  /** How far the other exports are that run now, and so spend of the same budget. */
  readonly othersRunning: (than: Job) => readonly (Progress | undefined)[];
  readonly webex: WebexClient;
  readonly vault: Vault;
  /** The grant of the person who asked; nobody else's is ever used for a job. */
  readonly accessToken: (requester: ExportOrder['requester'], refused?: string) => Promise<string>;
  readonly contactCenterOrgUuid: (requester: ExportOrder['requester']) => Promise<string>;
  /** Asked before anything is downloaded and again before anything is posted. */
  readonly isAllowed: (order: ExportOrder) => Promise<boolean>;
  readonly closest: (word: string, candidates: readonly string[]) => string | undefined;
  /** What is known of exports that have ended, for those that look at their conversations again. */
  readonly accounts: Accounts;
  readonly defaultQueue: string | undefined;
  readonly urlExpirationMinutes: number;
  readonly uploadLimitBytes: number;
  readonly spaceRules: SpaceRules;
  readonly words: DeliveryWords;
  /** What no command can go below. */
  readonly redactionFloor: readonly RedactionClass[];
  readonly phoneCountries: readonly string[];
  /** Told of each file once it is there. */
  readonly onPosted?: (order: ExportOrder, post: PostedRecord) => void;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A job can wait: that is told by its progress, and better than giving up what it has. */
const patienceMs = 24 * 60 * 60 * 1_000;

/** Enough for support to begin with; all of them are in the file. */
const mostTrackingIds = 20;

/** Makes the function that runs one job from wherever its journal says it is to its end, or to a question. */
export function createJobRunner(deps: RunnerDeps): (job: Job) => Promise<JobReport | Question> {
  return async (job) => {
    const outFolder = outFolderOf(job.folder);
    try {
      const spool = await Spool.open(job.folder, deps.vault, job.ref);
      try {
        return await new JobRun(job, spool, outFolder, deps).run();
      } finally {
        await spool.close();
      }
    } finally {
      await rm(outFolder, { recursive: true, force: true });
    }
  };
}

class JobRun {
  readonly #job: Job;
  readonly #spool: Spool;
  readonly #outFolder: string;
  readonly #deps: RunnerDeps;
  readonly #log: Log;
  readonly #startedMs: number;
  #waitingUntilMs = 0;
  #calls = 0;
  #settledBefore = 0;

  constructor(job: Job, spool: Spool, outFolder: string, deps: RunnerDeps) {
    this.#job = job;
    this.#spool = spool;
    this.#outFolder = outFolder;
    this.#deps = deps;
    this.#log = deps.log.child({ ref: job.ref });
    this.#startedMs = deps.clock.now();
  }

  async run(): Promise<JobReport | Question> {
    const { order } = this.#job;
    // First of all, because without a grant there is nothing to do but ask for one.
    await this.#orStopped(this.#deps.accessToken(order.requester));
    const orgUuid = await this.#deps.contactCenterOrgUuid(order.requester);
    const caller = this.#caller(orgUuid);
    await this.#patiently(() => this.#mustBeAllowed(), isTemporary);
    await this.#job.enter('running', this.#deps.clock.now());
    const restored = restore(await readJournal(join(this.#job.folder, 'journal.ndjson')));
    this.#settledBefore = restored.ledger.tally.settled;
    const planned = await this.#plan(restored, caller);
    const { plan } = planned;
    const question = await this.#question(restored, plan, caller);
    if (question) return question;
    const collected = await this.#collect(restored, planned, caller);
    const count = await this.#checkCount(restored, plan, caller);
    const report = await this.#wholeReport(this.#report(restored, collected, count), restored);
    if (report.outcome === 'empty') return report;
    const isPosted = restored.posted.some(({ of }) => restored.posted.length >= of);
    if (!isPosted) {
      const files = await this.#write(restored, plan, report, orgUuid);
      this.#show('delivering', restored, undefined);
      await this.#post(files, report, restored);
    }
    await this.#sayWhereItWent(restored);
    return { ...report, posted: true, durationMs: this.#deps.clock.now() - order.orderedAtMs };
  }

  #caller(orgId: string): Caller {
    const { requester } = this.#job.order;
    return {
      owner: this.#job.ref,
      orgId,
      accessToken: (refused) => this.#orStopped(this.#deps.accessToken(requester, refused)),
      signal: this.#job.stopping.signal,
      patienceMs,
      retries: this.#retryBudget(),
      watch: {
        onCall: () => {
          this.#calls++;
        },
        onWait: this.#onWait,
      },
    };
  }

  async #plan(restored: Restored, caller: Caller): Promise<Planned> {
    if (restored.plan) return { plan: restored.plan, opened: undefined };
    this.#show('planning', restored, undefined);
    const planned = await this.#newPlan(caller);
    await this.#job.journal.append(planned.plan);
    return planned;
  }

  async #newPlan(caller: Caller): Promise<Planned> {
    const { order } = this.#job;
    const { accounts } = this.#deps;
    if (order.addendumTo !== undefined) {
      const account = await accountOf(order.addendumTo, order, accounts);
      return { plan: planAddendum(order, account), opened: undefined };
    }
    const opensEarly = this.#job.isAnswered || !isAskedAnyway(order);
    const planned = await makePlan(order, { ...this.#deps, caller, opensEarly, log: this.#log });
    if (order.continues === undefined) return planned;
    const again = lookAgainFor(order, await accountOf(order.continues, order, accounts));
    const { plan } = planned;
    return { ...planned, plan: { ...plan, pieces: [...plan.pieces, ...toPieces(again)] } };
  }

  /** Once, and before anything is fetched. */
  async #question(
    { ledger }: Restored,
    plan: PlanRecord,
    caller: Caller,
  ): Promise<Question | undefined> {
    if (this.#job.isAnswered || ledger.found > 0) return undefined;
    const others = this.#deps.othersRunning(this.#job);
    return questionBefore(this.#job.order, plan, {
      ...this.#deps,
      ...{ caller, others, log: this.#log },
    });
  }

  async #collect(
    restored: Restored,
    { plan, opened }: Planned,
    caller: Caller,
  ): Promise<Collected> {
    const { ledger } = restored;
    this.#show('collecting', restored, plan.counted);
    const collected = await collect({
      ...this.#deps,
      caller,
      storageRetries: this.#retryBudget(),
      query: toTaskQuery(this.#job.order, plan),
      holdsWanted: createTextFilter(this.#job.order.containing),
      pieces: plan.pieces,
      ledger,
      recorder: new Recorder({
        spool: this.#spool,
        journal: this.#job.journal,
        ledger,
      }),
      spool: this.#spool,
      journal: this.#job.journal,
      signal: this.#job.stopping.signal,
      log: this.#log,
      unfinished: () => this.#unfinished(restored),
      searchFrom: restored.searchFrom,
      opened,
    });
    return { searchBroke: collected.searchBroke ?? restored.searchBroke };
  }

  async *#unfinished({ ledger, pages, dropped }: Restored): AsyncGenerator<UnfinishedTask> {
    const ids = new Set(ledger.unsettled());
    for (const place of ids.size > 0 ? pages : []) {
      // Written by this program and sealed since: the seal is the check.
      const tasks = (await this.#spool.read(place)) as UnfinishedTask['task'][];
      for (const task of tasks) {
        if (ids.delete(task.id)) yield { task, dropped: dropped.has(task.id) };
      }
    }
  }

  /** Where the counts differ the contact center is asked again: much can happen during a long search. */
  async #checkCount(restored: Restored, plan: PlanRecord, caller: Caller): Promise<CountCheck> {
    const { counted } = plan;
    const { ledger } = restored;
    const first = compareCounts(counted, ledger);
    if (counted === undefined || first.kind !== 'different') return first;
    const recounted = restored.recount?.count ?? (await this.#recount(plan, counted, caller));
    const { foundInWindow: found } = ledger;
    this.#log.warn({ counted, found, recounted }, "the contact center's count differs");
    return compareCounts(counted, ledger, recounted);
  }

  /** @returns the first count where a second one cannot be had: it stays a difference, and is said */
  async #recount(plan: PlanRecord, counted: number, caller: Caller): Promise<number> {
    const query = toTaskQuery(this.#job.order, plan);
    let count = 0;
    try {
      for (const piece of plan.pieces.filter(({ again }) => again === undefined)) {
        count += await countTasks(this.#deps.contactCenter, caller, { ...query, ...piece });
      }
    } catch (err) {
      if (this.#job.stopping.signal.aborted || err instanceof NotSignedInError) throw err;
      this.#log.warn({ err }, 'the contact center could not be asked for its count again');
      return counted;
    }
    await this.#job.journal.append({ kind: 'recounted', count });
    return count;
  }

  #report({ ledger }: Restored, collected: Collected, count: CountCheck): JobReport {
    const { order, ref } = this.#job;
    const balance = ledger.balance();
    let entries = 0;
    const refusedHosts = new Set<string>();
    const trackingIds = new Set<string>();
    for (const settlement of ledger.settlements()) {
      entries += settlement.entries;
      const host = settlement.reason?.refusedHost;
      if (host !== undefined) refusedHosts.add(host);
      const { bucket, reason } = settlement;
      const isWanted = bucket === 'failed' && trackingIds.size < mostTrackingIds;
      if (isWanted && reason?.trackingId !== undefined) trackingIds.add(reason.trackingId);
    }
    return {
      ref,
      outcome: outcomeOf(balance, count, collected.searchBroke !== undefined),
      window: order.window,
      balance,
      count,
      entries,
      ...earlierIn(order, ledger),
      searchBroke: collected.searchBroke,
      refusedHosts: [...refusedHosts],
      trackingIds: [...trackingIds],
      durationMs: this.#deps.clock.now() - order.orderedAtMs,
      failure: undefined,
      posted: false,
    };
  }

  async #wholeReport(report: JobReport, { ledger }: Restored): Promise<JobReport> {
    const { order } = this.#job;
    if (order.addendumTo === undefined) return report;
    const account = await accountOf(order.addendumTo, order, this.#deps.accounts);
    return reportAddendum(report, order, ledger, account);
  }

  async #write(
    restored: Restored,
    plan: PlanRecord,
    report: JobReport,
    contactCenterOrgUuid: string,
  ): Promise<FinishedFile[]> {
    this.#show('writing', restored, plan.counted);
    const { balance } = report;
    if (!balance) throw new Error('a workbook needs a balance');
    const finishedMs = this.#deps.clock.now();
    const settlements = restored.ledger.settlements();
    const { read, masked, order, queueNames } = await this.#behindGate(settlements, plan);
    const { window, by } = order;
    const statistics = await collectStatistics({ settlements, read, window, by });
    const facts = {
      ...report,
      statistics,
      masked,
      order,
      balance,
      contactCenterOrgUuid,
      queueNames,
      finishedMs,
      version: this.#deps.version,
    };
    return writeFiles({
      folder: this.#outFolder,
      order,
      settlements,
      limitBytes: this.#deps.uploadLimitBytes,
      // Parts that are posted already fit only to others of the same division.
      parts: restored.posted[0]?.of,
      format: createFormat(order, { read, facts, signal: this.#job.stopping.signal }),
    });
  }

  /** What every file is made from: behind the gate, where there is something to mask. */
  async #behindGate(settlements: readonly Settlement[], { queueNames }: PlanRecord) {
    const { order } = this.#job;
    const reader = createConversationReader(this.#spool);
    const { redactionFloor, phoneCountries } = this.#deps;
    const classes = classesOf(order, redactionFloor);
    if (classes.length === 0) return { read: reader, masked: undefined, order, queueNames };
    const key = this.#spool.deriveKey('redaction');
    const make = () => new Redactor({ classes, phoneCountries }, key);
    const withContact = order.withContact === true;
    const masked = await countRedactions(settlements, { redactor: make(), reader, withContact });
    const redactor = make();
    return {
      read: redactedReader(reader, redactor),
      masked,
      order: await redactedOrder(order, redactor),
      queueNames: await Promise.all(queueNames.map((name) => redactor.text(name))),
    };
  }

  async #post(files: readonly FinishedFile[], report: JobReport, restored: Restored) {
    const { order } = this.#job;
    const { words, clock } = this.#deps;
    const known = new Set(restored.posted.map(({ part }) => part));
    if (known.size > 0 || restored.unconfirmed.size > 0) this.#job.beginPosting();
    for (const [index, file] of files.entries()) {
      const part = index + 1;
      if (known.has(part)) continue;
      const caption = (place: Place) =>
        words.caption(
          { ...report, durationMs: clock.now() - order.orderedAtMs },
          { number: part, of: files.length },
          { place, order },
        );
      const { place, detour, message } = await this.#postPart(file, part, caption, restored);
      const posted = {
        kind: 'posted',
        part,
        of: files.length,
        place,
        ...(detour !== undefined && { detour }),
        messageId: message.id,
        atMs: clock.now(),
      } as const;
      // It is there, whether or not that can be written down.
      await this.#appendIfRoom(posted);
      restored.posted.push(posted);
      this.#deps.onPosted?.(order, posted);
    }
  }

  /**
   * Waits for a Webex that is down, and asks for the permission anew after each wait: hours may have passed.
   * What may have arrived is posted once more, as soon as Webex answers reads again, and never a third time.
   */
  async #postPart(
    file: FinishedFile,
    part: number,
    caption: (place: Place) => string,
    { posted, unconfirmed }: Restored,
  ): Promise<Delivery> {
    const { webex, spaceRules: rules } = this.#deps;
    const beforeUpload = () => this.#job.beginPosting();
    let mayRepeat = true;
    const attempt = async () => {
      await this.#mustBeAllowed();
      try {
        const deps = { webex, rules, beforeUpload, log: this.#log };
        return await deliver(file, caption, this.#job.order, deps);
      } catch (error) {
        if (!(error instanceof UnconfirmedUploadError)) throw error;
        mayRepeat = !unconfirmed.has(part);
        if (mayRepeat) await this.#appendIfRoom({ kind: 'unconfirmed', part });
        unconfirmed.add(part);
        throw error;
      }
    };
    const isWaitedFor = (error: unknown) =>
      isTemporary(error) || (error instanceof UnconfirmedUploadError && mayRepeat);
    return this.#patiently(attempt, isWaitedFor, () => {
      // As long as nothing can have arrived, the export can still be stopped.
      if (posted.length === 0 && unconfirmed.size === 0) this.#job.endPosting();
    });
  }

  /** What is not written down on a full disk is forgotten by a restart, which at worst posts once more. */
  async #appendIfRoom(record: JournalRecord): Promise<void> {
    try {
      await this.#job.journal.append(record);
    } catch (err) {
      if (!(err instanceof StorageFullError)) throw err;
      this.#log.error({ err, kind: record.kind }, 'the disk is full, this is not written down');
    }
  }

  /** The file is where it belongs already, so a space that refuses this line changes nothing. */
  async #sayWhereItWent({ posted }: Restored): Promise<void> {
    const why = posted.find(({ detour }) => detour !== undefined)?.detour;
    if (why === undefined) return;
    const { order } = this.#job;
    const { roomId, parentId } = order.place;
    const { webex, words } = this.#deps;
    try {
      await webex.postMessage({ roomId, parentId }, words.sentDirectly(why, order));
    } catch (err) {
      if (this.#job.stopping.signal.aborted) throw err;
      this.#log.warn({ err }, 'the space could not be told where the file went');
    }
  }

  async #mustBeAllowed(): Promise<void> {
    if (await this.#orStopped(this.#deps.isAllowed(this.#job.order))) return;
    throw new ForbiddenError('the requester is no longer allowed to export', permissionWithdrawn);
  }

  #patiently<T>(
    work: () => Promise<T>,
    isOutage: (error: unknown) => boolean,
    beforeWait = () => {},
  ): Promise<T> {
    return withPatience(work, isOutage, {
      clock: this.#deps.clock,
      signal: this.#job.stopping.signal,
      log: this.#log,
      onWait: (untilMs) => {
        beforeWait();
        this.#onWait(untilMs);
      },
    });
  }

  /** One for each service that a job depends on. */
  #retryBudget(): RetryBudget {
    return createRetryBudget({
      clock: this.#deps.clock,
      signal: this.#job.stopping.signal,
      onWait: this.#onWait,
      log: this.#log,
    });
  }

  readonly #onWait = (untilMs: number) => {
    this.#waitingUntilMs = untilMs;
  };

  #orStopped<T>(work: Promise<T>): Promise<T> {
    return orAborted(work, this.#job.stopping.signal);
  }

  #show(phase: Phase, { ledger }: Restored, counted: number | undefined): void {
    if (this.#job.progress?.phase !== phase)
      this.#log.info({ phase, ...ledger.tally }, 'a phase begins');
    this.#job.follow(() => {
      const nowMs = this.#deps.clock.now();
      const { settled, ...tally } = ledger.tally;
      const waitingUntilMs = this.#waitingUntilMs > nowMs ? this.#waitingUntilMs : undefined;
      const expected = expectedEndMs({
        startedMs: this.#startedMs,
        settledBefore: this.#settledBefore,
        nowMs,
        settled,
        // What comes after the collecting has no measured rate.
        total: phase === 'collecting' ? counted : undefined,
        budget: this.#deps.budget.state(),
      });
      return {
        phase,
        counted,
        ...tally,
        settled,
        waitingUntilMs,
        calls: this.#calls,
        expectedEndMs: expected,
      };
    });
  }
}
