import type { Worksheet } from 'exceljs';
import { WorkbookError } from '../errors.ts';
import { toCell, toPlainValue } from './cell.ts';
import { columnWidths } from './column-widths.ts';
import type { WriteContext } from './context.ts';
import { continueRow } from './continue-row.ts';
import { tablePage } from './page.ts';
import { readRows } from './read-rows.ts';
import { rowHeight } from './row-height.ts';
import type { StyledCell } from './row-writer.ts';
import {
  type CellValue,
  type Column,
  maxColumns,
  type Row,
  type TableSheet,
  type WrittenSheet,
} from './sheet.ts';
import { tableHeader, tableStyles } from './styles.ts';

/** Rows looked at for the widths of the columns, which exceljs wants before the first row. */
const sampleSize = 200;

export function checkTable({ name, columns, bandBy }: TableSheet): void {
  if (columns.length === 0 || columns.length > maxColumns) {
    throw new WorkbookError(`sheet "${name}" has ${columns.length} columns`);
  }
  if (bandBy !== undefined && columns[bandBy] === undefined) {
    throw new WorkbookError(`sheet "${name}" has no column ${bandBy} to band by`);
  }
}

/** @returns the sheet, and its successors where it was full */
export async function writeTable(
  sheet: TableSheet,
  context: WriteContext,
): Promise<readonly WrittenSheet[]> {
  const rows = readRows(sheet);
  try {
    const sample = await take(rows, sampleSize);
    const table = new TableWriter(sheet, columnWidths(sheet.columns, sample), context);
    for (const row of sample) await table.add(row);
    for await (const row of rows) await table.add(row);
    return await table.close();
  } finally {
    // Where it ends early, the source of the rows must hear of it to close its file.
    await rows.return(undefined);
  }
}

async function take(rows: AsyncGenerator<Row>, count: number): Promise<Row[]> {
  const taken: Row[] = [];
  while (taken.length < count) {
    const next = await rows.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

/** One tab of a table, while it is written. */
interface Tab {
  readonly name: string;
  readonly worksheet: Worksheet;
  rows: number;
  records: number;
  bytes: number;
}

class TableWriter {
  readonly #sheet: TableSheet;
  readonly #widths: readonly number[];
  readonly #wrapWidths: readonly (number | undefined)[];
  readonly #context: WriteContext;
  readonly #isBanded: (row: Row) => boolean;
  readonly #written: WrittenSheet[] = [];
  #tab: Tab | undefined;

  constructor(sheet: TableSheet, widths: readonly number[], context: WriteContext) {
    this.#sheet = sheet;
    this.#widths = widths;
    this.#wrapWidths = sheet.columns.map(({ wrap }, index) => (wrap ? widths[index] : undefined));
    this.#context = context;
    this.#isBanded = createBands(sheet.bandBy);
  }

  async add(row: Row): Promise<void> {
    this.#context.signal.throwIfAborted();
    const { columns } = this.#sheet;
    const banded = this.#isBanded(row);
    let records = 1;
    for (const cells of continueRow(row, columns, this.#context.limits.unitsPerCell)) {
      const bytes = worstCaseBytes(cells);
      const tab = this.#tabWithRoom(bytes) ?? (await this.#open());
      tab.rows++;
      tab.records += records;
      tab.bytes += bytes;
      records = 0;
      await this.#context.rows.write(tab.worksheet, {
        cells: styleCells(cells, columns, banded),
        height: rowHeight(cells, this.#wrapWidths),
      });
    }
  }

  async close(): Promise<readonly WrittenSheet[]> {
    // No rows at all: a header says so better than a missing sheet.
    this.#finish(this.#tab ?? (await this.#open()));
    return this.#written;
  }

  #tabWithRoom(bytes: number): Tab | undefined {
    const tab = this.#tab;
    const { rowsPerSheet, bytesPerSheet } = this.#context.limits;
    return tab && tab.rows < rowsPerSheet && tab.bytes + bytes <= bytesPerSheet ? tab : undefined;
  }

  async #open(): Promise<Tab> {
    if (this.#tab) this.#finish(this.#tab);
    const name = this.#context.nameSheet(this.#sheet.name);
    const worksheet = this.#context.workbook.addWorksheet(name, {
      ...tablePage,
      views: [{ state: 'frozen', ySplit: 1 }],
    });
    worksheet.columns = this.#widths.map((width) => ({ width }));
    const header = this.#sheet.columns.map((column) => toPlainValue(column.header));
    await this.#context.rows.write(worksheet, {
      cells: header.map((value) => ({ value, style: tableHeader })),
    });
    this.#tab = { name, worksheet, rows: 1, records: 0, bytes: worstCaseBytes(header) };
    return this.#tab;
  }

  #finish({ name, worksheet, rows, records }: Tab): void {
    const lastCell = { row: rows, column: this.#sheet.columns.length };
    worksheet.autoFilter = { from: { row: 1, column: 1 }, to: lastCell };
    worksheet.commit();
    this.#written.push({ name, rows, records });
  }
}

/** Tells for each row whether it stands on the second background, which changes with the value of a column. */
function createBands(bandBy: number | undefined): (row: Row) => boolean {
  if (bandBy === undefined) return () => false;
  let banded = true;
  let before: CellValue | null = null;
  return (row) => {
    if (row[bandBy] !== before) banded = !banded;
    before = row[bandBy];
    return banded;
  };
}

/** Empty cells are left out, unless they carry the background of their band. */
function styleCells(
  row: Row,
  columns: readonly Column[],
  band: boolean,
): (StyledCell | undefined)[] {
  return columns.map(({ type, wrap = false }, index) => {
    const { look, value } = toCell(row[index], type);
    if (look === 'empty' && !band) return undefined;
    return { value, style: tableStyles({ wrap, band })[look] };
  });
}

/** Six bytes for a quotation mark, and around each cell its tags. */
function worstCaseBytes(row: Row): number {
  let bytes = 0;
  for (const value of row) bytes += 80 + (typeof value === 'string' ? 6 * value.length : 24);
  return bytes;
}
