import { describe, expect, it } from 'vitest';
import { createRequestBudget } from '../../src/http/budget.ts';
import type { Clock } from '../../src/http/retry.ts';
import { createTestClock } from '../helpers/clock.ts';

/** Time stands still until the test lets a sleeper go on. */
function createHeldClock(startMs = 1_000_000) {
  let nowMs = startMs;
  let wake: (() => void) | undefined;
  const clock: Pick<Clock, 'now' | 'elapsed' | 'sleep'> = {
    now: () => nowMs,
    elapsed: () => nowMs,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener('abort', () => reject(new Error('woken')), { once: true });
      }),
  };
  return {
    clock,
    isAsleep: () => wake !== undefined,
    goTo: async (atMs: number) => {
      nowMs = atMs;
      wake?.();
      await settle();
    },
    set: (atMs: number) => {
      nowMs = atMs;
    },
  };
}

async function settle() {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('request budget', () => {
  it('grants as many requests at once as the limit says, and the next one when the window has passed', async () => {
    const clock = createTestClock();
    const startMs = clock.now();
    const budget = createRequestBudget({ limit: 3, clock });
    const grantedAt: number[] = [];
    for (let request = 0; request < 7; request++) {
      await budget.take('A');
      grantedAt.push(clock.now() - startMs);
    }
    expect(grantedAt).toEqual([0, 0, 0, 60_500, 60_500, 60_500, 121_000]);
  });

  it('never lets more than the limit into any window, however the requests are spread', async () => {
    const clock = createTestClock();
    const budget = createRequestBudget({ limit: 5, windowMs: 1_000, clock });
    const grantedAt: number[] = [];
    for (let request = 0; request < 60; request++) {
      clock.advance((request * 37) % 190);
      await budget.take('A');
      grantedAt.push(clock.now());
    }
    const fullest = Math.max(
      ...grantedAt.map(
        (at) => grantedAt.filter((other) => other >= at && other < at + 1_000).length,
      ),
    );
    expect(fullest).toBe(5);
  });

  it('serves owners in turn, so that a small job does not wait behind a large one', async () => {
    const held = createHeldClock();
    const budget = createRequestBudget({ limit: 1, windowMs: 10, clock: held.clock });
    await budget.take('first');
    const order: string[] = [];
    const takes = ['L', 'L', 'L', 'L', 'S', 'S'].map((owner) =>
      budget.take(owner).then(() => order.push(owner)),
    );
    for (let step = 1; step <= 6; step++) await held.goTo(1_000_000 + step * 10);
    await Promise.all(takes);
    expect(order).toEqual(['L', 'S', 'L', 'S', 'L', 'L']);
  });

  it('grants nothing before the end of a pause, and a shorter pause does not end it early', async () => {
    const clock = createTestClock();
    const startMs = clock.now();
    const budget = createRequestBudget({ limit: 10, clock });
    budget.pauseUntil(startMs + 30_000);
    budget.pauseUntil(startMs + 5_000);
    await budget.take('A');
    expect(clock.now() - startMs).toBe(30_000);
  });

  it('obeys a pause that is called while somebody waits for the window already', async () => {
    const held = createHeldClock();
    const budget = createRequestBudget({ limit: 1, windowMs: 10, clock: held.clock });
    await budget.take('A');
    let granted = false;
    const take = budget.take('A').then(() => {
      granted = true;
    });
    budget.pauseUntil(1_000_500);
    await held.goTo(1_000_010);
    const grantedInPause = granted;
    await held.goTo(1_000_500);
    await take;
    expect([grantedInPause, granted]).toEqual([false, true]);
  });

  it.each([
    ['forward by a day', 86_400_000],
    ['back by a day', -86_400_000],
    ['forward by ten minutes', 600_000],
    ['back by ten minutes', -600_000],
  ])('is not deceived by a clock that is set %s', async (_name, jumpMs) => {
    const clock = createTestClock();
    const budget = createRequestBudget({ limit: 2, clock });
    const grantedAt: number[] = [];
    for (let request = 0; request < 6; request++) {
      if (request === 3) clock.jump(jumpMs);
      await budget.take('A');
      grantedAt.push(clock.elapsed());
    }
    budget.pauseUntil(clock.now() + 90_000);
    clock.jump(jumpMs);
    await budget.take('A');
    expect(grantedAt).toEqual([0, 0, 60_500, 60_500, 121_000, 121_000]);
    expect(clock.elapsed()).toBe(121_000 + 90_000);
  });

  it('gives up a place in the queue without spending anything when the signal fires', async () => {
    const held = createHeldClock();
    const budget = createRequestBudget({ limit: 1, windowMs: 10, clock: held.clock });
    await budget.take('A');
    const stop = new AbortController();
    const cancelled = budget.take('A', stop.signal);
    const kept = budget.take('A');
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await held.goTo(1_000_010);
    await kept;
    expect(budget.state()).toMatchObject({ used: 1, waiting: 0 });
  });

  it('refuses a request whose signal has fired before', async () => {
    const budget = createRequestBudget({ limit: 1, clock: createTestClock() });
    await expect(budget.take('A', AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(budget.state().used).toBe(0);
  });

  it('stops sleeping when nobody waits any longer, and serves who comes after that', async () => {
    const held = createHeldClock();
    const budget = createRequestBudget({ limit: 1, windowMs: 10, clock: held.clock });
    await budget.take('A');
    const stop = new AbortController();
    const cancelled = budget.take('A', stop.signal);
    await settle();
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await settle();
    held.set(1_000_011);
    await budget.take('A');
    expect(budget.state().used).toBe(1);
  });

  it('says when the next request can be sent: at the end of a pause or of a full window', async () => {
    const clock = createTestClock();
    const startMs = clock.now();
    const budget = createRequestBudget({ limit: 1, clock });
    const free = budget.state().freeAtMs;
    await budget.take('A');
    const full = budget.state();
    budget.pauseUntil(startMs + 90_000);
    const paused = budget.state();
    expect(free).toBeUndefined();
    expect(full).toMatchObject({ freeAtMs: startMs + 60_500, pausedUntilMs: undefined });
    expect(paused).toMatchObject({ freeAtMs: startMs + 90_000, pausedUntilMs: startMs + 90_000 });
  });

  it('honours a pause that is called right after the clock was set back', async () => {
    const clock = createTestClock();
    const budget = createRequestBudget({ limit: 5, clock });
    await budget.take('A');
    clock.advance(-3_600_000);
    const backMs = clock.now();
    budget.pauseUntil(backMs + 30_000);
    await budget.take('A');
    expect(clock.now() - backMs).toBe(30_000);
  });

  it('stays exact with a limit that is never reached', async () => {
    const clock = createTestClock();
    const budget = createRequestBudget({ limit: 1_000_000_000, clock });
    for (let request = 0; request < 20_000; request++) {
      if (request % 100 === 0) clock.advance(1);
      await budget.take('A');
    }
    const within = budget.state().used;
    clock.advance(60_500);
    expect([within, budget.state().used, clock.pauses]).toEqual([20_000, 0, []]);
  });
});
