import type { CellValue } from './sheet.ts';
import { splitText } from './split-text.ts';

/**
 * A row whose texts are too long for a cell becomes several rows: the long texts go on from row to row, the
 * other cells are repeated so that filters still find the row.
 *
 * @param row clean: the length of a text that counts is the one in the file
 */
export function continueRow(
  row: readonly CellValue[],
  unitsPerCell: number,
): readonly (readonly CellValue[])[] {
  const parts = row.map((value) =>
    typeof value === 'string' && value.length > unitsPerCell
      ? splitText(value, unitsPerCell)
      : value,
  );
  const count = Math.max(1, ...parts.map((part) => (Array.isArray(part) ? part.length : 1)));
  return Array.from({ length: count }, (_, index) =>
    parts.map((part) => (Array.isArray(part) ? part[index] : part)),
  );
}
