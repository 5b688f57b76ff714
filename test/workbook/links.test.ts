import ExcelJS from 'exceljs';
import { expect, test } from 'vitest';
import type { Column, GroupStart, Row, Sheet, TableSheet } from '../../src/workbook/sheet.ts';
import { readParts, readWorkbook } from './support/package.ts';
import { textTable, writeSheets } from './support/write.ts';
import { descendants } from './support/xml.ts';

const columns: readonly Column[] = [
  { header: 'task_id', type: 'text' },
  { header: 'message', type: 'text', wrap: true },
  { header: 'part', type: 'continuation' },
];

function messages(rows: readonly Row[], onGroup: (start: GroupStart) => void): TableSheet {
  return { kind: 'table', name: 'Messages', columns, rows, bandBy: 0, onGroup };
}

async function linksOf(path: string, name: string): Promise<(string | undefined)[][]> {
  const sheet = (await readWorkbook(path)).find((one) => one.name === name);
  const links = sheet ? descendants(sheet.root, 'hyperlink') : [];
  return links.map(({ attributes }) => [attributes.get('ref'), attributes.get('location')]);
}

test('tells where each group of rows begins, continued texts and full sheets counted in', async () => {
  const long = 'x'.repeat(25);
  const starts: GroupStart[] = [];
  const rows: Row[] = [
    ['a', 'one'],
    ['a', long],
    ['b', long],
    ['c', 'three'],
    ['c', 'four'],
    ['d', 'five'],
  ];
  const { path } = await writeSheets([messages(rows, (start) => starts.push(start))], {
    limits: { unitsPerCell: 10, rowsPerSheet: 6 },
  });
  expect(starts).toEqual([
    { sheet: 'Messages', row: 2, value: 'a' },
    { sheet: 'Messages', row: 6, value: 'b' },
    { sheet: 'Messages (2)', row: 4, value: 'c' },
    { sheet: 'Messages (2)', row: 6, value: 'd' },
  ]);
  const sheets = await readWorkbook(path);
  const found = starts.map(({ sheet, row }) => {
    const cells = sheets.find(({ name }) => name === sheet)?.rows[row - 1];
    return cells?.find(({ ref }) => ref === `A${row}`)?.text;
  });
  expect(found).toEqual(['a', 'b', 'c', 'd']);
});

test('asks for a sheet when the one before it is written, so that it can link to its rows', async () => {
  const starts: GroupStart[] = [];
  const rows: Row[] = [
    ['a', 'one'],
    ['a', 'two'],
    ['b', 'three'],
  ];
  async function* sheets(): AsyncGenerator<Sheet> {
    yield messages(rows, (start) => starts.push(start));
    const linked = starts.map((start): Row => [{ text: `${start.value}`, to: start }]);
    yield textTable([], { name: 'Conversations', rows: linked });
  }
  const { path } = await writeSheets(sheets());
  expect(await linksOf(path, 'Conversations')).toEqual([
    ['A2', "'Messages'!A2"],
    ['A3', "'Messages'!A4"],
  ]);
});

test('writes links inside the file only, which exceljs reads as links', async () => {
  const sheets = [
    textTable(['x'], { name: 'Mess & "ages" <2>' }),
    textTable([], {
      name: 'Links',
      rows: [['plain'], [{ text: '=open', to: { sheet: 'Mess & "ages" <2>', row: 2 } }]],
    }),
  ];
  const { path } = await writeSheets(sheets);
  const parts = await readParts(path);
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  const cell = book.getWorksheet('Links')?.getCell('A3');
  expect([...parts.keys()].filter((name) => name.includes('sheet2.xml.rels'))).toEqual([]);
  expect(await linksOf(path, 'Links')).toEqual([['A3', '\'Mess & "ages" <2>\'!A2']]);
  expect(cell?.text).toBe('=open');
  expect(cell?.font).toMatchObject({ underline: true });
});

test('keeps the text of a link that is one too many, as plain text', async () => {
  const to = { sheet: 'Links', row: 1 };
  const rows: Row[] = Array.from({ length: 5 }, (_, index) => [{ text: `${index}`, to }]);
  const { path } = await writeSheets([textTable([], { name: 'Links', rows })], {
    limits: { linksPerSheet: 3 },
  });
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  const underlined = [2, 3, 4, 5, 6].map(
    (row) => book.getWorksheet('Links')?.getCell(row, 1).font?.underline,
  );
  const [sheet] = await readWorkbook(path);
  expect(await linksOf(path, 'Links')).toHaveLength(3);
  expect(underlined).toEqual([true, true, true, undefined, undefined]);
  expect(sheet?.rows.slice(1).map(([cell]) => cell?.text)).toEqual(['0', '1', '2', '3', '4']);
});

test('links the first row of a continued text, and no cell without a text', async () => {
  const to = { sheet: 'Links', row: 1 };
  const rows: Row[] = [[{ text: 'x'.repeat(25), to }], [{ text: '', to }]];
  const { path } = await writeSheets([textTable([], { name: 'Links', rows })], {
    limits: { unitsPerCell: 10 },
  });
  expect(await linksOf(path, 'Links')).toEqual([['A2', "'Links'!A1"]]);
});

test.each([
  ['a sheet that is not there', { sheet: 'Missing', row: 1 }],
  ['row zero', { sheet: 'Links', row: 0 }],
  ['a part of a row', { sheet: 'Links', row: 1.5 }],
])('refuses a link to %s', async (_, to) => {
  const sheet = textTable([], { name: 'Links', rows: [[{ text: 'x', to }]] });
  await expect(writeSheets([sheet])).rejects.toMatchObject({ code: 'workbook_invalid' });
});
