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
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Ends with the bot. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** When the space is looked at after a post: members come and go, and a file stays. */
const looksAfterMs = [10_000, 25_000, 45_000, 65_000] as const;
/** A bot that was down for longer looks no more: the minute is long over. */
const tooLateMs = 10 * 60_000;

/** A file in a space. */
export interface WatchedPost {
  readonly order: ExportOrder;
  readonly postedMs: number;
}

/** The posts whose minute was not over when an earlier process ended, as far as that can be. */
export function postsToWatch(
  exports: Iterable<{
    readonly order: ExportOrder;
    readonly posts: readonly { readonly place: 'space' | 'direct'; readonly atMs: number }[];
  }>,
  nowMs: number,
): WatchedPost[] {
  return [...exports].flatMap(({ order, posts }) => {
    const inSpace = posts.filter(({ place }) => place === 'space').map(({ atMs }) => atMs);
    const postedMs = Math.max(...inSpace);
    return nowMs - postedMs < tooLateMs ? [{ order, postedMs }] : [];
  });
}

/**
 * Looks after a space for a minute behind a post: who joins from outside then reads the file as well, and
 * the person who asked for it should know while it can still be recalled.
 *
 * @returns what begins to watch; watching ends by itself and never rejects
 */
export function createSpaceWatch(deps: WatchDeps): (post: WatchedPost) => void {
  const { clock, signal, log } = deps;
  const watched = new Set<string>();

  const watch = async ({ order, postedMs }: WatchedPost): Promise<void> => {
    const waits = looksAfterMs.map((ms) => postedMs + ms - clock.now());
    // Of those that were missed one is made up for.
    const missed = waits.filter((ms) => ms <= 0).length;
    let waited = 0;
    for (const ms of waits.slice(Math.max(0, missed - 1))) {
      await clock.sleep(Math.max(0, ms - waited), signal);
      waited = Math.max(waited, ms);
      const verdict = await inspectSpace(order.place.roomId, deps);
      // What cannot be read now says nothing about who came.
      if (verdict.safe || verdict.why === 'unreadable') continue;
      log.warn({ ref: order.ref, why: verdict.why }, 'a space with a file is no longer safe');
      await deps.tell(order);
      return;
    }
  };

  return (post) => {
    const { order } = post;
    // Once for all parts of a file.
    if (order.place.roomType === 'direct' || watched.has(order.ref)) return;
    watched.add(order.ref);
    void watch(post)
      .catch((err: unknown) => {
        if (err instanceof CancelledError) return;
        log.error({ err, ref: order.ref }, 'a space with a file could not be watched');
      })
      .finally(() => watched.delete(order.ref));
  };
}
