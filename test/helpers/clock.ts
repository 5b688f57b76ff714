import type { Clock } from '../../src/http/retry.ts';

export interface TestClock extends Clock {
  /** Every pause somebody asked for, in order. */
  readonly pauses: readonly number[];
  advance(ms: number): void;
  /** Sets the wall clock by so many milliseconds, while no time passes. */
  jump(ms: number): void;
}

/** Time that passes only when somebody sleeps or the test says so; sleeping takes no real time. */
export function createTestClock(startMs = Date.UTC(2026, 10, 20, 9, 42), random = 0.5): TestClock {
  let nowMs = startMs;
  let jumpedMs = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => nowMs + jumpedMs,
    elapsed: () => nowMs - startMs,
    random: () => random,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
      nowMs += ms;
    },
    advance: (ms) => {
      nowMs += ms;
    },
    jump: (ms) => {
      jumpedMs += ms;
    },
  };
}
