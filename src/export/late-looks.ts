import { CancelledError } from '../errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import { isRefusedForGood } from '../webex/refusal.ts';
import type { Schedule as Timer } from '../webex/schedule.ts';
import type { Accounts } from './accounts.ts';
import { addendumTo, lookAgainFor } from './addendum.ts';
import type { FinishedExport, FinishedExports } from './finished-exports.ts';
import type { Jobs } from './jobs.ts';
import type { ExportOrder } from './order.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** After the end of an export: most transcripts come within minutes, some in the night. */
const afterMs = [15 * minuteMs, hourMs, 6 * hourMs, 24 * hourMs] as const;

/** What could not be looked at for so long, because the bot was down, is left to its person. */
const tooLateMs = 7 * 24 * hourMs;

/** As for schedules: clocks are set, machines sleep, and what a look waits for ends without a word. */
const lookEveryMs = minuteMs;

/** Until when late transcripts of an export that ends now are looked for. */
export function lastLookMs(endedAtMs: number): number {
  return endedAtMs + afterMs[3];
}

export interface PendingLook {
  readonly root: FinishedExport;
  /** Which look it is, from 1. Of several that were missed it is the last. */
  readonly look: number;
  readonly dueMs: number;
}

/** The next look at each export that may still get late transcripts, oldest export first. */
export function pendingLooks(all: readonly FinishedExport[], nowMs: number): PendingLook[] {
  const taken = looksTaken(all);
  const continued = continuedExports(all);
  return all.flatMap((root) => {
    const { order, endedAtMs } = root;
    if (!isWaiting(root) || continued.has(order.ref)) return [];
    if (nowMs - endedAtMs > tooLateMs) return [];
    const over = Math.max(root.looks ?? 0, taken.get(order.ref) ?? 0);
    const due = afterMs.filter((ms) => endedAtMs + ms <= nowMs).length;
    const look = Math.max(over + 1, due);
    const waitMs = due <= over ? afterMs[over] : afterMs[due - 1];
    return waitMs === undefined ? [] : [{ root, look, dueMs: endedAtMs + waitMs }];
  });
}

/** Whether something of it may come late, as far as its record tells. */
function isWaiting({ order, balance, recalledAtMs }: FinishedExport): boolean {
  if (order.addendumTo !== undefined || recalledAtMs !== undefined || !balance) return false;
  // A file that is only being written is a failure with a certain status, which its journal knows.
  return balance.no_transcript + balance.still_open + balance.failed > 0;
}

/** The last look at each export that became a job; one that stepped aside is taken up again. */
function looksTaken(all: readonly FinishedExport[]): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  for (const { order, outcome, balance } of all) {
    const { addendumTo: ref, lateLook } = order;
    const steppedAside = outcome === 'cancelled' && !balance;
    if (ref === undefined || lateLook === undefined || steppedAside) continue;
    taken.set(ref, Math.max(lateLook, taken.get(ref) ?? 0));
  }
  return taken;
}

/** What was missing in these is looked for with the export that continues them. */
function continuedExports(all: readonly FinishedExport[]): ReadonlySet<string> {
  const whole = all.filter(({ balance, recalledAtMs }) => balance && recalledAtMs === undefined);
  return new Set(whole.flatMap(({ order: { continues } }) => continues ?? []));
}

interface LateLooksDeps {
  readonly finished: FinishedExports;
  readonly jobs: Pick<Jobs, 'accept' | 'start' | 'inTurn' | 'of' | 'looksOf'>;
  readonly accounts: Accounts;
  readonly isSignedIn: (person: ExportOrder['requester']) => Promise<boolean>;
  readonly webex: Pick<WebexClient, 'room'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly timer: Timer;
  readonly log: Log;
}

/**
 * Looks by itself at conversations whose transcript was not there when an export ended: each look is a
 * retry that nobody ordered, with the grant of the person of the export. What is due is told from the
 * records of the exports that have ended, so a look survives whatever they survive.
 */
export class LateLooks {
  readonly #deps: LateLooksDeps;
  #looking: Promise<void> = Promise.resolve();
  #callOff = () => {};
  #isOpen = false;

  constructor(deps: LateLooksDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** Something has changed: an export has ended. */
  wake(): void {
    if (!this.#isOpen) return;
    this.#looking = this.#looking.then(() => this.#lookAtAll());
  }

  /** Resolves when every look that could be begun has been. */
  async idle(): Promise<void> {
    let last: Promise<void> | undefined;
    while (last !== this.#looking) {
      last = this.#looking;
      await last;
    }
  }

  /** What is due and not begun stays due. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#callOff();
    await this.idle();
  }

  #pending(): PendingLook[] {
    return pendingLooks(this.#deps.finished.list(), this.#deps.clock.now());
  }

  #isDue({ dueMs }: PendingLook): boolean {
    return dueMs <= this.#deps.clock.now();
  }

  async #lookAtAll(): Promise<void> {
    // One after the other: nobody waits for them.
    for (const { root } of this.#pending().filter((one) => this.#isDue(one))) {
      if (!this.#isOpen) return;
      await this.#lookAt(root).catch((err: unknown) => {
        if (err instanceof CancelledError || !this.#isOpen) return;
        // Within a minute it is tried again.
        const { ref } = root.order;
        this.#deps.log.warn({ err, ref }, 'late transcripts could not be looked for');
      });
    }
    this.#callOff();
    if (this.#isOpen) this.#callOff = this.#deps.timer(this.#msUntilNext(), () => this.wake());
  }

  #msUntilNext(): number {
    const nowMs = this.#deps.clock.now();
    // What is due by now waits for somebody.
    const waits = this.#pending().flatMap(({ dueMs }) => (dueMs > nowMs ? dueMs - nowMs : []));
    return Math.min(lookEveryMs, ...waits);
  }

  async #lookAt({ order: { ref, requester, place } }: FinishedExport): Promise<void> {
    const { jobs } = this.#deps;
    // Before anybody's turn is taken for it.
    if (!this.#isFree(requester)) return;
    if (!(await this.#isThere(place))) return this.#end(ref, 'its space is gone');
    await jobs.inTurn(requester, async () => {
      const pending = this.#pending().find(({ root }) => root.order.ref === ref);
      if (pending && this.#isDue(pending) && this.#isFree(requester)) await this.#begin(pending);
    });
  }

  /** An export of the person goes first, and one look at a time is enough. */
  #isFree(person: ExportOrder['requester']): boolean {
    const { jobs } = this.#deps;
    return jobs.of(person).length + jobs.looksOf(person).length === 0;
  }

  async #isThere({ roomId }: ExportOrder['place']): Promise<boolean> {
    try {
      await this.#deps.webex.room(roomId);
      return true;
    } catch (error) {
      if (isRefusedForGood(error)) return false;
      throw error;
    }
  }

  async #begin({ root, look }: PendingLook): Promise<void> {
    const { accounts, finished, isSignedIn, jobs, log } = this.#deps;
    const { ref, requester } = root.order;
    if (!(await isSignedIn(requester))) {
      log.info(
        { ref, look },
        'a look at late transcripts is left out, its person is not signed in',
      );
      return finished.noteLooks(ref, look);
    }
    const order = { ...addendumTo(root), lateLook: look };
    const account = await accounts.of(ref, requester);
    if (!account) return this.#end(ref, 'its journal is gone');
    if (lookAgainFor(order, account).length === 0) return this.#end(ref, 'nothing is missing');
    const job = await jobs.accept(order);
    log.info({ ref, look, job: job.ref }, 'late transcripts are looked for');
    jobs.start(job.ref);
  }

  async #end(ref: string, why: string): Promise<void> {
    this.#deps.log.info({ ref, why }, 'late transcripts are looked for no more');
    await this.#deps.finished.noteLooks(ref, afterMs.length);
  }
}
