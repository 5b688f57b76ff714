import { cleanText } from './clean-text.ts';
import type { CellValue, ColumnType } from './sheet.ts';

/** How a cell looks; which of them a column can need depends on the values, not only on its type. */
export type Look =
  | 'text'
  | 'quoted'
  | 'integer'
  | 'number'
  | 'dateTime'
  | 'duration'
  | 'boolean'
  | 'empty';

export interface Cell {
  readonly look: Look;
  readonly value: CellValue;
}

/**
 * What may stand in a cell at all: clean text, a finite number, a boolean, or nothing. NaN, the infinities
 * and the empty text are nothing. What the types forbid but a broken caller may still hand over (bigint,
 * date, object) becomes text: exceljs would throw in the middle of the sheet or write something of its own.
 */
export function toPlainValue(value: unknown): CellValue {
  switch (typeof value) {
    case 'string':
      return value === '' ? undefined : cleanText(value);
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? undefined : cleanText(describeObject(value));
    default:
      return cleanText(String(value));
  }
}

function describeObject(value: object): string {
  if (value instanceof Date) return isoText(value.getTime());
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Circular, or holding a bigint.
    return Object.prototype.toString.call(value);
  }
}

/**
 * Turns a plain value into what the file holds for a column of this type. A value that the type cannot
 * show (a date outside Excel's calendar, a negative duration, a word among numbers) becomes text: it
 * stays readable instead of turning into `########`.
 */
export function toCell(value: CellValue, type: ColumnType): Cell {
  if (value === undefined) return empty;
  if (typeof value === 'string') return textCell(value);
  if (typeof value === 'boolean') return { look: 'boolean', value };
  switch (type) {
    case 'text':
    case 'continuation':
      return textCell(String(value));
    case 'dateTime':
      return toDateTime(value);
    case 'duration':
      return toDuration(value);
    case 'integer':
    case 'number':
    case 'boolean':
      return toNumber(value, type);
    default:
      return type satisfies never;
  }
}

const empty: Cell = { look: 'empty', value: undefined };

/**
 * Typed text is never calculated, but a person who edits the cell, or saves it as CSV, would make a formula
 * of it: these get Excel's quote prefix. The full-width twins are formulas in East Asian versions.
 */
function textCell(value: string): Cell {
  return { look: beginsLikeFormula(value) ? 'quoted' : 'text', value };
}

export function beginsLikeFormula(text: string): boolean {
  return formulaStart.test(text);
}

const formulaStart = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

function toNumber(value: number, type: ColumnType): Cell {
  if (type !== 'integer' || !Number.isInteger(value)) return { look: 'number', value };
  // Excel keeps 15 digits; the sixteenth would silently become a zero.
  if (Math.abs(value) >= 1e15) return textCell(String(value));
  return { look: 'integer', value };
}

const dayMs = 86_400_000;
const unixEpochDay = 25_569;
// Day 60 of Excel's calendar is 29 February 1900, which never was; before it every program counts differently.
const firstDateTimeMs = Date.UTC(1900, 2, 1);
const lastDateTimeMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function toDateTime(ms: number): Cell {
  if (ms < firstDateTimeMs || ms > lastDateTimeMs) return textCell(isoText(ms));
  return { look: 'dateTime', value: (ms + unixEpochDay * dayMs) / dayMs };
}

/** `2026-11-20 09:42:00.000` */
export function isoText(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  return date.toISOString().replace('T', ' ').replace('Z', '');
}

function toDuration(ms: number): Cell {
  if (ms < 0 || ms / dayMs > 2_958_465) return textCell(durationText(ms));
  return { look: 'duration', value: ms / dayMs };
}

function durationText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return ms < 0 ? `-${clock}` : clock;
}
