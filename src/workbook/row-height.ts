import { isWide } from './display-width.ts';

/** One line of the default font. */
const linePoints = 15;
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
  values: readonly unknown[],
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

// The text is not cleaned yet, so lines may still end in three ways.
const lineEnd = /[\r\n]/;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

function lineCount(text: string, width: number): number {
  // The widest letters take the room of two, so no line break means no second line.
  if (2 * text.length <= width && !lineEnd.test(text)) return 1;
  let lines = 0;
  let needed = 0;
  // What is below the largest height is not seen anyway, and texts can have megabytes.
  const end = Math.min(text.length, Math.ceil(width) * maxLines);
  for (let at = 0; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit === carriageReturn && text.charCodeAt(at + 1) === lineFeed) continue;
    if (unit === lineFeed || unit === carriageReturn) {
      lines += linesOf(needed, width);
      needed = 0;
    } else {
      needed += isWide(unit) ? 2 : 1;
    }
  }
  return lines + linesOf(needed, width);
}

function linesOf(needed: number, width: number): number {
  return needed <= width ? 1 : Math.ceil(needed / (width * usedShare));
}
