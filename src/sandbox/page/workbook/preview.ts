import exceljs, { type Cell, type Worksheet } from 'exceljs';
import { cellText } from './cell-text.ts';
import { firstRows } from './first-rows.ts';
import { type Heat, hex, readHeat } from './heat.ts';

interface CellView extends Heat {
  readonly text: string;
  /** Columns it takes, where more than one. */
  readonly span?: number;
  readonly bold?: true;
  readonly align?: 'right' | 'center';
  readonly wrap?: true;
  /** In points, where it is not the usual 11. */
  readonly size?: number;
  /** `#rrggbb` */
  readonly color?: string;
  /** A line below, `#rrggbb` */
  readonly line?: string;
}

export interface SheetView {
  readonly name: string;
  /** In characters, as Excel counts them. */
  readonly widths: readonly number[];
  readonly headerRows: number;
  readonly gridLines: boolean;
  readonly rows: readonly (readonly CellView[])[];
  readonly totalRows: number;
}

const rowsShown = 120;
const columnsShown = 26;
const usualWidth = 9;

/** The first rows of every sheet with the looks they have in the file. @throws for what is no workbook */
export async function previewWorkbook(file: Buffer): Promise<SheetView[]> {
  const { bytes, rowCounts } = await firstRows(file, rowsShown);
  const workbook = new exceljs.Workbook();
  // exceljs declares a Buffer of its own, which is the same thing.
  await workbook.xlsx.load(bytes as unknown as Parameters<typeof workbook.xlsx.load>[0]);
  return workbook.worksheets.map((sheet) => {
    // The bot's writer numbers sheets and their parts alike; of other files only what was read is counted.
    const counted = rowCounts.get(`xl/worksheets/sheet${sheet.id}.xml`) ?? 0;
    return sheetView(sheet, Math.max(sheet.rowCount, counted));
  });
}

function sheetView(sheet: Worksheet, totalRows: number): SheetView {
  const columns = Math.min(sheet.columnCount, columnsShown);
  const heat = readHeat(sheet);
  // The types promise a list; a sheet without a view has none.
  const view = sheet.views?.[0];
  const rows: CellView[][] = [];
  for (let number = 1; number <= Math.min(sheet.rowCount, rowsShown); number++) {
    rows.push(rowView(sheet, number, columns, heat));
  }
  return {
    name: sheet.name,
    widths: Array.from({ length: columns }, (_, at) => sheet.getColumn(at + 1).width ?? usualWidth),
    headerRows: view?.state === 'frozen' ? (view.ySplit ?? 0) : 0,
    gridLines: view?.showGridLines !== false,
    rows,
    totalRows,
  };
}

function rowView(
  sheet: Worksheet,
  number: number,
  columns: number,
  heat: ReadonlyMap<string, Heat>,
): CellView[] {
  const cells: CellView[] = [];
  for (let column = 1; column <= columns; ) {
    const cell = sheet.getCell(number, column);
    const span = spanOf(sheet, cell, columns);
    cells.push({ ...cellView(cell), ...heat.get(cell.address), ...(span > 1 && { span }) });
    column += span;
  }
  return cells;
}

function spanOf(sheet: Worksheet, cell: Cell, columns: number): number {
  const first = Number(cell.col);
  if (!cell.isMerged) return 1;
  let end = first + 1;
  while (end <= columns && sheet.getCell(Number(cell.row), end).master === cell) end++;
  return end - first;
}

function cellView(cell: Cell): CellView {
  const { font, fill, alignment, border, numFmt } = cell;
  const back =
    fill?.type === 'pattern' && fill.pattern === 'solid' ? fill.fgColor?.argb : undefined;
  const color = font?.color?.argb;
  const line = border?.bottom?.color?.argb;
  const align = alignment?.horizontal ?? (typeof cell.value === 'number' ? 'right' : 'left');
  return {
    text: cellText(cell.value, numFmt),
    ...(font?.bold && { bold: true }),
    ...((align === 'right' || align === 'center') && { align }),
    ...(alignment?.wrapText && { wrap: true }),
    ...(font?.size !== undefined && font.size !== 11 && { size: font.size }),
    ...(color && isArgb(color) && { color: hex(color) }),
    ...(back && isArgb(back) && { fill: hex(back) }),
    ...(line && isArgb(line) && { line: hex(line) }),
  };
}

function isArgb(text: string): boolean {
  return /^[0-9A-F]{8}$/i.test(text);
}
