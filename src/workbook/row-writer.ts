import type { CellRichTextValue, Worksheet } from 'exceljs';
import { createPace } from './pace.ts';
import { appendRows, withSharedStrings } from './package-writer.ts';
import { linePoints } from './row-height.ts';
import type { CellValue } from './sheet.ts';
import { type CellStyle, plainRow } from './styles.ts';

export interface StyledCell {
  /** Clean, and short enough for a cell. `undefined` is an empty cell that only shows its style. */
  readonly value: CellValue;
  readonly style: CellStyle;
  /** Columns covered, itself included. */
  readonly span?: number;
}

interface StyledRow {
  /** `undefined` is no cell at all. */
  readonly cells: readonly (StyledCell | undefined)[];
  /** In points; one line where it is left out. */
  readonly height?: number | undefined;
}

export interface RowWriter {
  /** What it returns must be waited for before the next row. */
  write(worksheet: Worksheet, row: StyledRow): Promise<void> | undefined;
  /** The same for a row that is XML already; it is written with its followers. */
  append(worksheet: Worksheet, xml: string): Promise<void> | undefined;
  /** Writes what still waits for followers: to be called before the sheet is closed. */
  flush(worksheet: Worksheet): void;
}

/** Shared strings stay in memory until the end, and a customer decides how many texts ask for them. */
const sharedUnits = 4_194_304;

/**
 * Writes single rows through exceljs in the forms that keep a text whole:
 *
 * - Most texts are plain typed strings.
 * - LibreOffice trims those at both ends; as rich text of one run they keep spaces and line ends.
 * - Where a text spells an escape such as `_x0041_`, programs would show the letter A. Escaped in the
 *   shared strings it is shown as written, everywhere; once these are full, escaped as rich text, which
 *   only openpyxl does not read back.
 */
export function createRowWriter(signal: AbortSignal): RowWriter {
  const pace = createPace(signal);
  let sharedUnitsLeft = sharedUnits;
  let waiting = '';
  let waitingRows = 0;

  const flush = (worksheet: Worksheet) => {
    if (waitingRows > 0) appendRows(worksheet, waiting, waitingRows);
    waiting = '';
    waitingRows = 0;
  };

  return {
    flush,
    append(worksheet, xml) {
      waiting += xml;
      waitingRows++;
      if (!pace.isDue(xml.length)) return undefined;
      flush(worksheet);
      return pace.pause(worksheet);
    },
    write(worksheet, row) {
      flush(worksheet);
      let units = 0;
      let coded = false;
      for (const cell of row.cells) {
        if (typeof cell?.value !== 'string') continue;
        units += cell.value.length;
        coded ||= spellsEscape(cell.value);
      }
      if (coded && units <= sharedUnitsLeft) {
        sharedUnitsLeft -= units;
        withSharedStrings(worksheet, () => commitRow(worksheet, row, { shared: true }));
      } else {
        commitRow(worksheet, row, { shared: false });
      }
      return pace.isDue(units) ? pace.pause(worksheet) : undefined;
    },
  };
}

function commitRow(
  worksheet: Worksheet,
  { cells, height }: StyledRow,
  { shared }: { shared: boolean },
): void {
  const row = worksheet.addRow(cells.map((cell) => cell && toExcelValue(cell.value, shared)));
  // A row has a style too, which exceljs's types leave out; a fresh one would be rendered for each row.
  Object.assign(row, { style: plainRow });
  cells.forEach((cell, index) => {
    if (cell) row.getCell(index + 1).style = cell.style;
    const span = cell?.span ?? 1;
    if (span > 1) worksheet.mergeCells(row.number, index + 1, row.number, index + span);
  });
  // Without a height exceljs leaves out rows that have no value, and the rows would not add up.
  if (height !== undefined || !row.hasValues) row.height = height ?? linePoints;
  row.commit();
}

function toExcelValue(
  value: CellValue,
  shared: boolean,
): string | number | boolean | CellRichTextValue | null {
  if (value === undefined) return null;
  if (typeof value !== 'string') return value;
  const coded = spellsEscape(value);
  const text = coded ? value.replace(escapeStart, '_x005F_') : value;
  if (shared || !(coded || isTrimmed(value))) return text;
  return { richText: [{ text }] };
}

/** Whether LibreOffice would take something off: what JavaScript trims, and the zero-width space. */
export function isTrimmed(text: string): boolean {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  // Between these two lie the visible letters of ASCII: most texts begin and end with one.
  if (first > 0x20 && first < 0x7f && last > 0x20 && last < 0x7f) return false;
  return text.trim().length < text.length || first === 0x200b || last === 0x200b;
}

export function spellsEscape(text: string): boolean {
  return text.includes('_x') && escapeSequence.test(text);
}

const escapeSequence = /_x[0-9A-Fa-f]{4}_/;
// One underscore can end an escape and begin the next, so it is looked at, not taken.
const escapeStart = /_(?=x[0-9A-Fa-f]{4}_)/g;
