import { z } from 'zod';

/** The vendor says "nothing" in three ways, and numbers in two; these schemas know them all. */

/** `undefined` for `null`, `"NA"`, blank and missing. */
export const Text = z
  .unknown()
  .optional()
  .transform((value) => {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') return undefined;
    const text = value.trim();
    return text === '' || text === 'NA' || text === 'N/A' ? undefined : text;
  });

/** A number, or a string of digits as Long often comes. */
export const Numeric = z
  .unknown()
  .optional()
  .transform((value) => {
    if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
    const isNumber = typeof value === 'string' && /^\s*-?\d{1,16}(\.\d+)?\s*$/.test(value);
    return isNumber ? Number(value) : undefined;
  });

export const Flag = z
  .unknown()
  .optional()
  .transform((value) => {
    if (value === 'true' || value === 'false') return value === 'true';
    return typeof value === 'boolean' ? value : undefined;
  });
