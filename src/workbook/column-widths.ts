import { displayWidth } from './display-width.ts';
import type { CellValue, Column, ColumnType } from './sheet.ts';

const narrowest = 6;
const widest = 50;
const widestWrapped = 80;
// The filter button covers the end of a header that fits exactly.
const filterButton = 3;

const fixedWidths: Partial<Record<ColumnType, number>> = {
  dateTime: 24,
  duration: 11,
  boolean: 8,
  continuation: 9,
};

/** The width of each column in characters: the given one, else what the header and the sample need. */
export function columnWidths(
  columns: readonly Column[],
  sample: readonly (readonly CellValue[])[],
): number[] {
  return columns.map((column, index) => {
    if (column.width !== undefined) return column.width;
    let needed = displayWidth(column.header) + filterButton;
    const fixed = fixedWidths[column.type];
    if (fixed !== undefined) return Math.max(needed, fixed);
    for (const row of sample) needed = Math.max(needed, widestLine(row[index]) + 1);
    return Math.min(Math.max(needed, narrowest), column.wrap ? widestWrapped : widest);
  });
}

function widestLine(value: CellValue): number {
  if (value === undefined) return 0;
  // Nothing is wider than the widest column, and texts can have megabytes.
  const start = String(value).slice(0, 4 * widestWrapped);
  return Math.max(...start.split('\n').map(displayWidth));
}
