import { beginsLikeFormula, isoText, toPlainValue } from './cell.ts';
import { readRows } from './read-rows.ts';
import type { CellValue, Column, TableSheet } from './sheet.ts';
import type { ArchiveFile } from './write-archive.ts';

/** Without it Excel takes UTF-8 for the code page of the machine. */
const byteOrderMark = '\uFEFF';

/**
 * A table as CSV (RFC 4180, UTF-8 with a byte order mark). Spreadsheets calculate what looks like a
 * formula, so such a text gets an apostrophe in front; so does one that has apostrophes before it already,
 * and taking one away brings every text back. Durations are seconds, as their headers say; local times
 * read `2026-11-20 09:42:00.000`.
 *
 * @param onRecord told of each row
 */
export function csvFile(name: string, sheet: TableSheet, onRecord: () => void): ArchiveFile {
  // Texts are whole here, so none is continued.
  const columns = sheet.columns.flatMap((column, index) =>
    column.type === 'continuation' ? [] : [{ ...column, index }],
  );
  return {
    name,
    write: async (add) => {
      await add(`${byteOrderMark}${columns.map((column) => quoted(headerOf(column))).join()}\r\n`);
      await readRows(sheet, (row) => {
        onRecord();
        const cells = columns.map(({ type, index }) => cellText(toPlainValue(row[index]), type));
        return add(`${cells.join()}\r\n`);
      });
    },
  };
}

function headerOf({ header, type }: Column): string {
  return type === 'duration' ? `${header}_seconds` : header;
}

function cellText(value: CellValue, type: Column['type']): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return quoted(guarded(value));
  if (typeof value === 'boolean') return String(value);
  switch (type) {
    case 'dateTime':
      return isoText(value);
    case 'duration':
      return String(value / 1_000);
    default:
      return String(value);
  }
}

function guarded(text: string): string {
  return beginsLikeFormula(text.replace(/^'+/, '')) ? `'${text}` : text;
}

function quoted(text: string): string {
  // Spaces at the ends are lost by some readers otherwise.
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
