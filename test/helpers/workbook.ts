import exceljs from 'exceljs';

export type Cell = string | number | boolean | Date | undefined;

/** The cells of every sheet by its name, rows from the top, as another program reads them. */
export async function readSheets(bytes: Buffer | undefined): Promise<Map<string, Cell[][]>> {
  if (!bytes) throw new Error('there is no file to read');
  const workbook = new exceljs.Workbook();
  // exceljs declares a Buffer of its own, which is the same thing.
  await workbook.xlsx.load(bytes as unknown as Parameters<typeof workbook.xlsx.load>[0]);
  const sheets = new Map<string, Cell[][]>();
  for (const sheet of workbook.worksheets) {
    const rows: Cell[][] = [];
    // Counted anew each time it is asked for, over all rows.
    const { columnCount } = sheet;
    sheet.eachRow({ includeEmpty: true }, (row) => {
      const cells: Cell[] = [];
      for (let column = 1; column <= columnCount; column++) {
        cells.push(plain(row.getCell(column).value));
      }
      rows.push(cells);
    });
    sheets.set(sheet.name, rows);
  }
  return sheets;
}

function plain(value: exceljs.CellValue): Cell {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object' || value instanceof Date) return value;
  if ('richText' in value) return value.richText.map(({ text }) => text).join('');
  return JSON.stringify(value);
}
