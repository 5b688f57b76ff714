import { expect, test } from 'vitest';
import type { JournalRecord } from '../../src/export/journal.ts';
import { restore as restoreExactly } from '../../src/export/restore.ts';
import { placeWith } from './records.ts';

const place = placeWith(9);
const plan: JournalRecord = {
  kind: 'plan',
  pieces: [
    { fromMs: 0, toMs: 10 },
    { fromMs: 10, toMs: 20 },
  ],
  queueIds: [],
  queueNames: [],
  counted: 3,
};
const page = (
  piece: number,
  ids: readonly string[],
  more: { next?: string; dropped?: string[] } = {},
): JournalRecord => ({
  kind: 'page',
  piece,
  tasks: ids.map((id) => ({ id, createdMs: 1 })),
  found: 0,
  dropped: [],
  place,
  ...more,
});
const settled = (...ids: string[]): JournalRecord => ({
  kind: 'settled',
  tasks: ids.map((id) => ({ id, bucket: 'exported' as const, entries: 1, place })),
});
const posted: JournalRecord = {
  kind: 'posted',
  part: 1,
  of: 2,
  place: 'space',
  messageId: 'm',
  atMs: 1,
};

/** As they come from a job: each page tells how many conversations there are with it. */
function numbered(records: readonly JournalRecord[]): JournalRecord[] {
  const found = new Set<string>();
  return records.map((record) => {
    if (record.kind !== 'page') return record;
    for (const { id } of record.tasks) found.add(id);
    return { ...record, found: found.size };
  });
}

const restore = (records: readonly JournalRecord[]) => restoreExactly(numbered(records));

const start = { piece: 0, cursor: undefined };

test.each<[string, readonly JournalRecord[], unknown]>([
  ['at the start when there is nothing', [], start],
  ['at the start when there is a plan', [plan], start],
  ['behind the last page', [plan, page(0, ['a'], { next: 'x' })], { piece: 0, cursor: 'x' }],
  [
    'with the next window behind the last one',
    [plan, page(0, ['a'])],
    { piece: 1, cursor: undefined },
  ],
  ['nowhere behind the last page of all', [plan, page(0, ['a']), page(1, ['b'])], 'done'],
  ['nowhere when there is nothing to search', [{ ...plan, pieces: [] }], 'done'],
  [
    'nowhere when the search had broken off',
    [plan, page(0, ['a'], { next: 'x' }), { kind: 'search_broke', text: 'busy' }],
    'done',
  ],
])('continues the search %s', (_name, records, searchFrom) => {
  expect(restore(records).searchFrom).toEqual(searchFrom);
});

test('knows what was found, settled, dropped, counted again and posted', () => {
  const { ledger, dropped, pages, recount, searchBroke, ...restored } = restore([
    { kind: 'journal', version: 1 },
    { kind: 'state', state: 'running', atMs: 1 },
    plan,
    page(0, ['a', 'b', 'c'], { dropped: ['c'] }),
    settled('a'),
    { kind: 'interrupted', atMs: 2 },
    { kind: 'state', state: 'running', atMs: 3 },
    settled('b', 'c'),
    page(1, ['d']),
    { kind: 'search_broke', text: 'busy' },
    { kind: 'recounted', count: 4 },
    posted,
  ]);
  expect({
    found: ledger.found,
    unsettled: ledger.unsettled(),
    dropped: [...dropped],
    pages: pages.length,
    recount,
    searchBroke,
    plan: restored.plan,
    posted: restored.posted,
  }).toEqual({
    found: 4,
    unsettled: ['d'],
    dropped: ['c'],
    pages: 2,
    recount: { count: 4 },
    searchBroke: 'busy',
    plan,
    posted: [posted],
  });
});

test('finds a conversation once that two pages list', () => {
  const { ledger } = restore([plan, page(0, ['a', 'b'], { next: 'x' }), page(0, ['b', 'c'])]);
  expect([ledger.found, ledger.unsettled()]).toEqual([3, ['a', 'b', 'c']]);
});

test('does not accept a journal that settles a conversation twice', () => {
  expect(() => restore([plan, page(0, ['a']), settled('a'), settled('a')])).toThrow(
    'settled as exported, then as exported',
  );
});

test.each([0, 1])('refuses a journal in which page %i of the search is missing', (missing) => {
  const pages = [page(0, ['a', 'b'], { next: 'x' }), page(0, ['c'], { next: 'y' }), page(0, ['d'])];
  const records = numbered([plan, ...pages]);
  records.splice(1 + missing, 1);
  expect(() => restoreExactly(records)).toThrow('a page of the search is missing');
});

test('counts what an earlier export had found apart from the window', () => {
  const again = [
    { id: 'a', createdMs: 1 },
    { id: 'x', createdMs: 1 },
    { id: 'gone', createdMs: 1 },
  ];
  const pieces = [
    { fromMs: 0, toMs: 10 },
    { fromMs: 1, toMs: 2, again },
  ];
  const { ledger, searchFrom } = restore([
    { ...plan, pieces },
    page(0, ['a', 'b']),
    // One of them the window had listed as well.
    page(1, ['x']),
    // No search listed this one any more.
    page(2, ['gone']),
  ]);
  expect([ledger.found, ledger.foundInWindow, ledger.duplicates]).toEqual([4, 2, 0]);
  expect(searchFrom).toBe('done');
});
