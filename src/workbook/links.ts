import { WorkbookError } from '../errors.ts';
import { cellRef } from './cell-ref.ts';
import { escapeAttribute } from './escape-xml.ts';
import type { RowPlace } from './sheet.ts';

/**
 * The links of one sheet. exceljs would make an external relationship of each, with the risks and the
 * warnings of one, and would keep it as objects; here a link is four numbers until the sheet ends.
 */
export class SheetLinks {
  readonly #limit: number;
  readonly #hasSheet: (name: string) => boolean;
  /** Names of the sheets that are linked to; links hold the index. */
  readonly #sheets: string[] = [];
  readonly #links: { row: number; column: number; sheet: number; toRow: number }[] = [];

  constructor(options: { limit: number; hasSheet: (name: string) => boolean }) {
    this.#limit = options.limit;
    this.#hasSheet = options.hasSheet;
  }

  /**
   * @param row counted from 1, `column` from 0
   * @returns whether there was room for it
   * @throws {WorkbookError} the place is none
   */
  add(row: number, column: number, { sheet, row: toRow }: RowPlace): boolean {
    if (!(this.#hasSheet(sheet) && Number.isInteger(toRow) && toRow > 0)) {
      throw new WorkbookError(`row ${row} links to row ${toRow} of "${sheet}", which is not there`);
    }
    if (this.#links.length === this.#limit) return false;
    let index = this.#sheets.indexOf(sheet);
    if (index === -1) index = this.#sheets.push(sheet) - 1;
    this.#links.push({ row, column, sheet: index, toRow });
    return true;
  }

  /** @returns the empty text where there are none: an empty list is not allowed */
  xml(): string {
    if (this.#links.length === 0) return '';
    const places = this.#sheets.map((name) => `'${escapeAttribute(name)}'!A`);
    const links = this.#links.map(
      ({ row, column, sheet, toRow }) =>
        `<hyperlink ref="${cellRef(row, column)}" location="${places[sheet]}${toRow}"/>`,
    );
    return `<hyperlinks>${links.join('')}</hyperlinks>`;
  }
}
