import exceljs from 'exceljs';
import { describe, expect, it } from 'vitest';
import { previewWorkbook } from '../../../../src/sandbox/page/workbook/preview.ts';

async function fileOf(fill: (workbook: exceljs.Workbook) => void): Promise<Buffer> {
  const workbook = new exceljs.Workbook();
  fill(workbook);
  return Buffer.from(await workbook.xlsx.writeBuffer());
}

describe('the preview of a workbook', () => {
  it('shows values as a spreadsheet program does, with their looks', async () => {
    const file = await fileOf((workbook) => {
      const sheet = workbook.addWorksheet('Summary', { views: [{ showGridLines: false }] });
      sheet.getColumn(1).width = 30;
      sheet.getCell('A1').value = 'Title & <b>';
      sheet.getCell('A1').style = {
        font: { bold: true, size: 16, color: { argb: 'FF44546A' } },
        fill: { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFD6E0F0' } },
      };
      sheet.mergeCells('A1:C1');
      const formats = ['yyyy-mm-dd hh:mm:ss', '[h]:mm:ss', '#,##0', '0.0%'];
      const values = [new Date(Date.UTC(2026, 10, 20, 9, 42, 7)), 1.5, 1_234_567, 0.125];
      for (const [index, value] of values.entries()) {
        const cell = sheet.getCell(2, index + 1);
        cell.value = value;
        cell.numFmt = formats[index] ?? '';
      }
      sheet.getCell('A3').value = { formula: '1+1', result: 2 };
    });
    const [sheet] = await previewWorkbook(file);
    expect(sheet).toMatchObject({ name: 'Summary', gridLines: false, totalRows: 3 });
    expect(sheet?.widths[0]).toBe(30);
    expect(sheet?.rows[0]).toEqual([
      expect.objectContaining({
        text: 'Title & <b>',
        span: 3,
        bold: true,
        size: 16,
        color: '#44546a',
        fill: '#d6e0f0',
      }),
      expect.objectContaining({ text: '' }),
    ]);
    expect(sheet?.rows[1]?.map(({ text }) => text)).toEqual([
      '2026-11-20 09:42:07',
      '36:00:00',
      '1,234,567',
      '12.5%',
    ]);
    expect(sheet?.rows[2]?.[0]?.text).toBe('2');
  });

  it('paints colour scales and data bars', async () => {
    const file = await fileOf((workbook) => {
      const sheet = workbook.addWorksheet('Heat');
      sheet.addRows([[0], [5], [10]]);
      sheet.addRows([[2], [4]]);
      const white = { argb: 'FFFFFFFF' };
      sheet.addConditionalFormatting({
        ref: 'A1:A3',
        rules: [
          {
            type: 'colorScale',
            priority: 1,
            cfvo: [{ type: 'min' }, { type: 'max' }],
            color: [white, { argb: 'FFFF0000' }],
          },
        ],
      });
      const bar = {
        type: 'dataBar' as const,
        priority: 2,
        cfvo: [{ type: 'num' as const, value: 0 }, { type: 'max' as const }],
        color: { argb: 'FF8FB4E3' },
      };
      // The types of exceljs leave out what it reads and writes.
      sheet.addConditionalFormatting({ ref: 'A4:A5', rules: [bar as never] });
    });
    const [sheet] = await previewWorkbook(file);
    const cells = sheet?.rows.map(([cell]) => cell);
    expect(cells?.slice(0, 3).map((cell) => cell?.fill)).toEqual(['#ffffff', '#ff8080', '#ff0000']);
    expect(cells?.slice(3).map((cell) => cell?.bar)).toEqual([
      { share: 0.5, color: '#8fb4e3' },
      { share: 1, color: '#8fb4e3' },
    ]);
  });

  it('reads the first rows of a long sheet and says how many there are', async () => {
    const file = await fileOf((workbook) => {
      const long = workbook.addWorksheet('Messages', { views: [{ state: 'frozen', ySplit: 1 }] });
      for (let row = 1; row <= 5_000; row++) long.addRow([`row ${row}`, 'ü€😀']);
      long.getCell('A4000').value = { text: 'far away', hyperlink: "#'Empty'!A1" };
      workbook.addWorksheet('Empty');
    });
    const [long, empty] = await previewWorkbook(file);
    expect(long).toMatchObject({ headerRows: 1, totalRows: 5_000 });
    expect(long?.rows).toHaveLength(120);
    expect(long?.rows.at(-1)?.map(({ text }) => text)).toEqual(['row 120', 'ü€😀']);
    expect(empty).toMatchObject({ name: 'Empty', rows: [], totalRows: 0 });
  });

  it('refuses what is no workbook', async () => {
    await expect(previewWorkbook(Buffer.from('PK'))).rejects.toThrow();
  });
});
