import { expect, test } from 'vitest';
import type { Balance } from '../../src/export/ledger.ts';
import { type SummaryFacts, summarySheet } from '../../src/export/summary.ts';
import { needLibreOffice, printedPages } from '../workbook/support/programs.ts';
import { writeSheets } from '../workbook/support/write.ts';
import { nowMs, orderWith } from './orders.ts';

const balance: Balance = {
  found: 21,
  exported: 6,
  no_transcript: 5,
  still_open: 4,
  filtered_out: 3,
  failed: 2,
  cancelled: 1,
};

const nobody = { conversations: 0, entries: 0, transfers: 0, csat: undefined };
const statistics: SummaryFacts['statistics'] = {
  periods: {
    unit: 'day',
    groups: ['2026-11-19 Thu', '2026-11-20 Fri'].map((name) => ({
      ...nobody,
      name,
      duration: undefined,
      firstResponse: undefined,
    })),
  },
  queues: [
    {
      name: 'Sales',
      conversations: 6,
      entries: 120,
      duration: { medianMs: 60_000, p90Ms: 120_000 },
      firstResponse: { medianMs: 1_000, p90Ms: 2_000 },
      transfers: 2,
      csat: 4.5,
    },
  ],
  channels: [],
  agents: [],
  week: Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (__, hour) => (day === 4 && hour === 9 ? 6 : 0)),
  ),
};

function receipt(more: Partial<SummaryFacts> = {}) {
  const sheet = summarySheet({
    statistics,
    masked: undefined,
    order: { version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith() },
    contactCenterOrgUuid: 'org',
    queueNames: [],
    balance,
    count: { kind: 'equal', counted: 21 },
    entries: 120,
    searchBroke: undefined,
    refusedHosts: [],
    finishedMs: nowMs + 65_000,
    version: '1.2.3',
    part: { number: 1, of: 1 },
    ...more,
  });
  const { rows } = sheet;
  const lines = rows.flatMap(([label, cell]) =>
    label && 'value' in label && cell && 'value' in cell
      ? [[String(label.value), cell.value] as const]
      : [],
  );
  return { sheet, lines: new Map(lines), labels: lines.map(([label]) => label) };
}

test('says who asked for what, and when it was finished by their clock', () => {
  const { lines } = receipt();
  expect(Object.fromEntries(lines)).toMatchObject({
    Ref: 'E7K2',
    'Asked by': 'Ana Petrova (ana@example.org)',
    'Contact-center organization': 'org',
    Command: 'export last 7 days',
    'Hours in the window': 168,
    'Conversations belong to it by': 'the time they were created',
    Filters: 'live chat, all queues',
    'Finished at (Europe/Berlin)': nowMs + 65_000 + 3_600_000,
    Took: 65_000,
    Version: 'wxcc-export-bot 1.2.3',
  });
});

test('shows every bucket, and all of them make what was found', () => {
  const { lines, labels } = receipt();
  const buckets = labels.filter((label) => label.startsWith('  '));
  const sum = buckets.reduce((total, label) => total + Number(lines.get(label)), 0);
  expect(buckets).toHaveLength(6);
  expect([lines.get('Conversations found'), sum]).toEqual([21, 21]);
  expect(lines.get('Entries in the file')).toBe(120);
});

test.each<[SummaryFacts['count'], unknown]>([
  [{ kind: 'equal', counted: 21 }, 21],
  [{ kind: 'changed_meanwhile', counted: 20, recounted: 21 }, '20 before the search, 21 after it'],
  [{ kind: 'different', counted: 20, recounted: 22 }, '22, which differs from what was found'],
  [{ kind: 'listed_again', counted: 23, again: 2 }, '23, of which 2 were listed a second time'],
  [{ kind: 'unknown' }, 'not available'],
])('compares with the count of the contact center: %j', (count, shown) => {
  expect(receipt({ count }).lines.get("The contact center's own count")).toBe(shown);
});

test('says what happened on the way only when it did', () => {
  const plain = receipt();
  const eventful = receipt({
    queueNames: ['Sales', 'Support'],
    searchBroke: 'It was busy.',
    refusedHosts: ['a.example', 'b.example:8443'],
    part: { number: 2, of: 3 },
  });
  const added = eventful.labels.filter((label) => !plain.labels.includes(label));
  expect(added.map((label) => [label, eventful.lines.get(label)])).toEqual([
    ['Queues', 'Sales, Support'],
    ['Part', 'part 2 of 3'],
    ['The search broke off', 'It was busy.'],
    ['Refused transcript hosts', 'a.example, b.example:8443'],
  ]);
});

test('draws bars and shades over the numbers they belong to, and over nothing else', () => {
  const { sheet } = receipt();
  const { rows, formats = [] } = sheet;
  const valuesIn = ({ range }: (typeof formats)[number]) =>
    rows
      .slice(range.fromRow, range.toRow + 1)
      .map((row) => row.slice(range.fromColumn, range.toColumn + 1).map((cell) => cell?.value));
  const [scale, ...bars] = [...formats].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  expect(scale && valuesIn(scale)).toEqual(
    Array.from({ length: 24 }, (_, hour) => {
      const none = undefined;
      return [none, none, none, none, hour === 9 ? 6 : none, none, none];
    }),
  );
  expect(bars.map(valuesIn).map((values) => values.flat())).toEqual(
    expect.arrayContaining([
      [0, 0],
      [6],
      Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 6 : 0)),
    ]),
  );
  expect(bars).toHaveLength(3);
});

test('shows of each group what was measured, and nothing where nothing was', () => {
  const { sheet } = receipt();
  const rowOf = (name: string) => {
    const row = sheet.rows.find((cells) => cells.some((cell) => cell?.value === name)) ?? [];
    const at = row.findIndex((cell) => cell?.value === name);
    return row.slice(at, at + 9).map((cell) => cell?.value);
  };
  expect(rowOf('Sales')).toEqual(['Sales', 6, 120, 60_000, 120_000, 1_000, 2_000, 2, 4.5]);
  expect(rowOf('2026-11-20 Fri')).toEqual([
    '2026-11-20 Fri',
    0,
    0,
    ...Array(4).fill(undefined),
    0,
    undefined,
  ]);
});

test('prints on one page of A4 in landscape, with all groups it can have and the longest of names', async (context) => {
  await needLibreOffice(context);
  const [group] = statistics.queues;
  if (!group) throw new Error('no group to copy');
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...group, name: `${index} ${'W'.repeat(80)}` }));
  const { sheet } = receipt({
    statistics: {
      ...statistics,
      periods: { unit: 'day', groups: many(31) },
      queues: many(11),
      channels: many(11),
      agents: many(11),
    },
    queueNames: Array.from({ length: 20 }, (_, index) => `${index} ${'W'.repeat(80)}`),
    refusedHosts: ['files.example', 'more.example'],
    part: { number: 2, of: 3 },
  });
  const { path } = await writeSheets([sheet]);
  expect(await printedPages(path)).toEqual([[842, 595]]);
});
