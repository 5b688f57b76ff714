import type { Command } from './command.ts';
import type { Reader } from './reader.ts';

export const verbs = [
  'export',
  'help',
  'login',
  'logout',
  'whoami',
  'status',
  'run',
  'cancel',
  'history',
  'retry',
  'recall',
  'schedule',
  'schedules',
  'unschedule',
] as const satisfies readonly Command['kind'][];

export type Verb = (typeof verbs)[number];

export function verbNamed(word: string | undefined): Verb | undefined {
  return verbs.find((verb) => verb === word);
}

/** The words that begin a clause; none of them can be a value unless it stands in quotes. */
export const clauseWords = [
  'queue',
  'through',
  'agent',
  'channel',
  'customer',
  'containing',
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

/** Words that names hold as well, and what makes a clause of them. */
const nameWords: ReadonlySet<string> = new Set(['through', 'agent', 'containing', 'customer']);

/** Whether a clause begins here, rather than a name: "Customer Care" is one. */
export function beginsClause(reader: Reader, offset = 0): boolean {
  const word = reader.word(offset);
  if (clauseNamed(word) === undefined) return false;
  if (word === undefined || !nameWords.has(word)) return true;
  const next = reader.peek(offset + 1);
  const isAddress = word === 'customer' && next?.kind === 'word' && next.text.includes('@');
  return next?.kind === 'quoted' || isAddress;
}

/** The next word, unless it begins a clause: then the value before it is missing. */
export function valueWord(reader: Reader): string | undefined {
  return valueWords(reader, 1)[0];
}

/** The words up to the next clause, name or comma, at most so many. */
export function valueWords(reader: Reader, most: number): string[] {
  const words = reader.words(most);
  const clause = words.findIndex((_, offset) => beginsClause(reader, offset));
  return clause === -1 ? words : words.slice(0, clause);
}
