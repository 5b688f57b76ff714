import { WorkbookError } from '../errors.ts';
import { toCell, toPlainValue } from './cell.ts';
import { conditionalFormatsXml } from './conditional-formats.ts';
import type { WriteContext } from './context.ts';
import { writeAfterMerges } from './package-writer.ts';
import { reportPage } from './page.ts';
import { rowHeight } from './row-height.ts';
import type { StyledCell } from './row-writer.ts';
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
  const name = context.sheetNames.give(sheet.name);
  const worksheet = context.workbook.addWorksheet(name, {
    ...reportPage,
    views: [{ state: 'normal', showGridLines: false }],
  });
  worksheet.columns = sheet.columnWidths.map((width) => ({ width }));
  writeAfterMerges(worksheet, () => conditionalFormatsXml(sheet.formats ?? []));
  for (const row of sheet.rows) {
    context.signal.throwIfAborted();
    await context.rows.write(worksheet, {
      cells: row.map((cell) => cell && toStyledCell(cell, context.limits)),
      height: reportRowHeight(row, sheet.columnWidths),
    });
  }
  worksheet.commit();
  return [{ name, rows: sheet.rows.length, records: sheet.rows.length }];
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

function toStyledCell({ style, value, span }: ReportCell, limits: Limits): StyledCell {
  const cell = toCell(toPlainValue(value), columnTypes[style]);
  const styles = cell.look === 'quoted' ? quotedReportStyles : reportStyles;
  return {
    value: shortened(cell.value, limits.unitsPerCell),
    style: styles[style],
    ...(span !== undefined && { span }),
  };
}

/** A report has no rows to continue in; nobody reads so much in one cell, but nothing is cut in silence. */
function shortened(value: CellValue, units: number): CellValue {
  if (typeof value !== 'string' || value.length <= units) return value;
  const mark = ' […]';
  return (splitText(value, Math.max(1, units - mark.length))[0] ?? '') + mark;
}
