import type { CellValue, Column } from './sheet.ts';
import { splitText } from './split-text.ts';

/**
 * A row whose texts are too long for a cell becomes several rows: the long texts go on from row to row, the
 * other cells are repeated so that filters still find the row, and a column of type `continuation` says
 * which part it is ("2 of 4").
 *
 * @param row clean, as long as `columns`: the length of a text that counts is the one in the file
 */
export function continueRow(
  row: readonly CellValue[],
  columns: readonly Column[],
  unitsPerCell: number,
): readonly (readonly CellValue[])[] {
  if (!row.some((value) => isLong(value, unitsPerCell))) return [withMark(row, columns, undefined)];
  const parts = row.map((value) =>
    isLong(value, unitsPerCell) ? splitText(value, unitsPerCell) : value,
  );
  const count = Math.max(...parts.map((part) => (Array.isArray(part) ? part.length : 1)));
  return Array.from({ length: count }, (_, index) => {
    const cells = parts.map((part) => (Array.isArray(part) ? part[index] : part));
    return withMark(cells, columns, `${index + 1} of ${count}`);
  });
}

function isLong(value: CellValue, unitsPerCell: number): value is string {
  return typeof value === 'string' && value.length > unitsPerCell;
}

function withMark(
  row: readonly CellValue[],
  columns: readonly Column[],
  mark: string | undefined,
): readonly CellValue[] {
  return row.map((value, index) => (columns[index]?.type === 'continuation' ? mark : value));
}
