import { CancelledError } from '../errors.ts';
import type { Job } from '../export/job.ts';
import type { EndOfRun } from '../export/jobs.ts';
import { ApiError } from '../http/errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import type { Schedule as Timer } from '../webex/schedule.ts';
import * as replies from './replies.ts';
import { threadOf } from './thread.ts';

interface TellerDeps {
  readonly webex: Pick<WebexClient, 'postMessage' | 'editMessage'>;
  readonly timer: Timer;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

const second = 1_000;

/** Since the run began: often while people still look at it, and rarely once they have gone. */
const stepsMs = [3, 8, 20, 45, 90, 180, 360, 720].map((seconds) => seconds * second);
const laterStepsMs = 720 * second;

/**
 * Webex takes ten edits of a message: these, one that says that the contact center makes everybody wait,
 * and one for the end. Source: Messaging API, PUT /messages/{messageId}.
 */
const plannedEdits = 8;
const editsBeforeEnd = plannedEdits + 1;

/** So soon a pause is noticed that nothing announces. */
const lookEveryMs = 5 * second;
/** A shorter pause is over before anybody has read of it. */
const worthTellingMs = 30 * second;

/** A run whose progress is told, by one message after the other. */
interface Followed {
  readonly job: Job;
  readonly startedMs: number;
  step: number;
  /** The message that is edited, and how often it was, by earlier processes too. */
  message: { readonly id: string; edits: number } | undefined;
  shown: string | undefined;
  expectedEndMs: number | undefined;
  hasToldWait: boolean;
  hasEnded: boolean;
  callOff: () => void;
  /** What is being posted or edited. */
  telling: Promise<void> | undefined;
}

/** Tells in the thread how far an export is, without filling the thread. */
export class ProgressTeller {
  readonly #deps: TellerDeps;
  readonly #busy = new Set<Promise<void>>();

  constructor(deps: TellerDeps) {
    this.#deps = deps;
  }

  /** @returns what to call once when the run is over; it waits for nothing */
  follow(job: Job): (how: EndOfRun) => void {
    const known = job.journal.milestones.findLast((record) => record.kind === 'progress');
    const run: Followed = {
      job,
      startedMs: this.#deps.clock.now(),
      step: 0,
      message: known && { id: known.messageId, edits: known.edits },
      shown: undefined,
      expectedEndMs: undefined,
      hasToldWait: false,
      hasEnded: false,
      callOff: () => {},
      telling: undefined,
    };
    this.#lookLater(run);
    return (how) => this.#end(run, how);
  }

  /** Resolves when nothing is being said. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  #lookLater(run: Followed): void {
    const untilStepMs = run.startedMs + stepAt(run.step) - this.#deps.clock.now();
    const afterMs = Math.max(0, Math.min(lookEveryMs, untilStepMs));
    run.callOff = this.#deps.timer(afterMs, () => {
      this.#look(run);
      this.#lookLater(run);
    });
  }

  #look(run: Followed): void {
    const sinceMs = this.#deps.clock.now() - run.startedMs;
    const isStep = sinceMs >= stepAt(run.step);
    while (sinceMs >= stepAt(run.step)) run.step++;
    // Webex is slow or down: what is being said will do until the next step.
    if (run.telling !== undefined) return;
    if (isStep || this.#mustTellWait(run)) this.#begin(run, () => this.#tell(run));
  }

  #mustTellWait(run: Followed): boolean {
    const untilMs = run.job.progress?.waitingUntilMs ?? 0;
    const isLong = untilMs - this.#deps.clock.now() > worthTellingMs;
    if (!isLong || run.hasToldWait || !run.message) return false;
    return run.message.edits < editsBeforeEnd;
  }

  #begin(run: Followed, work: () => Promise<void>): void {
    const { log } = this.#deps;
    const telling = work()
      .catch((err: unknown) => {
        if (err instanceof CancelledError) return;
        log.warn({ err, ref: run.job.ref }, 'the progress could not be told');
      })
      .finally(() => {
        this.#busy.delete(telling);
        if (run.telling === telling) run.telling = undefined;
      });
    run.telling = telling;
    this.#busy.add(telling);
  }

  async #tell(run: Followed): Promise<void> {
    const { job } = run;
    const progress = job.progress;
    if (!progress) return;
    run.expectedEndMs = steadyEndMs(run.expectedEndMs, progress.expectedEndMs);
    run.hasToldWait ||= progress.waitingUntilMs !== undefined;
    const { ref, state, order } = job;
    const shown = { ...progress, expectedEndMs: run.expectedEndMs };
    await this.#show(run, replies.jobStatus({ ref, state, window: order.window, progress: shown }));
  }

  async #show(run: Followed, words: string): Promise<void> {
    if (words === run.shown) return;
    const isFull = (run.message?.edits ?? 0) >= (run.hasToldWait ? editsBeforeEnd : plannedEdits);
    if (run.message && !isFull) await this.#edit(run, run.message, words);
    if (!run.message || isFull) await this.#post(run, words);
    run.shown = words;
  }

  async #post(run: Followed, words: string): Promise<void> {
    const { id } = await this.#deps.webex.postMessage(threadOf(run.job.order), words);
    run.message = { id, edits: 0 };
    run.hasToldWait = false;
    await this.#remember(run);
  }

  async #edit(run: Followed, message: { id: string; edits: number }, words: string): Promise<void> {
    // Before it is sent: one whose answer is lost has been made as well.
    message.edits++;
    await this.#remember(run);
    const { roomId } = run.job.order.place;
    try {
      await this.#deps.webex.editMessage({ id: message.id, roomId }, words);
    } catch (error) {
      const isGone = error instanceof ApiError && [400, 403, 404].includes(error.status);
      if (!isGone) throw error;
      // Somebody has removed it, or Webex has counted more edits: the next one is a new message.
      run.message = undefined;
      if (run.hasEnded) throw error;
    }
  }

  /** For a process after this one, which must not edit more often than Webex lets it. */
  async #remember({ job, message, hasEnded }: Followed): Promise<void> {
    if (!message || hasEnded) return;
    await job.journal.append({ kind: 'progress', messageId: message.id, edits: message.edits });
  }

  #end(run: Followed, how: EndOfRun): void {
    run.hasEnded = true;
    run.callOff();
    const before = run.telling;
    this.#begin(run, async () => {
      await before;
      const { message } = run;
      const { ref } = run.job;
      if (message) await this.#edit(run, message, replies.progressOver(ref, how));
    });
  }
}

function stepAt(step: number): number {
  return stepsMs[step] ?? (step - stepsMs.length + 2) * laterStepsMs;
}

/** Half of the way to what is measured now: a rate that wavers must not make the end jump about. */
export function steadyEndMs(
  shownMs: number | undefined,
  measuredMs: number | undefined,
): number | undefined {
  if (shownMs === undefined || measuredMs === undefined) return measuredMs;
  return shownMs + (measuredMs - shownMs) / 2;
}
