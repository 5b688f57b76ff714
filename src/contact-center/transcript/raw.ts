import { z } from 'zod';
import { isMembers } from '../values.ts';

/**
 * Readers of single members. The vendor documents these files in part only, so every member may be
 * missing or of another type than usual.
 */

const Anything = z.unknown().optional();

export const Word = Anything.transform(word);
export const Flag = Anything.transform(flag);
export const FileNames = Anything.transform(fileNames);

/** An id, a name, a word: text as it is, a number as text. */
export function word(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What somebody said: text as it is; of an object its text, and if it has none, all of it as JSON. */
export function speech(value: unknown): string | undefined {
  if (isMembers(value)) {
    const { text, body, content } = value;
    return word(text) ?? word(body) ?? word(content) ?? JSON.stringify(value);
  }
  if (Array.isArray(value)) return JSON.stringify(value);
  return typeof value === 'boolean' ? String(value) : word(value);
}

/** Boolean-like: `true`, `"true"`, 1, an object that tells more. */
export function flag(value: unknown): boolean {
  if (typeof value === 'string') return !/^(|false|no|0)$/i.test(value.trim());
  return Boolean(value);
}

/** Names of files that were sent along; one without a name is counted under its type. */
export function fileNames(value: unknown): readonly string[] {
  if (!value) return none;
  const files: readonly unknown[] = Array.isArray(value) ? value : [value];
  return files.map((file) => {
    if (!isMembers(file)) return word(file) ?? 'unnamed';
    const { fileName, filename, name, title, mimeType, mediatype } = file;
    return word(fileName ?? filename ?? name ?? title ?? mimeType ?? mediatype) ?? 'unnamed';
  });
}

const none: readonly string[] = [];
