import { describe, expect, test } from 'vitest';
import type { Settlement } from '../../src/export/ledger.ts';
import { collectStatistics, type Statistics } from '../../src/export/statistics.ts';
import { settlementWith, taskWith } from './records.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A Monday, midnight in UTC. */
const mondayMs = Date.UTC(2026, 10, 16);
const week = { fromMs: mondayMs, toMs: mondayMs + 7 * dayMs, zone: 'UTC' };

interface Given {
  readonly task?: Record<string, unknown>;
  readonly firstResponseMs?: number;
  readonly settlement?: Partial<Settlement>;
}

function collect(
  all: readonly Given[],
  more: Partial<Parameters<typeof collectStatistics>[0]> = {},
): Promise<Statistics> {
  const facts = new Map(
    all.map(({ task, firstResponseMs }, index) => [
      String(index),
      {
        task: taskWith({ id: String(index), createdTime: mondayMs, ...task }),
        metrics: { firstResponseMs, longestSilenceMs: undefined },
      },
    ]),
  );
  return collectStatistics({
    settlements: all.map(({ settlement }, index) =>
      settlementWith({ id: String(index), ...settlement }),
    ),
    read: {
      facts: async ({ id }) => {
        const known = facts.get(id);
        if (!known) throw new Error(`nobody knows ${id}`);
        return known;
      },
    },
    window: week,
    by: 'created',
    ...more,
  });
}

const counts = (groups: Statistics['queues']) =>
  groups.map(({ name, conversations }) => [name, conversations]);

describe('the groups', () => {
  test('hold what a spreadsheet would compute of the same rows', async () => {
    const durations = [10, 20, 30, 40, 1_000];
    const { queues } = await collect([
      ...durations.map((seconds, index) => ({
        task: {
          lastQueue: { name: 'Sales' },
          totalDuration: seconds * 1_000,
          transferCount: index,
          ...(index < 2 && { csatScore: 4 + index }),
        },
        ...(index > 0 && { firstResponseMs: index * 1_000 }),
        settlement: { entries: 3 },
      })),
      { task: { lastQueue: { name: 'Sales' } } },
      { task: { lastQueue: { id: 'q-2' } } },
    ]);
    expect(queues).toEqual([
      {
        name: 'Sales',
        conversations: 6,
        entries: 16,
        // =MEDIAN(10;20;30;40;1000) and =PERCENTILE.INC(10;20;30;40;1000;0,9)
        duration: { medianMs: 30_000, p90Ms: 616_000 },
        // =MEDIAN(1;2;3;4) and =PERCENTILE.INC(1;2;3;4;0,9)
        firstResponse: { medianMs: 2_500, p90Ms: 3_700 },
        transfers: 10,
        csat: 4.5,
      },
      {
        name: 'q-2',
        conversations: 1,
        entries: 1,
        duration: undefined,
        firstResponse: undefined,
        transfers: 0,
        csat: undefined,
      },
    ]);
  });

  test('count exported conversations only, and each in one group of each kind', async () => {
    const statistics = await collect([
      { task: { channelType: 'chat', lastAgent: { name: 'Marta' } } },
      { task: { channelType: 'email' } },
      { settlement: { bucket: 'no_transcript' } },
      { settlement: { bucket: 'failed' } },
    ]);
    expect(counts(statistics.channels)).toEqual([
      ['chat', 1],
      ['email', 1],
    ]);
    expect(counts(statistics.agents)).toEqual([
      ['Marta', 1],
      ['no agent', 1],
    ]);
    expect(counts(statistics.queues)).toEqual([['no queue', 2]]);
  });

  test('are the largest ones, and the rest of them in one', async () => {
    const { agents } = await collect(
      Array.from({ length: 78 }, (_, index) => ({
        // One of the first, two of the second, and so on.
        task: { lastAgent: { name: `agent ${Math.floor((Math.sqrt(8 * index + 1) - 1) / 2)}` } },
      })),
    );
    expect(agents).toHaveLength(10);
    expect(counts(agents).slice(0, 2)).toEqual([
      ['agent 11', 12],
      ['agent 10', 11],
    ]);
    expect(counts(agents).at(-1)).toEqual(['3 others', 6]);
    expect(agents.reduce((total, { conversations }) => total + conversations, 0)).toBe(78);
  });
});

describe('the periods', () => {
  test('are days of the zone, those without a conversation too', async () => {
    // Berlin is an hour ahead: half past eleven is the next day there.
    const { periods } = await collect(
      [{ task: { createdTime: mondayMs + 23.5 * hourMs } }, { task: { createdTime: mondayMs } }],
      { window: { fromMs: mondayMs - hourMs, toMs: mondayMs + 3 * dayMs, zone: 'Europe/Berlin' } },
    );
    expect(periods.unit).toBe('day');
    expect(counts(periods.groups)).toEqual([
      ['2026-11-16 Mon', 1],
      ['2026-11-17 Tue', 1],
      ['2026-11-18 Wed', 0],
      ['2026-11-19 Thu', 0],
    ]);
  });

  test.each([
    [31, 'day', 31],
    [32, 'week', 5],
    [31 * 7, 'week', 31],
    [31 * 7 + 1, 'month', 8],
    [365 * 3, 'month', 37],
  ])('of %i days are told by %s', async (days, unit, groups) => {
    const window = { ...week, toMs: mondayMs + days * dayMs };
    const all = Array.from({ length: days }, (_, day) => ({
      task: { createdTime: mondayMs + day * dayMs },
    }));
    const { periods } = await collect(all, { window });
    expect([periods.unit, periods.groups.length]).toEqual([unit, groups]);
    expect(periods.groups.reduce((total, { conversations }) => total + conversations, 0)).toBe(
      days,
    );
  });

  test('go by the time that decides about the window', async () => {
    const task = { createdTime: mondayMs, endedTime: mondayMs + 2 * dayMs };
    const { periods, week: grid } = await collect([{ task }], { by: 'ended' });
    expect(counts(periods.groups).filter(([, count]) => count !== 0)).toEqual([
      ['2026-11-18 Wed', 1],
    ]);
    expect(grid[2]?.[0]).toBe(1);
  });

  test('do without a time that is not known', async () => {
    const { periods, queues } = await collect([{}], { by: 'ended' });
    expect(periods.groups.every(({ conversations }) => conversations === 0)).toBe(true);
    expect(counts(queues)).toEqual([['no queue', 1]]);
  });
});

test('the week is counted by the local clock, over a change of it as well', async () => {
  const zone = 'America/New_York';
  // Sunday the 1st of November 2026: half past one exists twice there.
  const first = Date.UTC(2026, 10, 1, 5, 30);
  const window = { fromMs: first - dayMs, toMs: first + dayMs, zone };
  const { week: grid } = await collect(
    [first, first + hourMs, first + 2 * hourMs, first - dayMs].map((createdTime) => ({
      task: { createdTime },
    })),
    { window },
  );
  const told = grid.flatMap((hours, day) =>
    hours.flatMap((count, hour) => (count > 0 ? [[day, hour, count]] : [])),
  );
  expect(told).toEqual([
    [5, 1, 1],
    [6, 1, 2],
    [6, 2, 1],
  ]);
});
