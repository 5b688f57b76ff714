import { AppError, WorkbookError } from '../errors.ts';
import type { TableSheet } from './sheet.ts';

type Take = (row: readonly unknown[]) => Promise<void> | undefined;

/**
 * Hands the rows of a table over one by one, and waits where it is told to. What goes wrong where they come
 * from says here at which row it was; an expected error keeps its kind, because only its owner knows what
 * the person can do. However it ends, the source of the rows hears of it, to close its file.
 */
export async function readRows(sheet: TableSheet, take: Take): Promise<void> {
  const { rows } = sheet;
  const reader = new Reader(sheet, take);
  try {
    if ('batches' in rows) for await (const batch of rows.batches) await reader.takeAll(batch);
    else if (Symbol.iterator in rows) await reader.takeAll(rows);
    else for await (const row of rows) await reader.take(row);
  } catch (error) {
    if (reader.isTaking || error instanceof AppError) throw error;
    throw new WorkbookError(`row ${reader.taken + 1} of sheet "${sheet.name}" could not be read`, {
      cause: error,
    });
  }
}

class Reader {
  taken = 0;
  /** Whether what goes wrong now is no fault of the rows. */
  isTaking = false;
  readonly #sheet: TableSheet;
  readonly #take: Take;

  constructor(sheet: TableSheet, take: Take) {
    this.#sheet = sheet;
    this.#take = take;
  }

  async takeAll(rows: Iterable<unknown>): Promise<void> {
    for (const row of rows) {
      const wait = this.take(row);
      // Nearly always there is nothing to wait for, and waiting for nothing takes time as well.
      if (wait !== undefined) await wait;
    }
  }

  take(row: unknown): Promise<void> | undefined {
    const { name, columns } = this.#sheet;
    this.taken++;
    // The types say so already; a row that is lost or shifted by a mistake must not be found by a customer.
    if (!Array.isArray(row) || row.length > columns.length) {
      throw new WorkbookError(
        `row ${this.taken} of sheet "${name}" does not fit its ${columns.length} columns`,
      );
    }
    this.isTaking = true;
    const wait = this.#take(row);
    if (wait === undefined) this.isTaking = false;
    return wait?.then(() => {
      this.isTaking = false;
    });
  }
}
