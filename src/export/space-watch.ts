import { CancelledError } from '../errors.ts';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from '../webex/client.ts';
import type { ExportOrder } from './order.ts';
import { inspectSpace, type SpaceRules } from './space-check.ts';

interface WatchDeps {
  readonly webex: Pick<WebexClient, 'room' | 'memberships'>;
  readonly rules: SpaceRules;
  /** Tells the person who asked, and nobody else. */
  readonly tell: (order: ExportOrder) => Promise<void>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Ends with the bot. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** When the space is looked at again after a post: members come and go, and a file stays. */
const looksAfterMs = [10_000, 15_000, 20_000, 20_000] as const;

/**
 * Looks after a space for a minute behind a post: who joins from outside then reads the file as well, and
 * the person who asked for it should know while it can still be recalled.
 *
 * @returns what begins to watch; watching ends by itself and never rejects
 */
export function createSpaceWatch(deps: WatchDeps): (order: ExportOrder) => void {
  const { clock, signal, log } = deps;
  const watched = new Set<string>();

  const watch = async (order: ExportOrder): Promise<void> => {
    for (const ms of looksAfterMs) {
      await clock.sleep(ms, signal);
      const verdict = await inspectSpace(order.place.roomId, deps);
      // What cannot be read now says nothing about who came.
      if (verdict.safe || verdict.why === 'unreadable') continue;
      log.warn({ ref: order.ref, why: verdict.why }, 'a space with a file is no longer safe');
      await deps.tell(order);
      return;
    }
  };

  return (order) => {
    // Once for all parts of a file.
    if (order.place.roomType === 'direct' || watched.has(order.ref)) return;
    watched.add(order.ref);
    void watch(order)
      .catch((err: unknown) => {
        if (err instanceof CancelledError) return;
        log.error({ err, ref: order.ref }, 'a space with a file could not be watched');
      })
      .finally(() => watched.delete(order.ref));
  };
}
