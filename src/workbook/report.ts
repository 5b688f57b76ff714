import { WorkbookError } from '../errors.ts';
import { toCell, toPlainValue } from './cell.ts';
import { cellRef } from './cell-ref.ts';
import { conditionalFormatsXml } from './conditional-formats.ts';
import type { WriteContext } from './context.ts';
import { reportPage } from './page.ts';
import { rowHeight } from './row-height.ts';
import { rowStart } from './row-xml.ts';
import {
  type CellRange,
  type CellValue,
  type ColumnType,
  type Limits,
  maxColumns,
  type ReportCell,
  type ReportRow,
  type ReportSheet,
  type ReportStyle,
  type WrittenSheet,
} from './sheet.ts';
import { SheetWriter } from './sheet-writer.ts';
import { splitText } from './split-text.ts';
import { quotedReportStyles, reportStyles } from './styles.ts';

export function checkReport({ name, rows, formats = [] }: ReportSheet, limits: Limits): void {
  const columns = Math.max(0, ...rows.map(rowWidth));
  if (rows.length > limits.rowsPerSheet || columns > maxColumns) {
    throw new WorkbookError(`sheet "${name}" has ${rows.length} rows and ${columns} columns`);
  }
  for (const { range, color = '' } of formats) {
    if (!isInside(range, rows.length, columns) || !/^([0-9A-F]{6})?$/i.test(color)) {
      throw new WorkbookError(`sheet "${name}" has a format outside its cells or without a colour`);
    }
  }
}

function rowWidth(row: ReportRow): number {
  return Math.max(0, ...row.map((cell, index) => index + (cell?.span ?? 1)));
}

function isInside(range: CellRange, rows: number, columns: number): boolean {
  const { fromRow, toRow, fromColumn, toColumn } = range;
  return isSpan(fromRow, toRow, rows) && isSpan(fromColumn, toColumn, columns);
}

function isSpan(from: number, to: number, size: number): boolean {
  return [from, to].every(Number.isInteger) && 0 <= from && from <= to && to < size;
}

export async function writeReport(
  sheet: ReportSheet,
  context: WriteContext,
): Promise<readonly WrittenSheet[]> {
  const { workbook, sheetNames, signal } = context;
  const name = sheetNames.give(sheet.name);
  const writer = new SheetWriter(workbook.openSheet(name, reportPage, sheet.columnWidths), signal);
  const merges: string[] = [];
  for (const row of sheet.rows) {
    signal.throwIfAborted();
    const number = writer.rows + 1;
    const cells = row.flatMap((cell, column) => {
      if (!cell) return [];
      const { span = 1 } = cell;
      if (span > 1) merges.push(`${cellRef(number, column)}:${cellRef(number, column + span - 1)}`);
      return cellXml(cell, { number, column }, context);
    });
    const start = rowStart(number, reportRowHeight(row, sheet.columnWidths));
    writer.add(`${start}${cells.join('')}</row>`);
    await writer.pause();
  }
  writer.end({ xml: mergesXml(merges) + conditionalFormatsXml(sheet.formats ?? []) });
  return [{ name, rows: writer.rows, records: writer.rows }];
}

function mergesXml(merges: readonly string[]): string {
  if (merges.length === 0) return '';
  const cells = merges.map((ref) => `<mergeCell ref="${ref}"/>`);
  return `<mergeCells count="${merges.length}">${cells.join('')}</mergeCells>`;
}

/** A row is as high as its largest letters, or as its wrapped texts. */
function reportRowHeight(row: ReportRow, widths: readonly number[]): number | undefined {
  if (row.some((cell) => cell?.style === 'title')) return 24;
  if (row.some((cell) => cell?.style === 'heading')) return 18;
  return rowHeight(
    row.map((cell) => cell?.value),
    row.flatMap((cell, index) =>
      cell?.style === 'text'
        ? [{ index, width: sum(widths.slice(index, index + (cell.span ?? 1))) }]
        : [],
    ),
  );
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}

const columnTypes: Record<ReportStyle, ColumnType> = {
  title: 'text',
  heading: 'text',
  // Hours and years above the columns of a grid stand like the numbers below them.
  header: 'number',
  label: 'text',
  text: 'text',
  integer: 'integer',
  number: 'number',
  percent: 'number',
  dateTime: 'dateTime',
  duration: 'duration',
};

/** The cell, and those that it covers: they show its border. */
function cellXml(
  { style, value, span = 1 }: ReportCell,
  { number, column }: { number: number; column: number },
  { workbook, cells, limits }: WriteContext,
): string[] {
  const cell = toCell(toPlainValue(value), columnTypes[style]);
  const styles = cell.look === 'quoted' ? quotedReportStyles : reportStyles;
  const styleId = workbook.styleId(styles[style]);
  return Array.from({ length: span }, (_, index) => {
    const shown = index === 0 ? shortened(cell.value, limits.unitsPerCell) : undefined;
    return `<c r="${cellRef(number, column + index)}${cells.render(shown, styleId)}`;
  });
}

/** A report has no rows to continue in; nobody reads so much in one cell, but nothing is cut in silence. */
function shortened(value: CellValue, units: number): CellValue {
  if (typeof value !== 'string' || value.length <= units) return value;
  const mark = ' […]';
  return (splitText(value, Math.max(1, units - mark.length))[0] ?? '') + mark;
}
