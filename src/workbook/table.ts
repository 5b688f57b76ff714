import { WorkbookError } from '../errors.ts';
import { toPlainValue } from './cell.ts';
import { cellRef } from './cell-ref.ts';
import { columnWidths } from './column-widths.ts';
import type { WriteContext } from './context.ts';
import { continueRow } from './continue-row.ts';
import { SheetLinks } from './links.ts';
import { tablePage } from './page.ts';
import { readRows } from './read-rows.ts';
import { RowXml, rowStart } from './row-xml.ts';
import {
  type CellValue,
  type LinkedText,
  maxColumns,
  type RowPlace,
  type TableSheet,
  type WrittenSheet,
} from './sheet.ts';
import { SheetWriter } from './sheet-writer.ts';
import { tableHeader } from './styles.ts';

/** Rows looked at for the widths of the columns, which stand before the first row. */
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
  let table: TableWriter | undefined;
  const sample: (readonly unknown[])[] = [];
  const begin = async () => {
    table = new TableWriter(sheet, sample, context);
    for (const row of sample.splice(0)) await table.add(row);
    return table;
  };
  await readRows(sheet, (row) => {
    context.signal.throwIfAborted();
    if (table) return table.add(row);
    return sample.push(row) === sampleSize ? begin().then(() => undefined) : undefined;
  });
  return (table ?? (await begin())).end();
}

/** One tab of a table, while it is written. */
interface Tab {
  readonly name: string;
  readonly writer: SheetWriter;
  readonly links: SheetLinks;
  records: number;
}

class TableWriter {
  readonly #sheet: TableSheet;
  readonly #context: WriteContext;
  readonly #widths: readonly number[];
  readonly #rowXml: RowXml;
  readonly #groups: Groups;
  readonly #written: WrittenSheet[] = [];
  #tab: Tab;

  constructor(sheet: TableSheet, sample: readonly (readonly unknown[])[], context: WriteContext) {
    const { columns, bandBy } = sheet;
    this.#sheet = sheet;
    this.#context = context;
    this.#widths = columnWidths(
      columns,
      sample.map((row) => row.map((cell) => toPlainCell(cell).value)),
    );
    this.#rowXml = new RowXml({
      columns,
      widths: this.#widths,
      cells: context.cells,
      styleId: (style) => context.workbook.styleId(style),
    });
    this.#groups = new Groups(bandBy);
    // No rows at all: a header says so better than a missing sheet.
    this.#tab = this.#open();
  }

  /** @returns what must be waited for before the next row */
  add(row: readonly unknown[]): Promise<void> | undefined {
    const { unitsPerCell } = this.#context.limits;
    let units = 0;
    let isSimple = true;
    for (const cell of row) {
      if (typeof cell === 'string') {
        units += cell.length;
        if (cell.length > unitsPerCell) isSimple = false;
      } else if (!isShort(cell)) {
        isSimple = false;
      }
    }
    const begins = this.#groups.beginsWith(row);
    if (!isSimple) return this.#addParts(row, begins);
    const tab = this.#tabWithRoom(units);
    tab.records++;
    if (begins) this.#tellGroup(tab);
    const number = tab.writer.rows + 1;
    tab.writer.add(this.#rowXml.render(row, { number, banded: this.#groups.banded }));
    return tab.writer.pause();
  }

  /** A row with links, or with texts that need several rows. */
  async #addParts(row: readonly unknown[], begins: boolean): Promise<void> {
    const cells = this.#sheet.columns.map((_, index) => toPlainCell(row[index]));
    const parts = continueRow(
      cells.map(({ value }) => value),
      this.#context.limits.unitsPerCell,
    );
    for (const [index, values] of parts.entries()) {
      this.#context.signal.throwIfAborted();
      const tab = this.#tabWithRoom(textUnits(values));
      const number = tab.writer.rows + 1;
      if (index === 0) {
        tab.records++;
        if (begins) this.#tellGroup(tab);
      }
      const linked = index === 0 ? addLinks(tab, number, cells) : noLinks;
      const mark = parts.length > 1 ? `${index + 1} of ${parts.length}` : undefined;
      const look = { number, banded: this.#groups.banded, linked, ...(mark && { mark }) };
      tab.writer.add(this.#rowXml.render(values, look));
      await tab.writer.pause();
    }
  }

  end(): readonly WrittenSheet[] {
    this.#end(this.#tab);
    return this.#written;
  }

  #tellGroup({ name, writer }: Tab): void {
    this.#sheet.onGroup?.({ sheet: name, row: writer.rows + 1, value: this.#groups.value });
  }

  #tabWithRoom(units: number): Tab {
    const { rowsPerSheet, bytesPerSheet } = this.#context.limits;
    const { rows, bytes } = this.#tab.writer;
    const isFull = bytes + mostBytes(units, this.#sheet.columns.length) > bytesPerSheet;
    // A row alone above the limit still gets a sheet.
    if (rows === rowsPerSheet || (isFull && rows > 1)) {
      this.#end(this.#tab);
      this.#tab = this.#open();
    }
    return this.#tab;
  }

  #open(): Tab {
    const { sheetNames, workbook, limits, signal } = this.#context;
    const name = sheetNames.give(this.#sheet.name);
    const writer = new SheetWriter(workbook.openSheet(name, tablePage, this.#widths), signal);
    writer.add(this.#headerXml());
    const hasSheet = (sheet: string) => sheetNames.has(sheet);
    const links = new SheetLinks({ limit: limits.linksPerSheet, hasSheet });
    return { name, writer, links, records: 0 };
  }

  #headerXml(): string {
    const { workbook, cells } = this.#context;
    const styleId = workbook.styleId(tableHeader);
    const headers = this.#sheet.columns.map(({ header }, index) => {
      const cell = cells.render(toPlainValue(header), styleId);
      return `<c r="${cellRef(1, index)}${cell}`;
    });
    return `${rowStart(1, undefined)}${headers.join('')}</row>`;
  }

  #end({ name, writer, links, records }: Tab): void {
    const lastCell = cellRef(writer.rows, this.#sheet.columns.length - 1);
    writer.end({ autoFilter: `A1:${lastCell}`, xml: links.xml() });
    this.#written.push({ name, rows: writer.rows, records });
  }
}

/** Follows the value of a column; every second group of rows stands on the second background. */
class Groups {
  banded = false;
  /** That of the group of the last row; `null` before the first. */
  #value: CellValue | null = null;
  #cell: unknown;
  readonly #bandBy: number | undefined;

  constructor(bandBy: number | undefined) {
    this.#bandBy = bandBy;
  }

  get value(): CellValue {
    return this.#value ?? undefined;
  }

  /** Told every row; whether a group begins with this one. */
  beginsWith(row: readonly unknown[]): boolean {
    if (this.#bandBy === undefined) return false;
    const cell = row[this.#bandBy];
    if (cell === this.#cell && this.#value !== null) return false;
    this.#cell = cell;
    const { value } = toPlainCell(cell);
    if (value === this.#value) return false;
    if (this.#value !== null) this.banded = !this.banded;
    this.#value = value;
    return true;
  }
}

/** Whether its text, whatever the type of the column, fits into a cell and leads nowhere. */
function isShort(cell: unknown): boolean {
  return (
    cell === undefined || cell === null || typeof cell === 'number' || typeof cell === 'boolean'
  );
}

interface PlainCell {
  readonly value: CellValue;
  /** Where it leads to, if anywhere. */
  readonly to?: RowPlace;
}

function toPlainCell(cell: unknown): PlainCell {
  if (!isLinkedText(cell)) return { value: toPlainValue(cell) };
  return { value: toPlainValue(cell.text), to: cell.to };
}

function isLinkedText(cell: unknown): cell is LinkedText {
  return typeof cell === 'object' && cell !== null && 'text' in cell && 'to' in cell;
}

const noLinks: ReadonlySet<number> = new Set();

/** @returns the columns that got one: a link that finds no room, or no text to stand on, is left out */
function addLinks(tab: Tab, row: number, cells: readonly PlainCell[]): ReadonlySet<number> {
  const linked = new Set<number>();
  for (const [column, { value, to }] of cells.entries()) {
    if (to && value !== undefined && tab.links.add(row, column, to)) linked.add(column);
  }
  return linked;
}

function textUnits(values: readonly CellValue[]): number {
  let units = 0;
  for (const value of values) if (typeof value === 'string') units += value.length;
  return units;
}

/** Of the XML of a row: six for a quotation mark, and around each cell its tags. */
function mostBytes(units: number, columns: number): number {
  return 6 * units + 100 * columns + 60;
}
