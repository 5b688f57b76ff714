import { describe, expect, it, test } from 'vitest';
import {
  bytesPerConversation,
  callsLeft,
  daysOf,
  expectedBytes,
  expectedCalls,
  expectedFiles,
  expectedMs,
  isLarge,
  sharesOf,
} from '../../src/export/estimate.ts';
import { lastWeek } from './orders.ts';
import { runExport, startRig } from './rig.ts';

const local = (from: string, to: string, zone = 'Europe/Berlin') => ({
  ...{ fromMs: Date.parse(from), toMs: Date.parse(to), zone },
});

describe('an export is large', () => {
  const usual = { window: lastWeek, conversations: 5_000, format: 'xlsx' } as const;

  it.each([
    ['with 5,000 conversations', {}, false],
    ['with one more', { conversations: 5_001 }, true],
    ['when nobody knows how many', { conversations: undefined }, false],
    [
      'over a month of 31 days in which the clocks are set back',
      { window: local('2026-10-01T00:00+02:00', '2026-11-01T00:00+01:00') },
      false,
    ],
    [
      'over a minute more',
      { window: local('2026-10-01T00:00+02:00', '2026-11-01T00:01+01:00') },
      true,
    ],
    [
      'over more than 31 days of which one is an hour short',
      { window: local('2026-03-01T00:00+01:00', '2026-04-01T00:30+02:00') },
      true,
    ],
    [
      'over two months, however few there are',
      {
        window: local('2026-10-01T00:00+02:00', '2026-12-01T00:00+01:00'),
        conversations: undefined,
      },
      true,
    ],
  ])('%s', (_what, more, large) => {
    expect(isLarge({ ...usual, ...more })).toBe(large);
  });

  it('when its file is, although there are few conversations', () => {
    const limits = { conversations: 5_000, days: 31, sizeBytes: 3_500_000 };
    const at = (conversations: number) => isLarge({ ...usual, conversations }, limits);
    expect([at(1_000), at(1_001)]).toEqual([false, true]);
  });
});

it('counts days by the clock of the zone', () => {
  const days = daysOf(local('2026-10-24T00:00+02:00', '2026-10-26T12:00+01:00'));
  expect(days).toBe(2.5);
});

describe('the calls', () => {
  it.each([
    [0, 1, 1],
    [1, 1, 2],
    [250, 1, 1 + 25],
    [251, 1, 2 + 26],
    [12_345, 1, 50 + 1_235],
    // Each piece has a page, however little is in it.
    [10, 13, 13 + 1],
  ])('of %i conversations in %i pieces are %i', (conversations, pieces, calls) => {
    expect(expectedCalls(conversations, pieces)).toBe(calls);
  });

  it('that another export has still to make follow from how far it is', () => {
    expect(callsLeft({ counted: 1_000, settled: 750 })).toBe(1 + 25);
    expect(callsLeft({ counted: 10, settled: 12 })).toBe(0);
    expect(callsLeft({ counted: undefined, settled: 12 })).toBe(undefined);
    expect(callsLeft(undefined)).toBe(undefined);
  });
});

describe('the time', () => {
  const budget = { limit: 300, used: 0, windowMs: 60_000 };
  const minutes = (calls: number, others: (number | undefined)[] = [], used = 0) =>
    expectedMs({ calls, budget: { ...budget, used }, others }) / 60_000;

  it('is that of the windows that have to pass first', () => {
    expect([minutes(300), minutes(301), minutes(600), minutes(1_285)]).toEqual([0, 1, 1, 4]);
  });

  it('counts what was spent within the last minute', () => {
    expect([minutes(300, [], 1), minutes(1, [], 300), minutes(0, [], 0)]).toEqual([1, 1, 0]);
  });

  it('counts others in turn: as much as they still need, and no more than this export', () => {
    expect(minutes(1_200, [])).toBe(3);
    expect(minutes(1_200, [100])).toBe(4);
    expect(minutes(1_200, [50_000])).toBe(7);
    expect(minutes(1_200, [undefined, undefined])).toBe(11);
  });
});

describe('the size', () => {
  it('grows with the conversations, and makes as many files as may be posted', () => {
    const sizeBytes = expectedBytes(40_000, 'xlsx');
    expect(sizeBytes).toBe(140_000_000);
    expect([expectedFiles(sizeBytes, 100_000_000), expectedFiles(sizeBytes, 140_000_000)]).toEqual([
      2, 1,
    ]);
    expect(expectedFiles(0, 100_000_000)).toBe(1);
  });

  test.each(['xlsx', 'csv', 'jsonl'] as const)(
    'of an export as %s is less than expected, and more than half of it',
    async (format) => {
      const rig = await startRig({ dataset: { kind: 'chats', count: 400 } });
      await runExport(rig, { format });
      const [message] = rig.files();
      const found = rig.reports[0]?.balance?.found ?? 0;
      const each = (message?.file?.bytes.length ?? 0) / found;
      expect(found).toBeGreaterThan(300);
      expect(each).toBeLessThan(bytesPerConversation[format]);
      expect(each).toBeGreaterThan(bytesPerConversation[format] / 2);
    },
  );
});

it('sums what belongs together, the largest first', () => {
  const queue = (name: string | undefined) => (name === undefined ? undefined : { id: name, name });
  const counts = [
    { queue: queue('Sales'), channel: 'chat', count: 3 },
    { queue: queue('Support'), channel: 'chat', count: 2 },
    { queue: undefined, channel: 'email', count: 1 },
    { queue: queue('Support'), channel: 'email', count: 5 },
  ];
  expect(sharesOf(counts, (one) => one.queue?.name)).toEqual([
    { name: 'Support', count: 7 },
    { name: 'Sales', count: 3 },
    { name: undefined, count: 1 },
  ]);
  expect(sharesOf(counts, (one) => one.channel)).toEqual([
    { name: 'email', count: 6 },
    { name: 'chat', count: 5 },
  ]);
});
