import { CancelledError } from '../errors.ts';
import type { Clock } from './retry.ts';
import { createSlidingCount } from './sliding-count.ts';

interface BudgetState {
  readonly limit: number;
  readonly windowMs: number;
  /** Requests granted within the window that ends now. */
  readonly used: number;
  readonly waiting: number;
  /** While set, nothing is granted before this instant (epoch ms). */
  readonly pausedUntilMs: number | undefined;
  /** As `pausedUntilMs`, and also set while the window is full: when the next grant can come. */
  readonly freeAtMs: number | undefined;
}

export interface RequestBudget {
  /**
   * Resolves when one request may be sent. Owners are served in turn, so that a small job beside a
   * large one is not kept waiting behind its whole queue.
   *
   * @throws {CancelledError} the signal fired while waiting; nothing was spent
   */
  take(owner: string, signal?: AbortSignal): Promise<void>;
  /** After a 429: nobody asks before this instant. A later instant wins, an earlier one is ignored. */
  pauseUntil(atMs: number): void;
  state(): BudgetState;
}

/**
 * What of the budget outlives the process: a restart must not spend the same minute twice. Grants are
 * noted in blocks before any of them is given, so that a crash can only make us too careful.
 */
export interface BudgetMemory {
  /** What earlier processes noted. */
  readonly noted: readonly NotedGrants[];
  /** Resolves once it is on disk; may not reject. */
  note(grants: NotedGrants): Promise<void>;
}

export interface NotedGrants {
  /** Used some time between these two, or not at all. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
}

type Grant = () => void;

/** How long a noted block may be used; what is left of it then is lost. */
const blockLifeMs = 5_000;
const blocksInLimit = 20;

/** A clock that is kept right by small steps is not set. */
const clockNoiseMs = 250;

/**
 * One sliding window for all requests of one client id: at most `limit` in any `windowMs`. The vendor
 * counts on its own clock and its own side of the network, so the window is kept half a second longer.
 */
export function createRequestBudget({
  limit,
  windowMs = 60_500,
  clock,
  memory,
}: {
  limit: number;
  windowMs?: number;
  clock: Pick<Clock, 'now' | 'elapsed' | 'sleep'>;
  memory?: BudgetMemory;
}): RequestBudget {
  const granted = createSlidingCount(windowMs);
  for (const { untilMs, count } of [...(memory?.noted ?? [])].sort(byEnd)) {
    // A clock that was set back must not make us wait for times to come.
    if (untilMs <= clock.now() + blockLifeMs) granted.add(untilMs, count);
  }
  let block = { left: 0, untilMs: 0 };
  const queues = new Map<string, Grant[]>();
  let latest = { atMs: clock.now(), elapsedMs: clock.elapsed() };
  let pausedUntilMs = 0;
  let pumping = false;
  let nobodyWaits = new AbortController();

  const now = () => {
    const atMs = clock.now();
    const elapsedMs = clock.elapsed();
    const jumpMs = atMs - latest.atMs - (elapsedMs - latest.elapsedMs);
    if (Math.abs(jumpMs) > clockNoiseMs) {
      // The wall clock was set. What was noted by it moves along: everybody would wait for as long as it
      // was set back, and a jump forward would make a spent window look like a new one.
      granted.shift(jumpMs);
      pausedUntilMs += jumpMs;
    }
    latest = { atMs, elapsedMs };
    return atMs;
  };

  const freeAtMs = (): number | undefined => {
    const nowMs = now();
    const windowFreeMs = granted.count(nowMs) < limit ? 0 : granted.oldestMs() + windowMs;
    const atMs = Math.max(pausedUntilMs, windowFreeMs);
    return atMs > nowMs ? atMs : undefined;
  };

  const noteBlock = async () => {
    const fromMs = now();
    if (!memory || (block.left > 0 && fromMs < block.untilMs)) return;
    const count = Math.max(
      1,
      Math.min(Math.ceil(limit / blocksInLimit), limit - granted.count(fromMs)),
    );
    const untilMs = fromMs + blockLifeMs;
    await memory.note({ fromMs, untilMs, count });
    block = { left: count, untilMs };
  };

  const nextGrant = (): Grant | undefined => {
    for (const [owner, queue] of queues) {
      // Re-inserting puts the owner behind all others: that is the whole of the fairness.
      queues.delete(owner);
      const grant = queue.shift();
      if (queue.length > 0) queues.set(owner, queue);
      if (grant) return grant;
    }
    return undefined;
  };

  const sleepUntil = async (atMs: number) => {
    nobodyWaits = new AbortController();
    try {
      await clock.sleep(atMs - now(), nobodyWaits.signal);
    } catch (error) {
      if (!nobodyWaits.signal.aborted) throw error;
    }
  };

  const pump = async () => {
    if (pumping) return;
    pumping = true;
    try {
      while (queues.size > 0) {
        const atMs = freeAtMs();
        if (atMs !== undefined) {
          await sleepUntil(atMs);
          continue;
        }
        await noteBlock();
        const grant = nextGrant();
        if (!grant) continue;
        block.left--;
        granted.add(now());
        grant();
      }
    } finally {
      pumping = false;
    }
  };

  const enqueue = (owner: string, signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const queue = queues.get(owner) ?? [];
      const grant = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        queue.splice(queue.indexOf(grant), 1);
        if (queue.length === 0) queues.delete(owner);
        if (queues.size === 0) nobodyWaits.abort();
        reject(new CancelledError('cancelled while waiting for the request budget'));
      };
      queue.push(grant);
      queues.set(owner, queue);
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  return {
    async take(owner, signal) {
      if (signal?.aborted) throw new CancelledError('cancelled before the request');
      const turn = enqueue(owner, signal);
      void pump();
      await turn;
    },
    pauseUntil(atMs) {
      now();
      pausedUntilMs = Math.max(pausedUntilMs, atMs);
    },
    state() {
      const nowMs = now();
      let waiting = 0;
      for (const queue of queues.values()) waiting += queue.length;
      return {
        limit,
        windowMs,
        used: granted.count(nowMs),
        waiting,
        pausedUntilMs: pausedUntilMs > nowMs ? pausedUntilMs : undefined,
        freeAtMs: freeAtMs(),
      };
    },
  };
}

function byEnd(a: NotedGrants, b: NotedGrants): number {
  return a.untilMs - b.untilMs;
}
