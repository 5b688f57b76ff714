import ExcelJS from 'exceljs';
import { expect, test } from 'vitest';
import { countRows } from '../../src/workbook/count-rows.ts';
import type { Row, Sheet } from '../../src/workbook/sheet.ts';
import { readParts, readWorkbook } from './support/package.ts';
import { textTable, writeSheets } from './support/write.ts';

const tabs = ['Summary', 'Conversations', 'Messages', 'Not exported'];

function* sheetsInOrderOfWriting(): Generator<Sheet> {
  const rows = Array.from({ length: 5 }, (_, index): Row => [`${index}`]);
  yield textTable([], { name: 'Messages', rows });
  yield textTable(['x'], { name: 'Extra' });
  yield textTable(['c'], { name: 'Conversations' });
  yield textTable([], { name: 'Not exported' });
  yield { kind: 'report', name: 'Summary', columnWidths: [10], rows: [] };
}

const inOrderOfTabs = [
  ['Summary', 0],
  ['Conversations', 2],
  ['Messages', 4],
  ['Messages (2)', 3],
  ['Not exported', 1],
  ['Extra', 2],
];

test('orders the tabs apart from the order of writing', async () => {
  const { path, sheets } = await writeSheets(sheetsInOrderOfWriting(), {
    tabs,
    limits: { rowsPerSheet: 4 },
  });
  const names = (await readWorkbook(path)).map(({ name }) => name);
  expect(sheets.map(({ name, rows }) => [name, rows])).toEqual(inOrderOfTabs);
  expect([...(await countRows(path))]).toEqual(inOrderOfTabs);
  expect(names).toEqual(inOrderOfTabs.map(([name]) => name));
});

test('opens with the first tab', async () => {
  const { path } = await writeSheets(sheetsInOrderOfWriting(), { tabs });
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  expect(book.views[0]).toMatchObject({ activeTab: 0, firstSheet: 0 });
});

test('prints the header of each table, wherever its tab stands', async () => {
  const { path } = await writeSheets(sheetsInOrderOfWriting(), { tabs });
  const parts = await readParts(path);
  const titles = [
    ...(parts.get('xl/workbook.xml') ?? '').matchAll(/localSheetId="(\d)">([^<]*)</g),
  ];
  expect(titles.map(([, id, ref]) => [id, ref])).toEqual([
    ['1', '&apos;Conversations&apos;!$1:$1'],
    ['2', '&apos;Messages&apos;!$1:$1'],
    ['3', '&apos;Not exported&apos;!$1:$1'],
    ['4', '&apos;Extra&apos;!$1:$1'],
  ]);
});

test('asks for a sheet only when the one before it is written', async () => {
  const events: string[] = [];
  function* rowsOf(name: string): Generator<Row> {
    events.push(`rows of ${name}`);
    yield ['x'];
    events.push(`end of ${name}`);
  }
  async function* sheets(): AsyncGenerator<Sheet> {
    for (const name of ['A', 'B']) {
      events.push(`sheet ${name}`);
      yield textTable([], { name, rows: rowsOf(name) });
    }
  }
  await writeSheets(sheets());
  expect(events).toEqual(['sheet A', 'rows of A', 'end of A', 'sheet B', 'rows of B', 'end of B']);
});
