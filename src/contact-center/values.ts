import { z } from 'zod';

/** The vendor says "nothing" in three ways, and numbers in two; these readers know them all. */

/** `undefined` for `null`, `"NA"`, blank and missing. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' || trimmed === 'NA' || trimmed === 'N/A' ? undefined : trimmed;
}

/** A number, or a string of digits as Long often comes. */
export function numeric(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const isNumber = typeof value === 'string' && /^\s*-?\d{1,16}(\.\d+)?\s*$/.test(value);
  return isNumber ? Number(value) : undefined;
}

export function flag(value: unknown): boolean | undefined {
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'boolean' ? value : undefined;
}

export type Members = Readonly<Record<string, unknown>>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const Anything = z.unknown().optional();

export const Text = Anything.transform(text);
export const Numeric = Anything.transform(numeric);
export const Flag = Anything.transform(flag);
