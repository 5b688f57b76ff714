import type { Worksheet } from 'exceljs';
import { WorkbookError } from '../errors.ts';
import { toCell, toPlainValue } from './cell.ts';
import { columnWidths } from './column-widths.ts';
import type { WriteContext } from './context.ts';
import { continueRow } from './continue-row.ts';
import { SheetLinks } from './links.ts';
import { writeAfterMerges } from './package-writer.ts';
import { tablePage } from './page.ts';
import { type CleanRow, readRows } from './read-rows.ts';
import { rowHeight, type WrapColumn } from './row-height.ts';
import type { StyledCell } from './row-writer.ts';
import { createRowXml, type RowXml } from './row-xml.ts';
import {
  type CellValue,
  type Column,
  maxColumns,
  type TableSheet,
  type WrittenSheet,
} from './sheet.ts';
import { linkStyle, tableHeader, tableStyles } from './styles.ts';

/** Rows looked at for the widths of the columns, which exceljs wants before the first row. */
const sampleSize = 200;

export function checkTable({ name, columns, bandBy, onGroup }: TableSheet): void {
  if (columns.length === 0 || columns.length > maxColumns) {
    throw new WorkbookError(`sheet "${name}" has ${columns.length} columns`);
  }
  if (bandBy !== undefined && columns[bandBy] === undefined) {
    throw new WorkbookError(`sheet "${name}" has no column ${bandBy} to band by`);
  }
  if (onGroup && bandBy === undefined) {
    throw new WorkbookError(`sheet "${name}" has no column to group by`);
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
    const widths = columnWidths(
      sheet.columns,
      sample.map(({ values }) => values),
    );
    const table = new TableWriter(sheet, widths, context);
    await table.addAll(sample);
    for await (const batch of rows) await table.addAll(batch);
    return await table.close();
  } finally {
    // Where it ends early, the source of the rows must hear of it to close its file.
    await rows.return(undefined);
  }
}

async function take(rows: AsyncGenerator<readonly CleanRow[]>, count: number): Promise<CleanRow[]> {
  const taken: CleanRow[] = [];
  while (taken.length < count) {
    const next = await rows.next();
    if (next.done) break;
    for (const row of next.value) taken.push(row);
  }
  return taken;
}

/** One tab of a table, while it is written. */
interface Tab {
  readonly name: string;
  readonly worksheet: Worksheet;
  readonly links: SheetLinks;
  rows: number;
  records: number;
  bytes: number;
}

class TableWriter {
  readonly #sheet: TableSheet;
  readonly #widths: readonly number[];
  readonly #wraps: readonly WrapColumn[];
  readonly #xml: RowXml;
  readonly #context: WriteContext;
  readonly #groups: Groups;
  readonly #written: WrittenSheet[] = [];
  #tab: Tab | undefined;

  constructor(sheet: TableSheet, widths: readonly number[], context: WriteContext) {
    this.#sheet = sheet;
    this.#widths = widths;
    this.#wraps = sheet.columns.flatMap(({ wrap }, index) =>
      wrap ? [{ index, width: widths[index] ?? 0 }] : [],
    );
    this.#context = context;
    this.#xml = createRowXml({
      columns: sheet.columns,
      wraps: this.#wraps,
      unitsPerCell: context.limits.unitsPerCell,
      styleId: (style) => context.workbook.styles.addStyleModel(style),
    });
    this.#groups = new Groups(sheet.bandBy);
  }

  async addAll(rows: readonly CleanRow[]): Promise<void> {
    this.#context.signal.throwIfAborted();
    for (const row of rows) {
      const begins = this.#groups.beginsWith(row.values);
      // Nearly always there is nothing to wait for, and waiting for nothing takes time as well.
      const wait = this.#addAtOnce(row, begins) ?? this.#addWithCare(row, begins);
      if (wait !== 'done') {
        await wait;
        this.#context.signal.throwIfAborted();
      }
    }
  }

  /** @returns what has to be waited for; nothing where the row cannot be added in this way */
  #addAtOnce({ values, links }: CleanRow, begins: boolean): Promise<void> | 'done' | undefined {
    const tab = this.#tab;
    const { rowsPerSheet, bytesPerSheet } = this.#context.limits;
    if (!tab || tab.rows >= rowsPerSheet || links) return undefined;
    const xml = this.#xml.render(values, tab.rows + 1, this.#groups.banded);
    // In UTF-8 a unit takes three bytes at most.
    if (xml === undefined || tab.bytes + 3 * xml.length > bytesPerSheet) return undefined;
    tab.rows++;
    tab.records++;
    tab.bytes += 3 * xml.length;
    if (begins) this.#tellGroup(tab, values);
    return this.#context.rows.append(tab.worksheet, xml) ?? 'done';
  }

  /** A row that leads elsewhere, continues in further rows, or needs a new tab. */
  async #addWithCare({ values, links }: CleanRow, begins: boolean): Promise<void> {
    const { columns } = this.#sheet;
    const { banded } = this.#groups;
    let isFirst = true;
    for (const cells of continueRow(values, columns, this.#context.limits.unitsPerCell)) {
      const bytes = worstCaseBytes(cells);
      const tab = this.#tabWithRoom(bytes) ?? (await this.#open());
      tab.rows++;
      tab.bytes += bytes;
      const styled = styleCells(cells, columns, banded);
      if (isFirst) {
        tab.records++;
        if (begins) this.#tellGroup(tab, values);
        if (links) addLinks(tab, styled, links, banded);
      }
      isFirst = false;
      await this.#context.rows.write(tab.worksheet, {
        cells: styled,
        height: rowHeight(cells, this.#wraps),
      });
    }
  }

  #tellGroup({ name, rows }: Tab, values: readonly CellValue[]): void {
    const { bandBy, onGroup } = this.#sheet;
    if (bandBy !== undefined) onGroup?.({ sheet: name, row: rows, value: values[bandBy] });
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
    const { sheetNames, limits } = this.#context;
    const name = sheetNames.give(this.#sheet.name);
    const links = new SheetLinks({
      limit: limits.linksPerSheet,
      hasSheet: (sheet) => sheetNames.has(sheet),
    });
    const worksheet = this.#context.workbook.addWorksheet(name, {
      ...tablePage,
      views: [{ state: 'frozen', ySplit: 1 }],
    });
    worksheet.columns = this.#widths.map((width) => ({ width }));
    writeAfterMerges(worksheet, () => links.xml());
    const header = this.#sheet.columns.map((column) => toPlainValue(column.header));
    await this.#context.rows.write(worksheet, {
      cells: header.map((value) => ({ value, style: tableHeader })),
    });
    this.#tab = { name, worksheet, links, rows: 1, records: 0, bytes: worstCaseBytes(header) };
    return this.#tab;
  }

  #finish({ name, worksheet, rows, records }: Tab): void {
    const lastCell = { row: rows, column: this.#sheet.columns.length };
    this.#context.rows.flush(worksheet);
    worksheet.autoFilter = { from: { row: 1, column: 1 }, to: lastCell };
    worksheet.commit();
    this.#written.push({ name, rows, records });
  }
}

/** Follows the value of a column; every second group of rows stands on the second background. */
class Groups {
  banded = false;
  readonly #bandBy: number | undefined;
  /** `null` before the first row. */
  #value: CellValue | null = null;

  constructor(bandBy: number | undefined) {
    this.#bandBy = bandBy;
  }

  /** Told every row; whether a group begins with this one. */
  beginsWith(row: readonly CellValue[]): boolean {
    if (this.#bandBy === undefined || row[this.#bandBy] === this.#value) return false;
    if (this.#value !== null) this.banded = !this.banded;
    this.#value = row[this.#bandBy];
    return true;
  }
}

/** Empty cells are left out, unless they carry the background of their band. */
function styleCells(
  row: readonly CellValue[],
  columns: readonly Column[],
  band: boolean,
): (StyledCell | undefined)[] {
  return columns.map(({ type, wrap = false }, index) => {
    const { look, value } = toCell(row[index], type);
    if (look === 'empty' && !band) return undefined;
    return { value, style: tableStyles({ wrap, band })[look] };
  });
}

/** A link that finds no room, or no text to stand on, is left out. */
function addLinks(
  { rows, links }: Tab,
  cells: (StyledCell | undefined)[],
  places: NonNullable<CleanRow['links']>,
  band: boolean,
): void {
  for (const [column, to] of places.entries()) {
    const cell = cells[column];
    if (!to || cell?.value === undefined || !links.add(rows, column, to)) continue;
    cells[column] = { ...cell, style: linkStyle({ band }) };
  }
}

/** Six bytes for a quotation mark, and around each cell its tags. */
function worstCaseBytes(row: readonly CellValue[]): number {
  let bytes = 0;
  for (const value of row) bytes += 80 + (typeof value === 'string' ? 6 * value.length : 24);
  return bytes;
}
