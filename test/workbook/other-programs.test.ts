import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { expect, test } from 'vitest';
import { cleanText } from '../../src/workbook/clean-text.ts';
import type { ReportSheet, Row, Sheet, TableSheet } from '../../src/workbook/sheet.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { payloads } from '../security/data/cell-payloads.ts';
import {
  convert,
  needLibreOffice,
  needOpenpyxl,
  parseCsv,
  printedPages,
  readWithOpenpyxl,
} from './support/programs.ts';
import { properties, textTable, writeSheets } from './support/write.ts';
import { descendants, parseXml } from './support/xml.ts';

// What customers type in every kind of cell that can hold it.
const messages: TableSheet = {
  kind: 'table',
  name: 'Messages',
  columns: [
    { header: 'task_id', type: 'text' },
    { header: 'message', type: 'text', wrap: true },
    { header: 'entries', type: 'integer' },
    { header: 'at (Europe/Berlin)', type: 'dateTime' },
    { header: 'took', type: 'duration' },
    { header: 'part', type: 'continuation' },
  ],
  rows: payloads.map((text, index) => [
    `${Math.floor(index / 4)}`,
    text,
    index,
    Date.UTC(2026, 9, 25) + index * 61_001,
    index * 3_600_000,
  ]),
  bandBy: 0,
};

const links: TableSheet = {
  kind: 'table',
  name: 'Links & <more>',
  columns: [{ header: 'message', type: 'text' }],
  rows: payloads.map((text, index): Row => [{ text, to: { sheet: 'Messages', row: index + 2 } }]),
};

const summary: ReportSheet = {
  kind: 'report',
  name: 'Summary',
  columnWidths: [30, 60, 12, 12],
  rows: [
    [{ style: 'title', value: '=1+1', span: 4 }],
    ...payloads.map((value, index): ReportSheet['rows'][number] => [
      { style: 'label', value },
      { style: 'text', value },
      { style: 'integer', value: index },
    ]),
  ],
  formats: [
    { kind: 'colorScale', range: { fromRow: 1, toRow: 20, fromColumn: 2, toColumn: 2 } },
    { kind: 'dataBar', range: { fromRow: 21, toRow: 40, fromColumn: 2, toColumn: 2 } },
  ],
};

function writeHostile() {
  return writeSheets([messages, links, summary], { tabs: ['Summary', 'Messages'] });
}

test('is read by openpyxl: every text unchanged, no formula, no way out', async (context) => {
  await needOpenpyxl(context);
  const { path } = await writeHostile();
  const { sheets } = await readWithOpenpyxl(path);
  const [first, second, third] = sheets;
  // Of a shared text it deletes these letters wherever they stand, instead of decoding the escape.
  const read = payloads.map((text) => text.replaceAll('x005F_', ''));
  expect(sheets.map(({ name }) => name)).toEqual(['Summary', 'Messages', 'Links & <more>']);
  expect(first?.rows.slice(1).map(([label, text]) => [label, text])).toEqual(
    read.map((text) => [text, text]),
  );
  expect(second?.rows.slice(1).map(([, text]) => text)).toEqual(read);
  expect(third?.rows.slice(1).map(([text]) => text)).toEqual(read);
  expect(read.filter((text, index) => text !== payloads[index])).toHaveLength(1);
  expect(sheets.flatMap(({ formulas }) => formulas)).toEqual([]);
  expect(third?.links.map(({ target, location }) => [target, location])).toEqual(
    payloads.map((_, index) => [null, `'Messages'!A${index + 2}`]),
  );
  expect([...(first?.links ?? []), ...(second?.links ?? [])]).toEqual([]);
});

test('is read by openpyxl: values as what they are, and what stands around them', async (context) => {
  await needOpenpyxl(context);
  const { path } = await writeHostile();
  const book = await readWithOpenpyxl(path);
  const [first, second] = book.sheets;
  expect(second?.rows.slice(1, 3).map(([, , ...values]) => values)).toEqual([
    [0, '2026-10-25T00:00:00.000', 0, null],
    [1, '2026-10-25T00:01:01.001', 3_600, null],
  ]);
  expect(second).toMatchObject({ freeze: 'A2', filter: `A1:F${payloads.length + 1}` });
  expect(second?.printTitles).toMatch(/^(\$?1:\$?1)$/);
  expect(first).toMatchObject({ merged: ['A1:D1'], conditionalFormats: 2 });
  expect(book).toMatchObject({
    title: properties.title,
    creator: properties.creator,
    created: '2026-11-20T09:42:00.000',
  });
});

test('is well-formed to expat in every part, whatever the code unit', async (context) => {
  await needOpenpyxl(context);
  const texts = Array.from({ length: 65_536 }, (_, unit) => `a${String.fromCharCode(unit)}b`);
  const { path } = await writeSheets([textTable(texts)]);
  const { parts, sheets } = await readWithOpenpyxl(path);
  expect(parts).toContain('xl/worksheets/sheet1.xml');
  expect(sheets[0]?.rows.slice(1).map(([text]) => text)).toEqual(texts.map(cleanText));
});

test('is read by LibreOffice: every text unchanged in each sheet', async (context) => {
  await needLibreOffice(context);
  const { path } = await writeHostile();
  const files = await convert(path, 'csv');
  const read = (name: string) => parseCsv(files.get(name)?.toString() ?? '').slice(1);
  expect(read('chats-Messages.csv').map(([, text]) => text)).toEqual(payloads);
  expect(read('chats-Links & <more>.csv').map(([text]) => text)).toEqual(payloads);
  expect(read('chats-Summary.csv').map(([label, text]) => [label, text])).toEqual(
    payloads.map((text) => [text, text]),
  );
  expect(read('chats-Messages.csv')[1]?.slice(2)).toEqual([
    '1',
    '2026-10-25 00:01:01.001',
    '1:00:00',
    '',
  ]);
});

test('keeps each code unit of the basic plane in LibreOffice, and every row', async (context) => {
  await needLibreOffice(context);
  const texts = Array.from({ length: 65_536 }, (_, unit) => `a${String.fromCharCode(unit)}b`);
  const { path } = await writeSheets([textTable(texts)]);
  const csv = (await convert(path, 'csv')).get('chats-Messages.csv')?.toString() ?? '';
  expect(parseCsv(csv).slice(1).flat()).toEqual(texts.map(cleanText));
});

test('is read by LibreOffice, all calculated: no formula, no link to the outside', async (context) => {
  await needLibreOffice(context);
  const { path } = await writeHostile();
  const { formulas, targets } = await inspect(path);
  expect(formulas).toEqual([]);
  expect(targets).toEqual(payloads.map((_, index) => `#'Messages'.A${index + 2}`));
});

test('would notice a formula and a link to the outside in LibreOffice', async (context) => {
  await needLibreOffice(context);
  const path = join(await makeTempFolder(), 'bad.xlsx');
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('Messages');
  sheet.addRow([{ formula: '1+1' }, { text: 'x', hyperlink: 'http://evil.example/' }]);
  await book.xlsx.writeFile(path);
  expect(await inspect(path)).toEqual({
    formulas: ['of:=1+1'],
    targets: ['http://evil.example/'],
  });
});

/** What LibreOffice makes of a workbook, in its own format. */
async function inspect(path: string): Promise<{ formulas: string[]; targets: string[] }> {
  const [xml = ''] = [...(await convert(path, 'fods')).values()].map(String);
  const cells = descendants(parseXml(xml), 'table:table-cell');
  return {
    formulas: cells.flatMap(({ attributes }) => attributes.get('table:formula') ?? []),
    targets: cells
      .flatMap((cell) => descendants(cell, 'text:a'))
      .flatMap(({ attributes }) => attributes.get('xlink:href') ?? []),
  };
}

test('prints a report on one page of A4 in landscape, however long it is', async (context) => {
  await needLibreOffice(context);
  const { path } = await writeSheets([summary]);
  expect(await printedPages(path)).toEqual([[842, 595]]);
});

test('prints a table on as many pages as it takes, all of them in landscape', async (context) => {
  await needLibreOffice(context);
  const sheets: Sheet[] = [
    {
      ...messages,
      rows: payloads.flatMap((text) => [
        ['1', text],
        ['2', text],
      ]),
    },
  ];
  const { path } = await writeSheets(sheets);
  const pages = await printedPages(path);
  expect(pages.length).toBeGreaterThan(1);
  expect(new Set(pages.map(String))).toEqual(new Set(['842,595']));
});
