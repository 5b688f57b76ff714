import type { Command } from './command.ts';
import type { Reader } from './reader.ts';

export const verbs = [
  'export',
  'help',
  'login',
  'logout',
  'whoami',
  'status',
  'cancel',
  'recall',
] as const satisfies readonly Command['kind'][];

export type Verb = (typeof verbs)[number];

export function verbNamed(word: string | undefined): Verb | undefined {
  return verbs.find((verb) => verb === word);
}

/** The words that begin a clause; none of them can be a value unless it stands in quotes. */
export const clauseWords = [
  'queue',
  'channel',
  'by',
  'in',
  'with',
  'as',
  'redact',
  'to me',
] as const;
export type ClauseWord = (typeof clauseWords)[number];

export function clauseNamed(word: string | undefined): ClauseWord | undefined {
  return clauseWords.find((clause) => clause === word);
}

/** The next word, unless it begins a clause: then the value before it is missing. */
export function valueWord(reader: Reader): string | undefined {
  return valueWords(reader, 1)[0];
}

/** The words up to the next clause, name or comma, at most so many. */
export function valueWords(reader: Reader, most: number): string[] {
  const words = reader.words(most);
  const clause = words.findIndex((word) => clauseNamed(word) !== undefined);
  return clause === -1 ? words : words.slice(0, clause);
}
