import { beginsLikeFormula, type Look, toCell, toPlainValue } from './cell.ts';
import { fractionDigits } from './digits.ts';
import { escapeXml } from './escape-xml.ts';
import type { CellValue, ColumnType } from './sheet.ts';
import type { CellStyle } from './styles.ts';

/** Shared strings stay in memory until the end, and a customer decides how many texts ask for them. */
const sharedUnits = 4_194_304;

/**
 * Renders values as cells, in the forms that keep a text whole:
 *
 * - Most texts are plain typed strings.
 * - LibreOffice trims those at both ends; as rich text of one run they keep spaces and line ends.
 * - Where a text spells an escape such as `_x0041_`, programs would show the letter A. Escaped in the
 *   shared strings it is shown as written, everywhere; once these are full, escaped as rich text, which
 *   only openpyxl does not read back.
 */
export class CellXml {
  readonly #shareString: (text: string) => number;
  #sharedUnitsLeft = sharedUnits;

  /** @param shareString gives a text its number in the shared strings of the file */
  constructor(shareString: (text: string) => number) {
    this.#shareString = shareString;
  }

  /**
   * @param value clean, and short enough for a cell; `undefined` is an empty cell that only shows its style
   * @returns all that follows the row number in `<c r="A17`
   */
  render(value: CellValue, styleId: number): string {
    switch (typeof value) {
      case 'string':
        return this.#text(value, styleId);
      case 'number':
        return numberXml(styleId, String(value));
      case 'boolean':
        return `" s="${styleId}" t="b"><v>${value ? 1 : 0}</v></c>`;
      default:
        return `" s="${styleId}"/>`;
    }
  }

  #text(text: string, styleId: number): string {
    const coded = spellsEscape(text);
    if (coded && text.length <= this.#sharedUnitsLeft) {
      this.#sharedUnitsLeft -= text.length;
      const id = this.#shareString(text.replace(escapeStart, '_x005F_'));
      return `" s="${styleId}" t="s"><v>${id}</v></c>`;
    }
    if (!(coded || isTrimmed(text))) return plainText(styleId, escapeXml(text));
    const run = escapeXml(coded ? text.replace(escapeStart, '_x005F_') : text);
    return `" s="${styleId}" t="inlineStr"><is><r><t xml:space="preserve">${run}</t></r></is></c>`;
  }
}

function numberXml(styleId: number, digits: string): string {
  return `" s="${styleId}"><v>${digits}</v></c>`;
}

function plainText(styleId: number, xml: string): string {
  return `" s="${styleId}" t="str"><v>${xml}</v></c>`;
}

/** Whether LibreOffice would take something off: what JavaScript trims, and the zero-width space. */
function isTrimmed(text: string): boolean {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  // Between these two lie the visible letters of ASCII: most texts begin and end with one.
  if (first > 0x20 && first < 0x7f && last > 0x20 && last < 0x7f) return false;
  return text.trim().length < text.length || first === 0x200b || last === 0x200b;
}

function spellsEscape(text: string): boolean {
  return text.includes('_x') && escapeSequence.test(text);
}

const escapeSequence = /_x[0-9A-Fa-f]{4}_/;
// One underscore can end an escape and begin the next, so it is looked at, not taken.
const escapeStart = /_(?=x[0-9A-Fa-f]{4}_)/g;

interface ColumnXmlOptions {
  readonly type: ColumnType;
  readonly styles: Readonly<Record<Look, CellStyle>>;
  readonly styleId: (style: CellStyle) => number;
  readonly cells: CellXml;
  /** Whether a cell without a value is written, to show the background of its band. */
  readonly writesEmpty: boolean;
}

/** Renders the cells of one column on one background. Most columns of a conversation say the same in each row. */
export class ColumnXml {
  readonly #options: ColumnXmlOptions;
  readonly #styleIds: Partial<Record<Look, number>> = {};
  /** The last value and its cell. */
  #value: unknown;
  #xml: string;

  constructor(options: ColumnXmlOptions) {
    this.#options = options;
    this.#xml = this.#render(undefined);
  }

  /**
   * @param value anything; a text that is short enough for a cell
   * @returns all that follows the row number in `<c r="A17`, the empty text for no cell
   */
  cell(value: unknown): string {
    if (value === this.#value) return this.#xml;
    const xml = this.#render(value);
    // The next object may be the same one with other content.
    if (typeof value === 'object') return xml;
    this.#value = value;
    this.#xml = xml;
    return xml;
  }

  #render(value: unknown): string {
    if (isOrdinaryText(value)) return plainText(this.#styleId('text'), value);
    const { type, cells, writesEmpty } = this.#options;
    const cell = toCell(toPlainValue(value), type);
    const { look } = cell;
    if (look === 'empty' && !writesEmpty) return '';
    if (typeof cell.value === 'number' && (look === 'dateTime' || look === 'duration')) {
      return numberXml(this.#styleId(look), fractionDigits(cell.value));
    }
    return cells.render(cell.value, this.#styleId(look));
  }

  /** Asked for once, and not at all for what no cell looks like. */
  #styleId(look: Look): number {
    const { styles, styleId } = this.#options;
    this.#styleIds[look] ??= styleId(styles[look]);
    return this.#styleIds[look];
  }
}

/** Whether a text needs none of the care that others get: most do not, and this runs for every cell. */
function isOrdinaryText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    !needsCare.test(value) &&
    value.isWellFormed() &&
    !isTrimmed(value) &&
    !beginsLikeFormula(value)
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const needsCare = /[\u0000-\u0008\u000B-\u001F\u007F\uFFFE\uFFFF&<>_]/;
