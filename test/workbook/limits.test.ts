import { expect, test } from 'vitest';
import { countRows } from '../../src/workbook/count-rows.ts';
import { excelLimits, type Row, type TableSheet } from '../../src/workbook/sheet.ts';
import { readParts, readWorkbook } from './support/package.ts';
import { textTable, writeSheets } from './support/write.ts';

const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, index) => [`${index}`]);

test("knows Excel's limits", () => {
  expect(excelLimits).toMatchObject({ rowsPerSheet: 1_048_576, unitsPerCell: 32_767 });
});

test.each([
  [9, [10]],
  [10, [10, 2]],
  [18, [10, 10]],
  [25, [10, 10, 8]],
])('puts %i rows into sheets of at most ten rows, the header included', async (count, expected) => {
  const { path, sheets } = await writeSheets([textTable([], { rows: rowsOf(count) })], {
    limits: { rowsPerSheet: 10 },
  });
  const read = await readWorkbook(path);
  const values = read.flatMap((sheet) => sheet.rows.slice(1).map(([cell]) => cell?.text));
  expect(sheets.map((sheet) => sheet.rows)).toEqual(expected);
  expect(values).toEqual(rowsOf(count).flat());
  expect(read.every((sheet) => sheet.rows[0]?.[0]?.text === 'message')).toBe(true);
});

test('names the sheets that follow a full one, around names that are taken', async () => {
  const { path, sheets } = await writeSheets(
    [
      textTable(['x'], { name: 'Messages (2)' }),
      textTable([], { name: 'Messages', rows: rowsOf(7) }),
      textTable(['y'], { name: 'Other' }),
    ],
    { limits: { rowsPerSheet: 4 } },
  );
  expect(sheets).toEqual([
    { name: 'Messages (2)', rows: 2, records: 1 },
    { name: 'Messages', rows: 4, records: 3 },
    { name: 'Messages (3)', rows: 4, records: 3 },
    { name: 'Messages (4)', rows: 2, records: 1 },
    { name: 'Other', rows: 2, records: 1 },
  ]);
  expect([...(await countRows(path))]).toEqual(sheets.map((sheet) => [sheet.name, sheet.rows]));
});

test('starts a new sheet before its XML is too large for a zip of the old kind, and not long before', async () => {
  const texts = Array.from({ length: 200 }, () => '&'.repeat(1_000));
  const { path, sheets } = await writeSheets([textTable(texts)], {
    limits: { bytesPerSheet: 500_000 },
  });
  const parts = await readParts(path);
  const sizes = sheets.map((_, index) =>
    Buffer.byteLength(parts.get(`xl/worksheets/sheet${index + 1}.xml`) ?? ''),
  );
  const sum = sheets.reduce((total, { records }) => total + records, 0);
  expect(sum).toBe(200);
  expect(sheets.length).toBe(3);
  // The last one is not full; what stands around the rows has room above the limit.
  expect(sizes.every((size) => size < 502_000)).toBe(true);
  expect(sizes.slice(0, -1).every((size) => size > 350_000)).toBe(true);
});

const continued: TableSheet = {
  kind: 'table',
  name: 'Messages',
  columns: [
    { header: 'id', type: 'text' },
    { header: 'message', type: 'text', wrap: true },
    { header: 'part', type: 'continuation' },
  ],
  rows: [
    ['1', 'short', undefined],
    ['2', '😀'.repeat(50_000), undefined],
    ['3', 'short', undefined],
  ],
};

test('continues a text of 100,000 units in further rows that join to the original', async () => {
  const { path, sheets } = await writeSheets([continued]);
  const [sheet] = await readWorkbook(path);
  const rows = sheet?.rows.slice(1).map((cells) => cells.map((cell) => cell.text)) ?? [];
  const texts = rows.flatMap(([id, text = '']) => (id === '2' ? [text] : []));
  expect(sheets).toEqual([{ name: 'Messages', rows: 7, records: 3 }]);
  expect(rows.map(([id, , part]) => [id, part])).toEqual([
    ['1', undefined],
    ['2', '1 of 4'],
    ['2', '2 of 4'],
    ['2', '3 of 4'],
    ['2', '4 of 4'],
    ['3', undefined],
  ]);
  expect(texts.map((text) => text.length)).toEqual([32_766, 32_766, 32_766, 1_702]);
  expect(texts.join('')).toBe('😀'.repeat(50_000));
});

test('counts a text once that continues on the next sheet', async () => {
  const { sheets } = await writeSheets([continued], { limits: { rowsPerSheet: 4 } });
  expect(sheets).toEqual([
    { name: 'Messages', rows: 4, records: 2 },
    { name: 'Messages (2)', rows: 4, records: 1 },
  ]);
});

test('measures a text after cleaning it and before escaping it', async () => {
  const lines = `${'a\r\n'.repeat(10)}`;
  const escapes = '_x0041_'.repeat(2);
  const { path } = await writeSheets([textTable([lines, escapes])], {
    limits: { unitsPerCell: 20 },
  });
  const [sheet] = await readWorkbook(path);
  expect(sheet?.rows.slice(1).map(([cell]) => cell?.text)).toEqual(['a\n'.repeat(10), escapes]);
});
