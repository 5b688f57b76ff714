/** Search says "nothing" in three ways, and numbers in two; these readers know them all. */

export function textValue(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' || text === 'NA' || text === 'N/A' ? undefined : text;
}

/** Long comes as a number or as a string of digits. */
export function numberValue(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*-?\d{1,16}(\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value);
}

export function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return undefined;
}
