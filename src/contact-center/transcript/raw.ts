import { z } from 'zod';

/**
 * Readers of single members. The vendor documents these files in part only, so every member may be
 * missing or of another type than usual.
 */

export type Members = Readonly<Record<string, unknown>>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const Anything = z.unknown().optional();

/** An id, a name, a word: text as it is, a number as text. */
export const Word = Anything.transform(word);

/** What somebody said: text as it is; of an object its text, and if it has none, all of it as JSON. */
export const Speech = Anything.transform(speech);

/** Boolean-like: `true`, `"true"`, 1, an object that tells more. */
export const Flag = Anything.transform((value) => {
  if (typeof value === 'string') return !/^(|false|no|0)$/i.test(value.trim());
  return Boolean(value);
});

/** Names of files that were sent along; one without a name is counted under its type. */
export const FileNames = Anything.transform((value) => {
  const files: readonly unknown[] = Array.isArray(value) ? value : value ? [value] : [];
  return files.map((file) => {
    if (!isMembers(file)) return word(file) ?? 'unnamed';
    const { fileName, filename, name, title, mimeType, mediatype } = file;
    return word(fileName ?? filename ?? name ?? title ?? mimeType ?? mediatype) ?? 'unnamed';
  });
});

export function word(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function speech(value: unknown): string | undefined {
  if (isMembers(value)) {
    const { text, body, content } = value;
    return word(text) ?? word(body) ?? word(content) ?? JSON.stringify(value);
  }
  if (Array.isArray(value)) return JSON.stringify(value);
  return typeof value === 'boolean' ? String(value) : word(value);
}
