import { expect, test } from 'vitest';
import type { Column, ColumnType, Row } from '../../src/workbook/sheet.ts';
import { readWorkbook } from './support/package.ts';
import { textTable, writeSheets } from './support/write.ts';

const types: readonly ColumnType[] = [
  'text',
  'integer',
  'number',
  'dateTime',
  'duration',
  'boolean',
];

const circular: unknown[] = [];
circular.push(circular);

// What the types forbid is the point.
const values: readonly unknown[] = [
  null,
  undefined,
  '',
  'a word',
  '=1+1',
  0,
  -1,
  1e300,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  true,
  false,
  10n ** 30n,
  Symbol('symbol'),
  () => 'called',
  new Date(0),
  new Date(Number.NaN),
  Date.UTC(1899, 11, 31),
  Date.UTC(10_000, 0, 1),
  8.64e15,
  [1, 'list'],
  { formula: '1+1' },
  { error: '#REF!' },
  { hyperlink: 'https://evil.example', text: 'x' },
  { richText: [{ text: 'x' }] },
  { sharedFormula: 'A1' },
  circular,
  new Map([['a', 1]]),
];

const columns: readonly Column[] = types.map((type) => ({ header: type, type }));
const everywhere = values.map((value) => types.map(() => value)) as unknown as Row[];

test('writes a readable cell for a value of any kind in a column of any type', async () => {
  const { path, sheets } = await writeSheets([textTable([], { columns, rows: everywhere })]);
  const [sheet] = await readWorkbook(path);
  const cells = sheet?.rows.slice(1).flat() ?? [];
  const numbers = cells.filter(({ type }) => type === 'n').map(({ text }) => Number(text));
  expect(sheets).toEqual([{ name: 'Messages', rows: values.length + 1, records: values.length }]);
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
  expect(cells.filter(({ hasFormula, type }) => hasFormula || type === 'e')).toEqual([]);
  expect(cells.filter(({ type, text }) => type !== 'n' && text === '')).toEqual([]);
});

test('leaves the cells empty that have no value', async () => {
  const rows = [null, undefined, '', Number.NaN, Number.POSITIVE_INFINITY].map((value) =>
    types.map(() => value),
  ) as unknown as Row[];
  const { path } = await writeSheets([textTable([], { columns, rows })]);
  const [sheet] = await readWorkbook(path);
  expect(sheet?.rows.slice(1)).toEqual(rows.map(() => []));
});

test('keeps dates readable that are outside the calendar of Excel', async () => {
  const dates = [Date.UTC(1900, 1, 28), Date.UTC(10_000, 0, 1), -8.64e15, 8.64e15, 8.64e15 + 1];
  const { path } = await writeSheets([
    textTable([], {
      columns: [{ header: 'at', type: 'dateTime' }],
      rows: dates.map((date): Row => [date]),
    }),
  ]);
  const [sheet] = await readWorkbook(path);
  expect(sheet?.rows.slice(1).map(([cell]) => [cell?.type, cell?.text])).toEqual([
    ['str', '1900-02-28 00:00:00.000'],
    ['str', '+010000-01-01 00:00:00.000'],
    ['str', '-271821-04-20 00:00:00.000'],
    ['str', '+275760-09-13 00:00:00.000'],
    ['str', '8640000000000001'],
  ]);
});

test.each<[string, unknown]>([
  ['number', 10n ** 60n],
  ['list', Array.from({ length: 30 }, () => 12)],
  ['function', function described() {}],
])('continues the text of a %s that is too long for a cell', async (_, value) => {
  const { path } = await writeSheets([textTable([], { rows: [[value]] as unknown as Row[] })], {
    limits: { unitsPerCell: 20 },
  });
  const [sheet] = await readWorkbook(path);
  const texts = sheet?.rows.slice(1).map(([cell]) => cell?.text ?? '') ?? [];
  expect(texts.length).toBeGreaterThan(1);
  expect(texts.filter((text) => text.length > 20)).toEqual([]);
  expect(texts.join('')).toBe(typeof value === 'object' ? JSON.stringify(value) : String(value));
});
