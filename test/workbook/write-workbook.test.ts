import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import ExcelJS, { type Worksheet } from 'exceljs';
import { expect, test } from 'vitest';
import { countRows } from '../../src/workbook/count-rows.ts';
import type { Column, Row, TableSheet } from '../../src/workbook/sheet.ts';
import { readParts, readWorkbook } from './support/package.ts';
import { properties, textTable, writeSheets } from './support/write.ts';

const atMs = Date.UTC(2026, 10, 20, 9, 42, 17, 123);

const columns: readonly Column[] = [
  { header: 'task_id', type: 'text' },
  { header: 'at (Europe/Berlin)', type: 'dateTime' },
  { header: 'entries', type: 'integer' },
  { header: 'csat', type: 'number' },
  { header: 'took', type: 'duration' },
  { header: 'open', type: 'boolean' },
  { header: 'message', type: 'text', wrap: true, width: 70 },
];

const rows: readonly Row[] = [
  ['00123', atMs, 12, 4.5, 95_000, false, 'first\nsecond line'],
  ['5e3', undefined, -1, 0, 90_000_000, true, undefined],
];

const table: TableSheet = { kind: 'table', name: 'Conversations', columns, rows };

async function openFirst(path: string): Promise<Worksheet> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  const [sheet] = book.worksheets;
  if (!sheet) throw new Error('no sheet');
  return sheet;
}

test('writes values that other programs read as what they are', async () => {
  const { path, sheets } = await writeSheets([table]);
  const sheet = await openFirst(path);
  const values = (row: number) =>
    columns.map((_, index) => sheet.getRow(row).getCell(index + 1).value);
  expect(sheets).toEqual([{ name: 'Conversations', rows: 3, records: 2 }]);
  expect(values(1)).toEqual(columns.map((column) => column.header));
  expect(values(2)).toEqual([
    '00123',
    new Date(atMs),
    12,
    4.5,
    expect.anything(),
    false,
    'first\nsecond line',
  ]);
  expect(values(3)).toEqual(['5e3', null, -1, 0, expect.anything(), true, null]);
});

test('writes durations as parts of a day, longer than a day too', async () => {
  const { path } = await writeSheets([table]);
  const [sheet] = await readWorkbook(path);
  expect(
    sheet?.rows.slice(1).map((cells) => Number(cells.find((c) => c.ref.startsWith('E'))?.text)),
  ).toEqual([95 / 86_400, 90_000 / 86_400]);
  expect((await openFirst(path)).getCell('E2').numFmt).toBe('[h]:mm:ss');
});

test('shows dates with their milliseconds and ids as text', async () => {
  const { path } = await writeSheets([table]);
  const sheet = await openFirst(path);
  expect(sheet.getCell('B2').numFmt).toBe('yyyy-mm-dd hh:mm:ss.000');
  expect(sheet.getCell('A2').numFmt).toBe('@');
  expect(sheet.getCell('C2').numFmt).toBe('0');
});

test('freezes the header and filters the whole range', async () => {
  const { path } = await writeSheets([table]);
  const sheet = await openFirst(path);
  expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
  expect(sheet.autoFilter).toBe('A1:G3');
  expect(sheet.getCell('A1').font).toMatchObject({ bold: true });
});

test('wraps the columns that ask for it', async () => {
  const { path } = await writeSheets([table]);
  const sheet = await openFirst(path);
  expect(sheet.getCell('G2').alignment).toEqual({ vertical: 'top', wrapText: true });
  expect(sheet.getCell('A2').alignment).toEqual({ vertical: 'top' });
});

test('makes rows as high as their wrapped texts', async () => {
  const { path } = await writeSheets([table]);
  const sheet = await openFirst(path);
  expect(sheet.getRow(2).height).toBe(30);
  expect(sheet.getRow(3).height).toBeUndefined();
});

test('takes widths that are given and estimates the others', async () => {
  const { path } = await writeSheets([table]);
  const sheet = await openFirst(path);
  const widths = columns.map((_, index) => sheet.getColumn(index + 1).width);
  expect(widths).toEqual([10, 24, 10, 7, 11, 8, 70]);
});

test('prints in landscape, all columns on a page, the header on each', async () => {
  const { path } = await writeSheets([table]);
  const parts = await readParts(path);
  expect((await openFirst(path)).pageSetup).toMatchObject({
    orientation: 'landscape',
    paperSize: 9,
    fitToPage: true,
    fitToWidth: 1,
    fitToHeight: 0,
  });
  expect(parts.get('xl/workbook.xml')).toContain(
    '<definedName name="_xlnm.Print_Titles" localSheetId="0">&apos;Conversations&apos;!$1:$1</definedName>',
  );
});

test('names title, creator and time in the properties', async () => {
  const { path } = await writeSheets([table]);
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  expect(book).toMatchObject({
    title: properties.title,
    creator: properties.creator,
    lastModifiedBy: properties.creator,
    created: new Date(properties.createdMs),
    modified: new Date(properties.createdMs),
  });
});

test('changes the background whenever the value of the band column changes', async () => {
  const banded: TableSheet = {
    kind: 'table',
    name: 'Messages',
    columns: [
      { header: 'task_id', type: 'text' },
      { header: 'message', type: 'text' },
    ],
    rows: [
      ['a', 'x'],
      ['a', undefined],
      ['b', undefined],
      ['b', '=1'],
      ['c', 'x'],
      ['d', 'x'],
    ],
    bandBy: 0,
  };
  const { path } = await writeSheets([banded]);
  const sheet = await openFirst(path);
  const filled = (column: string) =>
    [2, 3, 4, 5, 6, 7].map((row) => {
      const { fill } = sheet.getCell(`${column}${row}`);
      return fill?.type === 'pattern' && fill.pattern === 'solid';
    });
  expect(filled('A')).toEqual([false, false, true, true, false, true]);
  expect(filled('B')).toEqual([false, false, true, true, false, true]);
});

test('writes a header where there are no rows', async () => {
  const { path, sheets } = await writeSheets([{ ...table, rows: [] }]);
  expect(sheets).toEqual([{ name: 'Conversations', rows: 1, records: 0 }]);
  expect(await countRows(path)).toEqual(new Map([['Conversations', 1]]));
  expect((await openFirst(path)).autoFilter).toBe('A1:G1');
});

test('counts rows that have no value at all', async () => {
  const { path, sheets } = await writeSheets([
    { ...table, rows: [[], [undefined, undefined], [''], ['x']] },
  ]);
  expect(sheets).toEqual([{ name: 'Conversations', rows: 5, records: 4 }]);
  expect(await countRows(path)).toEqual(new Map([['Conversations', 5]]));
  expect((await openFirst(path)).getCell('A5').value).toBe('x');
});

test('writes several sheets in their order, from streams and from lists', async () => {
  async function* stream(): AsyncGenerator<Row> {
    for (let index = 0; index < 1_000; index++) yield [`row ${index}`];
  }
  const { path, sheets } = await writeSheets([
    textTable([], { name: 'One', rows: stream() }),
    textTable(['a', 'b'], { name: 'Two' }),
    textTable(['c'], { name: 'two' }),
  ]);
  expect(sheets.map((sheet) => [sheet.name, sheet.rows])).toEqual([
    ['One', 1_001],
    ['Two', 3],
    ['two (2)', 2],
  ]);
  expect([...(await countRows(path))]).toEqual(sheets.map((sheet) => [sheet.name, sheet.rows]));
});

test('writes rows that come slowly, one in each turn of the loop, and batches of any size', async () => {
  async function* slow(): AsyncGenerator<Row> {
    for (let index = 0; index < 300; index++) {
      await nextTurn();
      yield [`${index}`];
    }
  }
  async function* batches(): AsyncGenerator<readonly Row[]> {
    let index = 0;
    for (const size of [0, 1, 199, 0, 100, 0]) {
      await nextTurn();
      yield Array.from({ length: size }, (): Row => [`${index++}`]);
    }
  }
  const { path } = await writeSheets([
    textTable([], { name: 'Slow', rows: slow() }),
    textTable([], { name: 'Batches', rows: { batches: batches() } }),
  ]);
  const expected = Array.from({ length: 300 }, (_, index) => `${index}`);
  const read = (await readWorkbook(path)).map(({ rows }) =>
    rows.slice(1).map(([cell]) => cell?.text),
  );
  expect(read).toEqual([expected, expected]);
});

test('writes a single row', async () => {
  const { path, sheets } = await writeSheets([textTable(['only'])]);
  expect(sheets).toEqual([{ name: 'Messages', rows: 2, records: 1 }]);
  expect((await openFirst(path)).autoFilter).toBe('A1:A2');
  expect((await openFirst(path)).getCell('A2').value).toBe('only');
});

test('leaves one file, for the eyes of the bot only, and says its size', async () => {
  const { path, sizeBytes } = await writeSheets([table]);
  const { size, mode } = await stat(path);
  expect(await readdir(dirname(path))).toEqual(['chats.xlsx']);
  expect(sizeBytes).toBe(size);
  expect(mode & 0o777).toBe(0o600);
});
