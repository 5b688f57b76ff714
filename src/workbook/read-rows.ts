import { AppError, WorkbookError } from '../errors.ts';
import { toPlainValue } from './cell.ts';
import type { CellValue, LinkedText, Row, RowPlace, TableSheet } from './sheet.ts';

/** A row with its texts clean, as long as the columns. */
export interface CleanRow {
  readonly values: readonly CellValue[];
  /** Where its cells lead to, at their index; absent where none leads anywhere. */
  readonly links?: readonly (RowPlace | undefined)[];
}

/**
 * The rows of a table, clean, in batches. What goes wrong where they come from says here at which row it
 * was; an expected error keeps its kind, because only its owner knows what the person can do.
 */
export async function* readRows(sheet: TableSheet): AsyncGenerator<readonly CleanRow[]> {
  const { columns, rows } = sheet;
  let number = 0;
  try {
    const read = (row: Row): CleanRow => {
      number++;
      // The types say so already; a row that is lost or shifted by a mistake must not be found by a customer.
      if (!Array.isArray(row) || row.length > columns.length) throw badRow(sheet, number);
      return toCleanRow(row, columns.length);
    };
    if ('batches' in rows) for await (const batch of rows.batches) yield batch.map(read);
    else for await (const row of rows) yield [read(row)];
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new WorkbookError(`row ${number + 1} of sheet "${sheet.name}" could not be read`, {
      cause: error,
    });
  }
}

function toCleanRow(row: readonly unknown[], length: number): CleanRow {
  const cells = Array.from({ length }, (_, index) => row[index]);
  const values = cells.map((cell) => toPlainValue(isLinkedText(cell) ? cell.text : cell));
  if (!cells.some(isLinkedText)) return { values };
  return { values, links: cells.map((cell) => (isLinkedText(cell) ? cell.to : undefined)) };
}

function isLinkedText(cell: unknown): cell is LinkedText {
  return typeof cell === 'object' && cell !== null && 'text' in cell && 'to' in cell;
}

function badRow(sheet: TableSheet, number: number): WorkbookError {
  return new WorkbookError(
    `row ${number} of sheet "${sheet.name}" does not fit its ${sheet.columns.length} columns`,
  );
}
