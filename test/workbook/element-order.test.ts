import { expect, test } from 'vitest';
import type { ReportSheet, TableSheet } from '../../src/workbook/sheet.ts';
import { payloads } from '../security/data/cell-payloads.ts';
import { orderProblems } from './support/element-order.ts';
import { readParts } from './support/package.ts';
import { writeSheets } from './support/write.ts';
import { parseXml } from './support/xml.ts';

// Everything that puts an element of its own into a sheet, all in one file.
const table: TableSheet = {
  kind: 'table',
  name: 'Messages & <more>',
  columns: [
    { header: 'id', type: 'text' },
    { header: 'message', type: 'text', wrap: true },
    { header: 'at', type: 'dateTime' },
    { header: 'took', type: 'duration' },
    { header: 'open', type: 'boolean' },
    { header: 'part', type: 'continuation' },
  ],
  rows: payloads.map((text, index) => [
    `${Math.floor(index / 3)}`,
    index % 5 === 0 ? { text, to: { sheet: 'Summary', row: 1 } } : text,
    Date.UTC(2026, 0, 1) + index,
    index,
    true,
    undefined,
  ]),
  bandBy: 0,
};

const report: ReportSheet = {
  kind: 'report',
  name: 'Summary',
  columnWidths: [20, 10, 10],
  rows: [
    [{ style: 'title', value: 'Title', span: 3 }],
    [],
    [
      { style: 'label', value: '=label' },
      { style: 'integer', value: 1 },
    ],
    [undefined, { style: 'percent', value: 0.5 }, { style: 'text', value: ' spaced ' }],
  ],
  formats: [
    { kind: 'colorScale', range: { fromRow: 2, toRow: 3, fromColumn: 1, toColumn: 1 } },
    { kind: 'dataBar', range: { fromRow: 2, toRow: 3, fromColumn: 1, toColumn: 1 } },
  ],
};

test('writes every part as well-formed XML in the order of the standard', async () => {
  const { path } = await writeSheets([report, table]);
  const parts = await readParts(path);
  const problems = [...parts].map(([name, xml]) => [name, ...orderProblems(parseXml(xml))]);
  expect(problems.filter(([, ...found]) => found.length > 0)).toEqual([]);
  expect([...parts.keys()]).toContain('xl/sharedStrings.xml');
  expect(parts.get('xl/worksheets/sheet2.xml')).toContain('<hyperlink ');
});

test('has every part that the package names', async () => {
  const { path } = await writeSheets([report, table]);
  const parts = await readParts(path);
  const contentTypes = parseXml(parts.get('[Content_Types].xml') ?? '');
  const named = contentTypes.children.flatMap(({ attributes }) => attributes.get('PartName') ?? []);
  expect(named).toContain('/xl/worksheets/sheet2.xml');
  expect(named.filter((name) => !parts.has(name.slice(1)))).toEqual([]);
});

test('finds an element that is too late or unknown', () => {
  const bad = '<worksheet><sheetData/><hyperlinks/><conditionalFormatting/><made.up/></worksheet>';
  expect(orderProblems(parseXml(bad))).toEqual([
    '<conditionalFormatting> is too late in <worksheet>',
    '<made.up> is unknown in <worksheet>',
  ]);
});

test.each([
  ['a forbidden character', '<a>\u000b</a>'],
  ['half of a surrogate pair', '<a>\ud800</a>'],
  ['an open element', '<a><b></a>'],
  ['a bare ampersand', '<a>& b</a>'],
  ['an attribute twice', '<a x="1" x="2"/>'],
  ['a second root', '<a/><b/>'],
])('would notice %s', (_, xml) => {
  expect(() => parseXml(xml)).toThrow();
});
