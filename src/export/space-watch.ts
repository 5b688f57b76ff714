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

export interface SpaceWatch {
  /** Begins to watch, or goes on for another minute; it ends by itself. */
  watch(post: WatchedPost): void;
  /** Somebody is said to have joined this space: it is looked at now, if it is watched. */
  lookAt(roomId: string): void;
}

interface Watched {
  readonly order: ExportOrder;
  /** Of the latest part. */
  postedMs: number;
  isTold: boolean;
  /** One look at a time; who comes while one goes on asks for another one. */
  turn: Promise<void>;
  isNextLookSure: boolean;
}

/**
 * Looks after a space for a minute behind a post: who joins from outside then reads the file as well, and
 * the person who asked for it should know while it can still be recalled. Events tell of most who join,
 * at once; looking from time to time finds the others.
 */
export function createSpaceWatch(deps: WatchDeps): SpaceWatch {
  const { clock, signal, log } = deps;
  const all = new Map<string, Watched>();

  const look = async (one: Watched, because: 'event' | 'time'): Promise<void> => {
    one.isNextLookSure = false;
    const { order } = one;
    if (one.isTold || signal.aborted) return;
    const verdict = await inspectSpace(order.place.roomId, deps);
    // What cannot be read now says nothing about who came.
    if (verdict.safe || verdict.why === 'unreadable') return;
    log.warn(
      { ref: order.ref, why: verdict.why, because },
      'a space with a file is no longer safe',
    );
    await deps.tell(order);
    one.isTold = true;
  };

  const queueLook = (one: Watched, because: 'event' | 'time'): Promise<void> => {
    if (one.isNextLookSure) return one.turn;
    one.isNextLookSure = true;
    one.turn = one.turn
      .then(() => look(one, because))
      .catch((err: unknown) => {
        if (err instanceof CancelledError) return;
        log.error({ err, ref: one.order.ref }, 'nobody could be told who joined a space');
      });
    return one.turn;
  };

  const lookOften = async (one: Watched, postedMs: number): Promise<void> => {
    const waits = looksAfterMs.map((ms) => postedMs + ms - clock.now());
    // Of those that were missed one is made up for.
    const missed = waits.filter((ms) => ms <= 0).length;
    let waited = 0;
    for (const ms of waits.slice(Math.max(0, missed - 1))) {
      await clock.sleep(Math.max(0, ms - waited), signal);
      waited = Math.max(waited, ms);
      await queueLook(one, 'time');
      if (one.isTold) return;
    }
  };

  const watchToTheEnd = async (one: Watched): Promise<void> => {
    let postedMs: number;
    do {
      postedMs = one.postedMs;
      await lookOften(one, postedMs);
    } while (one.postedMs > postedMs && !one.isTold);
  };

  return {
    watch({ order, postedMs }) {
      if (order.place.roomType === 'direct') return;
      const known = all.get(order.ref);
      if (known) {
        known.postedMs = Math.max(known.postedMs, postedMs);
        return;
      }
      const turn = Promise.resolve();
      const one = { order, postedMs, isTold: false, turn, isNextLookSure: false };
      all.set(order.ref, one);
      void watchToTheEnd(one)
        .catch((err: unknown) => {
          if (err instanceof CancelledError) return;
          log.error({ err, ref: order.ref }, 'a space with a file could not be watched');
        })
        .finally(() => all.delete(order.ref));
    },
    lookAt(roomId) {
      for (const one of all.values()) {
        if (one.order.place.roomId === roomId) void queueLook(one, 'event');
      }
    },
  };
}
