import { columnLetters } from './cell-ref.ts';
import { type CellXml, ColumnXml } from './cell-xml.ts';
import { AscendingDigits } from './digits.ts';
import { rowHeight, type WrapColumn } from './row-height.ts';
import type { Column } from './sheet.ts';
import { type CellStyle, tableStyles } from './styles.ts';

interface RowXmlOptions {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
  readonly cells: CellXml;
  readonly styleId: (style: CellStyle) => number;
}

interface RowLook {
  /** Counted from 1. */
  readonly number: number;
  /** Stands on the second background, on which empty cells are written too. */
  readonly banded: boolean;
  /** What a column of type `continuation` says. */
  readonly mark?: string;
  /** Columns whose cells look like a link. */
  readonly linked?: ReadonlySet<number>;
}

/** Renders the rows of a table. */
export class RowXml {
  readonly #columns: readonly Column[];
  /** `<c r="A`, for each column. */
  readonly #starts: readonly string[];
  readonly #wraps: readonly WrapColumn[];
  readonly #digits = new AscendingDigits();
  readonly #plain: readonly ColumnXml[];
  readonly #banded: readonly ColumnXml[];
  readonly #plainLinks: readonly ColumnXml[];
  readonly #bandedLinks: readonly ColumnXml[];

  constructor({ columns, widths, cells, styleId }: RowXmlOptions) {
    const renderers = (look: { band: boolean; link: boolean }) =>
      columns.map(({ type, wrap = false }) => {
        const styles = tableStyles({ wrap, ...look });
        return new ColumnXml({ type, styles, styleId, cells, writesEmpty: look.band });
      });
    this.#columns = columns;
    this.#starts = columns.map((_, index) => `<c r="${columnLetters(index)}`);
    this.#wraps = columns.flatMap(({ wrap }, index) =>
      wrap ? [{ index, width: widths[index] ?? 0 }] : [],
    );
    this.#plain = renderers({ band: false, link: false });
    this.#banded = renderers({ band: true, link: false });
    this.#plainLinks = renderers({ band: false, link: true });
    this.#bandedLinks = renderers({ band: true, link: true });
  }

  /**
   * @param values anything, texts short enough for a cell
   * @returns a whole `<row>` element
   */
  render(values: readonly unknown[], { number, banded, mark, linked }: RowLook): string {
    const renderers = banded ? this.#banded : this.#plain;
    const links = banded ? this.#bandedLinks : this.#plainLinks;
    const digits = this.#digits.of(number);
    let xml = rowStart(digits, rowHeight(values, this.#wraps));
    for (let index = 0; index < this.#columns.length; index++) {
      const value = this.#columns[index]?.type === 'continuation' ? mark : values[index];
      const renderer = linked?.has(index) ? links[index] : renderers[index];
      const cell = renderer?.cell(value) ?? '';
      if (cell !== '') xml += this.#starts[index] + digits + cell;
    }
    return `${xml}</row>`;
  }
}

/** @param points the height; one line where it is left out */
export function rowStart(number: number | string, points: number | undefined): string {
  if (points === undefined) return `<row r="${number}">`;
  return `<row r="${number}" ht="${points}" customHeight="1">`;
}
