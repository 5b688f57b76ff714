import { expect, test } from 'vitest';
import { expectedEndMs } from '../../src/export/progress.ts';

const budget = { limit: 300, used: 0, windowMs: 60_500 };
const at = {
  ...{ startedMs: 0, settledBefore: 0, nowMs: 10_000, settled: 100, total: 1_000 },
  budget,
};

test.each<[string, Partial<typeof at> | { total: undefined }, number | undefined]>([
  ['goes on at the rate measured so far', {}, 100_000],
  ['is now when everything is done', { settled: 1_000 }, 10_000],
  ['is now when more was done than was counted', { settled: 1_200 }, 10_000],
  ['is unknown without a count', { total: undefined }, undefined],
  ['is unknown before anything is done', { settled: 0 }, undefined],
  ['is unknown in the first five seconds', { nowMs: 4_999 }, undefined],
  ['is told after five seconds', { nowMs: 5_000 }, 50_000],
  ['is unknown before five percent', { settled: 49 }, undefined],
  ['is told at five percent', { settled: 50 }, 200_000],
  ['does not take for speed what an earlier process did', { settledBefore: 50 }, 190_000],
  ['is unknown while this process has done nothing', { settledBefore: 100 }, undefined],
  [
    'is not before the budget lets it',
    { total: 10_000, settled: 2_900, budget: { ...budget, used: 300 } },
    10_000 + 3 * 60_500,
  ],
  ['is that of the rate where the budget has room', { budget: { ...budget, used: 200 } }, 100_000],
])('the expected end %s', (_name, change, expected) => {
  expect(expectedEndMs({ ...at, ...change })).toBe(expected);
});
