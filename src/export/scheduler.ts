import { CancelledError } from '../errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { Schedule as Timer } from '../webex/schedule.ts';
import { nextTimes } from './recurrence.ts';
import { doneUntil, type Schedule, type Schedules } from './schedules.ts';

interface SchedulerDeps {
  readonly schedules: Schedules;
  /**
   * Makes a job of the run that is due, or leaves the run where it is: then it is called again. Never
   * called twice at a time for one schedule.
   */
  readonly run: (ref: string) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly timer: Timer;
  readonly log: Log;
}

/**
 * However far the next time is: clocks are set, machines sleep, a timer of Node ends after 24 days, and
 * what a run waits for may be over without anybody saying so.
 */
const lookEveryMs = 60_000;

/** Sees to it that what is due is run. */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #running = new Map<string, Promise<void>>();
  /** Of those running: looked at again afterwards, because the world has changed meanwhile. */
  readonly #again = new Set<string>();
  #looking: Promise<void> = Promise.resolve();
  #callOff = () => {};
  #isOpen = false;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** Something has changed: a schedule was made, an export ended, somebody signed in. */
  wake(): void {
    if (!this.#isOpen) return;
    this.#looking = this.#looking.then(() => this.#look());
  }

  /** Resolves when nothing is being started, and nothing is about to be. */
  async idle(): Promise<void> {
    await this.#looking;
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** What is due and not begun stays due. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#callOff();
    await this.idle();
  }

  async #look(): Promise<void> {
    if (!this.#isOpen) return;
    const { schedules, clock, timer, log } = this.#deps;
    try {
      await schedules.noteDue(clock.now());
      for (const { ref, run } of schedules.list()) {
        if (run) this.#begin(ref);
      }
    } catch (err) {
      log.error({ err }, 'the schedules could not be looked at');
    }
    this.#callOff();
    if (this.#isOpen) this.#callOff = timer(this.#msUntilNext(), () => this.wake());
  }

  #msUntilNext(): number {
    const nowMs = this.#deps.clock.now();
    const waits = this.#deps.schedules.list().map((schedule) => msUntil(schedule, nowMs));
    return Math.max(0, Math.min(lookEveryMs, ...waits));
  }

  #begin(ref: string): void {
    if (!this.#isOpen) return;
    if (this.#running.has(ref)) {
      this.#again.add(ref);
      return;
    }
    const running = this.#deps
      .run(ref)
      .catch((err: unknown) => {
        if (err instanceof CancelledError || !this.#isOpen) return;
        // Within a minute it is tried again.
        this.#deps.log.warn({ err, schedule: ref }, 'a scheduled export could not be started');
      })
      .finally(() => {
        this.#running.delete(ref);
        if (this.#again.delete(ref)) this.#begin(ref);
      });
    this.#running.set(ref, running);
  }
}

function msUntil(schedule: Schedule, nowMs: number): number {
  const { recurrence, zone } = schedule;
  const afterMs = doneUntil(schedule, nowMs);
  const [next = Number.POSITIVE_INFINITY] = nextTimes(recurrence, { afterMs, zone, count: 1 });
  return next - nowMs;
}
