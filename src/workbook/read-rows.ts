import { AppError, WorkbookError } from '../errors.ts';
import { toPlainValue } from './cell.ts';
import type { Row, TableSheet } from './sheet.ts';

/**
 * The rows of a table, clean. What goes wrong where they come from says here at which row it was; an
 * expected error keeps its kind, because only its owner knows what the person can do.
 */
export async function* readRows(sheet: TableSheet): AsyncGenerator<Row> {
  const { columns } = sheet;
  let number = 0;
  try {
    for await (const row of sheet.rows) {
      number++;
      // The types say so already; a row that is lost or shifted by a mistake must not be found by a customer.
      if (!Array.isArray(row) || row.length > columns.length) throw badRow(sheet, number);
      yield columns.map((_, index) => toPlainValue(row[index]));
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new WorkbookError(`row ${number + 1} of sheet "${sheet.name}" could not be read`, {
      cause: error,
    });
  }
}

function badRow(sheet: TableSheet, number: number): WorkbookError {
  return new WorkbookError(
    `row ${number} of sheet "${sheet.name}" does not fit its ${sheet.columns.length} columns`,
  );
}
