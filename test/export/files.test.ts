import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { writeFiles } from '../../src/export/files.ts';
import { workbookFormat } from '../../src/export/formats.ts';
import type { Settlement } from '../../src/export/ledger.ts';
import type { Sheet } from '../../src/workbook/sheet.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { readSheets } from '../helpers/workbook.ts';
import { nowMs, orderWith } from './orders.ts';
import { placeWith, settlementWith } from './records.ts';

type Input = Parameters<typeof writeFiles>[0];

/** Conversations of which each makes a file about so many bytes larger. */
const settlementsOf = (...sizes: number[]): Settlement[] =>
  sizes.map((length, index) => settlementWith({ id: `task-${index}`, place: placeWith(length) }));

const texts = new Map<string, string>();
/** Does not compress, and is the same each time. */
function textOf({ id, place }: Settlement): string {
  const key = `${id}/${place.length}`;
  const text = texts.get(key) ?? randomBytes(Math.ceil(place.length / 2)).toString('hex');
  texts.set(key, text);
  return text.slice(0, place.length);
}

const sheetsOf = (settlements: readonly Settlement[]): readonly Sheet[] => [
  {
    kind: 'table',
    name: 'Rows',
    columns: [
      { header: 'id', type: 'text' },
      { header: 'text', type: 'text' },
    ],
    rows: settlements.map((settlement) => [settlement.id, textOf(settlement)]),
  },
];

const formatOf = (sheets = sheetsOf, signal = new AbortController().signal) =>
  workbookFormat({ title: 'Rows', createdMs: nowMs, signal }, sheets);

async function write(input: Partial<Input>) {
  const folder = input.folder ?? join(await makeTempFolder(), 'out');
  const files = await writeFiles({
    folder,
    order: { version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith() },
    settlements: [],
    limitBytes: 1_000_000,
    format: formatOf(),
    ...input,
  });
  const ids: string[][] = [];
  for (const { path } of files) {
    const rows = (await readSheets(await readFile(path))).get('Rows') ?? [];
    ids.push(rows.slice(1).map(([id]) => String(id)));
  }
  return { folder, files, ids };
}

test('writes one file with a name made of dates and the ref', async () => {
  const { folder, files, ids } = await write({ settlements: settlementsOf(10, 10) });
  expect(files.map(({ name }) => name)).toEqual([
    'wxcc-conversations_2026-11-13_2026-11-20_E7K2.xlsx',
  ]);
  expect(await readdir(folder)).toEqual(files.map(({ name }) => name));
  expect(ids).toEqual([['task-0', 'task-1']]);
});

test('writes a file also for no conversation', async () => {
  const { ids } = await write({});
  expect(ids).toEqual([[]]);
});

test('divides into as few parts as the limit allows, in order, none empty', async () => {
  const settlements = settlementsOf(...Array<number>(12).fill(5_000));
  const { folder, files, ids } = await write({ settlements, limitBytes: 30_000 });
  expect(ids.flat()).toEqual(settlements.map(({ id }) => id));
  expect(files.length).toBeGreaterThan(1);
  expect(files.length).toBeLessThan(5);
  expect(ids.every((part) => part.length > 0)).toBe(true);
  // The attempts with fewer parts have left nothing.
  expect((await readdir(folder)).sort()).toEqual(files.map(({ name }) => name).sort());
});

test('finds the division of very many from some of them, and writes nothing for nothing', async () => {
  const settlements = settlementsOf(...Array<number>(6_000).fill(200));
  const attempts: number[] = [];
  const format = formatOf((some) => {
    attempts.push(some.length);
    return sheetsOf(some);
  });
  const { files, ids } = await write({ settlements, limitBytes: 400_000, format });
  expect(ids.flat()).toEqual(settlements.map(({ id }) => id));
  expect(files.length).toBeGreaterThan(1);
  // The sample, then every part once.
  const [sample, ...parts] = attempts;
  expect(sample).toBe(500);
  expect(parts).toEqual(ids.map((part) => part.length));
});

test('divides by weight, not by number', async () => {
  const settlements = settlementsOf(20_000, 100, 100, 100, 100, 100);
  const { ids } = await write({ settlements, parts: 2 });
  expect(ids.map((part) => part.length)).toEqual([1, 5]);
});

test.each([2, 3, 5, 6])('divides into exactly %i parts where that is asked for', async (parts) => {
  const settlements = settlementsOf(1, 1, 1, 1, 1, 30_000);
  const again = await write({ settlements, parts, limitBytes: 1 });
  expect(again.ids).toHaveLength(parts);
  expect(again.ids.flat()).toEqual(settlements.map(({ id }) => id));
  expect(again.ids.every((part) => part.length > 0)).toBe(true);
});

test('gives up when one conversation alone is above the limit, and says what to change', async () => {
  const settlements = settlementsOf(100, 60_000, 100);
  await expect(write({ settlements, limitBytes: 20_000 })).rejects.toMatchObject({
    code: 'workbook_invalid',
    userMessage: expect.stringContaining('UPLOAD_LIMIT_MB'),
  });
});

test('tries the finest division before it gives up', async () => {
  const settlements = settlementsOf(15_000, 15_000);
  const { files } = await write({ settlements, limitBytes: 20_000 });
  expect(files).toHaveLength(2);
});

test('does not count rows twice that an earlier process left', async () => {
  const { folder } = await write({ settlements: settlementsOf(10) });
  await writeFile(join(folder, 'half.xlsx'), 'torn');
  const { files } = await write({ settlements: settlementsOf(10), folder });
  expect(await readdir(folder)).toEqual(files.map(({ name }) => name));
});

test('stops when it is told to', async () => {
  const signal = AbortSignal.abort(new CancelledError());
  const format = formatOf(sheetsOf, signal);
  await expect(write({ settlements: settlementsOf(10), format })).rejects.toMatchObject({
    code: 'cancelled',
  });
});
