import ExcelJS from 'exceljs';
import { expect, test } from 'vitest';
import { countRows } from '../../src/workbook/count-rows.ts';
import type { ReportFormat, ReportRow, ReportSheet } from '../../src/workbook/sheet.ts';
import { readParts, readWorkbook } from './support/package.ts';
import { writeSheets } from './support/write.ts';
import { childrenOf, descendants } from './support/xml.ts';

const atMs = Date.UTC(2026, 10, 20, 9, 42);

const rows: readonly ReportRow[] = [
  [{ style: 'title', value: 'Webex Contact Center conversations', span: 3 }],
  [],
  [{ style: 'heading', value: 'Balance', span: 3 }],
  [
    { style: 'label', value: '  exported' },
    { style: 'integer', value: 1_204 },
  ],
  [
    { style: 'label', value: 'Answered' },
    { style: 'percent', value: 0.987 },
  ],
  [
    { style: 'label', value: 'Finished' },
    { style: 'dateTime', value: atMs },
  ],
  [
    { style: 'label', value: 'Took' },
    { style: 'duration', value: 95_000 },
  ],
  [{ style: 'label', value: '=1+1' }, undefined, { style: 'number', value: 2.5 }],
];

const report: ReportSheet = { kind: 'report', name: 'Summary', columnWidths: [30, 20, 12], rows };

async function open(path: string) {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  const sheet = book.getWorksheet('Summary');
  if (!sheet) throw new Error('no sheet');
  return sheet;
}

test('writes each cell where it stands, with its value and its format', async () => {
  const { path } = await writeSheets([report]);
  const sheet = await open(path);
  expect(sheet.getCell('A1').value).toBe('Webex Contact Center conversations');
  expect(sheet.getCell('A1').font).toMatchObject({ bold: true, size: 16 });
  expect(sheet.getCell('A4').text).toBe('  exported');
  expect(sheet.getCell('B4')).toMatchObject({ value: 1_204, numFmt: '#,##0' });
  expect(sheet.getCell('B5')).toMatchObject({ value: 0.987, numFmt: '0.0%' });
  expect(sheet.getCell('B6').value).toEqual(new Date(atMs));
  expect(sheet.getCell('B7').numFmt).toBe('[h]:mm:ss');
  expect(sheet.getCell('C8').value).toBe(2.5);
});

test('counts every row, empty ones too', async () => {
  const { path, sheets } = await writeSheets([report]);
  expect(sheets).toEqual([{ name: 'Summary', rows: 8, records: 8 }]);
  expect(await countRows(path)).toEqual(new Map([['Summary', 8]]));
});

test('merges the cells that a title covers', async () => {
  const { path } = await writeSheets([report]);
  const [sheet] = await readWorkbook(path);
  const merges = sheet ? descendants(sheet.root, 'mergeCell') : [];
  expect(merges.map((merge) => merge.attributes.get('ref'))).toEqual(['A1:C1', 'A3:C3']);
});

test('gives large letters and wrapped texts the height they need', async () => {
  const long: ReportRow = [
    { style: 'label', value: 'Filters' },
    { style: 'text', value: 'x'.repeat(60), span: 2 },
  ];
  const { path } = await writeSheets([{ ...report, rows: [...rows, long] }]);
  const sheet = await open(path);
  expect([1, 3, 4, 9].map((row) => sheet.getRow(row).height)).toEqual([24, 18, undefined, 45]);
});

test('keeps numbers above the columns of a grid as numbers', async () => {
  const header: ReportRow = [
    { style: 'header', value: 'Hour' },
    { style: 'header', value: 9 },
  ];
  const { path } = await writeSheets([{ ...report, rows: [header] }]);
  const sheet = await open(path);
  expect([sheet.getCell('A1').value, sheet.getCell('B1').value]).toEqual(['Hour', 9]);
});

test('fits on one A4 page in landscape and shows no grid', async () => {
  const { path } = await writeSheets([report]);
  const sheet = await open(path);
  expect(sheet.pageSetup).toMatchObject({
    orientation: 'landscape',
    paperSize: 9,
    fitToPage: true,
    fitToWidth: 1,
    fitToHeight: 1,
  });
  expect(sheet.views[0]).toMatchObject({ showGridLines: false });
});

test('keeps a label that begins like a formula as text', async () => {
  const { path } = await writeSheets([report]);
  const [sheet] = await readWorkbook(path);
  const cell = sheet?.rows.flat().find(({ ref }) => ref === 'A8');
  expect(cell).toMatchObject({ text: '=1+1', hasFormula: false });
  expect(cell?.style.get('quotePrefix')).toBe('1');
});

test('draws heat maps and bars that every program knows', async () => {
  const formats: readonly ReportFormat[] = [
    {
      kind: 'colorScale',
      range: { fromRow: 3, toRow: 6, fromColumn: 1, toColumn: 27 },
      color: '00AA00',
    },
    { kind: 'dataBar', range: { fromRow: 3, toRow: 3, fromColumn: 1, toColumn: 1 } },
  ];
  const wide: ReportRow = Array.from({ length: 28 }, () => ({ style: 'integer', value: 1 }));
  const { path } = await writeSheets([{ ...report, rows: [...rows.slice(0, 6), wide], formats }]);
  const [sheet] = await readWorkbook(path);
  const written = sheet ? childrenOf(sheet.root, 'conditionalFormatting') : [];
  const [scale, bar] = written;
  expect(written.map(({ attributes }) => attributes.get('sqref'))).toEqual(['B4:AB7', 'B4:B4']);
  expect(
    written.flatMap((one) =>
      childrenOf(one, 'cfRule').map((rule) => rule.attributes.get('priority')),
    ),
  ).toEqual(['1', '2']);
  expect(scale && descendants(scale, 'color').map((color) => color.attributes.get('rgb'))).toEqual([
    'FFFFFFFF',
    'FF00AA00',
  ]);
  // A zero has no bar, and no extension is named that the file does not have.
  expect(bar && descendants(bar, 'dataBar')[0]?.attributes).toEqual(
    new Map([
      ['minLength', '0'],
      ['maxLength', '100'],
    ]),
  );
  expect(bar && descendants(bar, 'ext')).toEqual([]);
});

test('marks a text that had to be cut', async () => {
  const long: ReportRow = [{ style: 'text', value: 'x'.repeat(40_000) }];
  const { path } = await writeSheets([{ ...report, rows: [long] }]);
  const [sheet] = await readWorkbook(path);
  const text = sheet?.rows[0]?.[0]?.text ?? '';
  expect(text).toHaveLength(32_767);
  expect(text.endsWith('x […]')).toBe(true);
});

test('writes a report without rows', async () => {
  const { path, sheets } = await writeSheets([{ ...report, rows: [] }]);
  expect(sheets).toEqual([{ name: 'Summary', rows: 0, records: 0 }]);
  expect((await readParts(path)).get('xl/worksheets/sheet1.xml')).toContain(
    '<sheetData></sheetData>',
  );
});
