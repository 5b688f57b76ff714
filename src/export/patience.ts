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
/** Longer than that no outage of a service is waited for. */
const mostMs = 24 * 60 * 60 * 1_000;

/**
 * Does what a finished export still needs of a service, over an outage that its client has given up on:
 * hours of work are not thrown away because a message cannot be posted this minute.
 *
 * @param isOutage which errors are waited for; what they mean for the work is the caller's affair
 */
export async function withPatience<T>(
  work: () => Promise<T>,
  isOutage: (error: unknown) => boolean,
  { clock, signal, log, onWait }: PatienceDeps,
): Promise<T> {
  const untilMs = clock.now() + mostMs;
  for (let failed = 1; ; failed++) {
    try {
      return await work();
    } catch (err) {
      if (signal.aborted || !isOutage(err) || clock.now() >= untilMs) throw err;
      // Half of it at least, so that a long outage is not asked about all the time.
      const waitMs = (0.5 + clock.random() / 2) * Math.min(capMs, baseMs * 2 ** (failed - 1));
      log.warn({ err, failed, waitMs }, 'Webex cannot be reached, waiting');
      onWait(clock.now() + waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}
