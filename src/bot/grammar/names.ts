import type { ExportRequest } from './command.ts';
import { beginsClause, valueWord } from './keywords.ts';
import { startsRange } from './range.ts';
import type { Reader } from './reader.ts';
import * as sentences from './sentences.ts';
import type { Token } from './tokens.ts';

type NameClause = 'queue' | 'through' | 'agent' | 'containing';

/** Reads `all` or names; the reader stands behind `queue`. */
export function readQueues(reader: Reader): ExportRequest['queues'] {
  return reader.take('all') ? 'all' : readNames(reader, 'queue');
}

/** Reads names in quotes with commas between them; the reader stands behind the word of the clause. */
export function readNames(reader: Reader, clause: NameClause): string[] {
  const names: string[] = [];
  do {
    const name = readName(reader, clause, names.length > 0);
    // They are looked up without regard to case, so a second spelling of one adds nothing.
    if (!names.some((known) => known.toLowerCase() === name.toLowerCase())) names.push(name);
  } while (takeComma(reader));
  return names;
}

function readName(reader: Reader, clause: NameClause, isFurther: boolean): string {
  const token = reader.peek();
  if (token?.kind === 'quoted' && token.text !== '') {
    reader.skip();
    return token.text;
  }
  if (token?.kind === 'quoted') return refuseEmptyName(reader, clause, isFurther);
  if (token?.kind === 'comma') reader.refuse(sentences.strayComma(), { remove: 1 });
  if (valueWord(reader) === undefined) refuseWithoutName(reader, clause);
  const written = unquotedName(reader);
  const name = written
    .map((word) => word.raw)
    .join(' ')
    .replace(/^['‘’‚]+|['‘’]+$/g, '');
  reader.refuse(sentences.unquotedName(clause, name), {
    remove: written.length,
    insert: [{ kind: 'quoted', text: name.trim() }],
  });
}

function refuseWithoutName(reader: Reader, clause: NameClause): never {
  if (clause === 'queue') reader.refuse(sentences.missingQueue(), { insert: 'all' });
  reader.skip(-1);
  reader.refuse(sentences.missingName(clause), { remove: 1 });
}

function refuseEmptyName(reader: Reader, clause: NameClause, isFurther: boolean): never {
  if (reader.peek(1)?.kind === 'comma') reader.refuse(sentences.emptyName(), { remove: 2 });
  if (!isFurther && clause === 'queue') {
    reader.refuse(sentences.emptyName(), { remove: 1, insert: 'all' });
  }
  reader.skip(-1);
  reader.refuse(sentences.emptyName(), { remove: 2 });
}

/** The words that look like one name: up to the next clause, comma, quote or range. */
function unquotedName(reader: Reader): Extract<Token, { kind: 'word' }>[] {
  const start = reader.at;
  const words: Extract<Token, { kind: 'word' }>[] = [];
  for (let token = reader.peek(); token?.kind === 'word'; token = reader.peek()) {
    if (beginsClause(reader)) break;
    if (words.length > 0 && startsRange(reader)) break;
    words.push(token);
    reader.skip();
  }
  reader.at = start;
  return words;
}

function takeComma(reader: Reader): boolean {
  const next = reader.peek();
  if (next?.kind === 'quoted') {
    reader.refuse(sentences.commaBetweenNames(), { insert: [{ kind: 'comma' }] });
  }
  if (next?.kind !== 'comma') return false;
  const follows = reader.peek(1)?.kind;
  if (follows === undefined || follows === 'comma' || beginsClause(reader, 1)) {
    reader.refuse(sentences.strayComma(), { remove: 1 });
  }
  reader.skip();
  return true;
}
