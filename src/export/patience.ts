import { ApiError } from '../http/errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';

interface PatienceDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Told before each pause until when it lasts (epoch ms). */
  readonly onWait: (untilMs: number) => void;
}

const baseMs = 10_000;
const capMs = 5 * 60_000;
/** Longer than that no outage of a service is waited for; a restart begins anew. */
const mostMs = 24 * 60 * 60 * 1_000;

/**
 * Does what a finished export still needs of a service, over an outage that its client has given up on:
 * hours of work are not thrown away because a message cannot be posted this minute. A service that says
 * how long it wants to be left alone is left alone for so long.
 *
 * @param isOutage which errors are waited for; what they mean for the work is the caller's affair
 */
export async function withPatience<T>(
  work: () => Promise<T>,
  isOutage: (error: unknown) => boolean,
  { clock, signal, log, onWait }: PatienceDeps,
): Promise<T> {
  // By a clock that nobody sets: a jump must not end the waiting.
  const untilMs = clock.elapsed() + mostMs;
  for (let failed = 1; ; failed++) {
    try {
      return await work();
    } catch (err) {
      if (signal.aborted || !isOutage(err)) throw err;
      // Half of it at least, so that a long outage is not asked about all the time.
      const backoffMs = (0.5 + clock.random() / 2) * Math.min(capMs, baseMs * 2 ** (failed - 1));
      const promisedMs = err instanceof ApiError ? (err.retryAfterMs ?? 0) : 0;
      const waitMs = promisedMs + backoffMs;
      if (clock.elapsed() + promisedMs > untilMs) throw err;
      log.warn({ err, failed, waitMs }, 'a service cannot be reached, waiting');
      onWait(clock.now() + waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}
