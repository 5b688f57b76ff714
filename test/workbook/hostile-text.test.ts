import ExcelJS from 'exceljs';
import { expect, test } from 'vitest';
import { cleanText } from '../../src/workbook/clean-text.ts';
import { payloads } from '../security/data/cell-payloads.ts';
import { readParts, readWorkbook } from './support/package.ts';
import { textTable, writeSheets } from './support/write.ts';

async function readTexts(path: string): Promise<string[]> {
  const [sheet] = await readWorkbook(path);
  return sheet?.rows.slice(1).map(([cell]) => cell?.text ?? '') ?? [];
}

test('brings every payload back unchanged, as typed text', async () => {
  const { path } = await writeSheets([textTable(payloads)]);
  const [sheet] = await readWorkbook(path);
  const cells = sheet?.rows.slice(1).flat() ?? [];
  expect(payloads.length).toBeGreaterThanOrEqual(60);
  expect(cells.map((cell) => cell.text)).toEqual(payloads);
  expect(cells.filter((cell) => !['str', 'inlineStr', 's'].includes(cell.type))).toEqual([]);
});

test('writes no formula and no link, whatever the texts say', async () => {
  const { path } = await writeSheets([textTable(payloads)]);
  const [sheet] = await readWorkbook(path);
  const parts = await readParts(path);
  expect(sheet?.rows.flat().filter((cell) => cell.hasFormula)).toEqual([]);
  expect([...parts.keys()].filter((name) => /externalLink|sheet\d+\.xml\.rels/.test(name))).toEqual(
    [],
  );
  expect([...parts.values()].filter((xml) => /<hyperlink|TargetMode=/.test(xml))).toEqual([]);
});

test('gives the quote prefix to what begins like a formula, and to nothing else', async () => {
  const { path } = await writeSheets([textTable(payloads)]);
  const [sheet] = await readWorkbook(path);
  const quoted = sheet?.rows
    .slice(1)
    .flatMap(([cell]) => (cell?.style.get('quotePrefix') === '1' ? [cell.text] : []));
  expect(quoted).toEqual(payloads.filter((text) => /^[=+\-@\t\n＝＋－＠]/.test(text)));
});

test('is read back unchanged by exceljs too', async () => {
  const { path } = await writeSheets([textTable(payloads)]);
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(path);
  const texts = payloads.map((_, index) => book.worksheets[0]?.getCell(index + 2, 1).text);
  // Its reader decodes entities once more than the XML parser did.
  const once = (text: string | undefined) => text?.replace('&lt;b&gt; &amp;', '<b> &');
  expect(texts).toEqual(payloads.map(once));
});

test('keeps a row with each of the 65,536 code units of the basic plane', async () => {
  const texts = Array.from({ length: 65_536 }, (_, unit) => `a${String.fromCharCode(unit)}b`);
  const { path, sheets } = await writeSheets([textTable(texts)]);
  expect(sheets).toEqual([{ name: 'Messages', rows: 65_537, records: 65_536 }]);
  expect(await readTexts(path)).toEqual(texts.map(cleanText));
});

test('keeps every kind of space at both ends', async () => {
  const spaces = [
    ...' \t\n\u0085\u00a0\u1680\u180e\u2000\u2003\u200b\u2028\u2029\u202f\u3000\ufeff',
  ];
  const texts = spaces.flatMap((space) => [`${space}x`, `x${space}`, space, `x${space}${space}y`]);
  const { path } = await writeSheets([textTable(texts)]);
  expect(await readTexts(path)).toEqual(texts);
});

test('shows a text that spells an escape as it is, with spaces around it and beside others in a row', async () => {
  const row = ['_x0041_', '  _x000D_ ', ' plain ', '=_x005F_', '_x0041', '_X0041_', '_xé041_'];
  const columns = row.map((_, index) => ({ header: `c${index}`, type: 'text' as const }));
  const { path } = await writeSheets([textTable([], { columns, rows: [row, row] })]);
  const [sheet] = await readWorkbook(path);
  expect(sheet?.rows.slice(1).map((cells) => cells.map((cell) => cell.text))).toEqual([row, row]);
});

test('keeps escapes right when there are more of them than memory is spent on', async () => {
  const texts = Array.from({ length: 140 }, (_, index) => `_x0041_ ${'x'.repeat(32_000)} ${index}`);
  const { path } = await writeSheets([textTable(texts)]);
  const [sheet] = await readWorkbook(path);
  const types = sheet?.rows.slice(1).map(([cell]) => cell?.type);
  expect(await readTexts(path)).toEqual(texts);
  expect(new Set(types)).toEqual(new Set(['s', 'inlineStr']));
});

test('cleans headers, sheet names and properties as well', async () => {
  const { path } = await writeSheets(
    [
      textTable(['x'], {
        name: 'a\u000bb',
        columns: [{ header: '<\u000b> _x0041_', type: 'text' }],
      }),
    ],
    { title: 'Title \u0000 & <more>', creator: 'Jane\ud800' },
  );
  const [sheet] = await readWorkbook(path);
  const core = (await readParts(path)).get('docProps/core.xml');
  expect(sheet?.name).toBe('a\ufffdb');
  expect(sheet?.rows[0]?.[0]?.text).toBe('<\ufffd> _x0041_');
  expect(core).toContain('<dc:title>Title \ufffd &amp; &lt;more&gt;</dc:title>');
  expect(core).toContain('<dc:creator>Jane\ufffd</dc:creator>');
});
