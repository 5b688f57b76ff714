import { displayWidth } from './display-width.ts';
import type { CellValue } from './sheet.ts';

/** One line of the default font. */
export const linePoints = 15;
/** Excel's own limit: https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3 */
const maxPoints = 409;
const maxLines = Math.floor(maxPoints / linePoints);
// Lines break between words, so the end of most is empty.
const usedShare = 0.9;

/** A column whose texts break into lines, and its width in characters. */
export interface WrapColumn {
  readonly index: number;
  readonly width: number;
}

/**
 * The height that a row needs for its wrapped texts, in points; `undefined` where one line is enough. Excel
 * would find it by itself, but LibreOffice and previews show what the file says, and lines would overlap.
 */
export function rowHeight(
  values: readonly CellValue[],
  wraps: readonly WrapColumn[],
): number | undefined {
  let lines = 1;
  for (const { index, width } of wraps) {
    const value = values[index];
    if (typeof value !== 'string') continue;
    lines = Math.max(lines, lineCount(value, width));
  }
  return lines === 1 ? undefined : Math.min(lines, maxLines) * linePoints;
}

function lineCount(text: string, width: number): number {
  // The widest letters take the room of two, so no line break means no second line.
  if (2 * text.length <= width && !text.includes('\n')) return 1;
  let lines = 0;
  // What is below the largest height is not seen anyway, and texts can have megabytes.
  for (const line of text.slice(0, Math.ceil(width) * maxLines).split('\n')) {
    const needed = displayWidth(line);
    lines += needed <= width ? 1 : Math.ceil(needed / (width * usedShare));
  }
  return lines;
}
