import type { ExportRequest } from './command.ts';
import { clauseNamed, valueWord } from './keywords.ts';
import { startsRange } from './range.ts';
import type { Reader } from './reader.ts';
import * as sentences from './sentences.ts';
import type { Token } from './tokens.ts';

/** Reads `all` or names in quotes with commas between them; the reader stands behind `queue`. */
export function readQueues(reader: Reader): ExportRequest['queues'] {
  if (reader.take('all')) return 'all';
  const names: string[] = [];
  do {
    const name = readName(reader, names.length > 0);
    // Queues are looked up without regard to case, so a second spelling of one adds nothing.
    if (!names.some((known) => known.toLowerCase() === name.toLowerCase())) names.push(name);
  } while (takeComma(reader));
  return names;
}

function readName(reader: Reader, isFurther: boolean): string {
  const token = reader.peek();
  if (token?.kind === 'quoted' && token.text !== '') {
    reader.skip();
    return token.text;
  }
  if (token?.kind === 'quoted') return refuseEmptyName(reader, isFurther);
  if (token?.kind === 'comma') reader.refuse(sentences.strayComma(), { remove: 1 });
  if (valueWord(reader) === undefined) reader.refuse(sentences.missingQueue(), { insert: 'all' });
  const written = unquotedName(reader);
  const name = written
    .map((word) => word.raw)
    .join(' ')
    .replace(/^['‘’‚]+|['‘’]+$/g, '');
  reader.refuse(sentences.unquotedName(name), {
    remove: written.length,
    insert: [{ kind: 'quoted', text: name.trim() }],
  });
}

function refuseEmptyName(reader: Reader, isFurther: boolean): never {
  if (reader.peek(1)?.kind === 'comma') reader.refuse(sentences.emptyName(), { remove: 2 });
  if (!isFurther) reader.refuse(sentences.emptyName(), { remove: 1, insert: 'all' });
  reader.skip(-1);
  reader.refuse(sentences.emptyName(), { remove: 2 });
}

/** The words that look like one name: up to the next clause, comma, quote or range. */
function unquotedName(reader: Reader): Extract<Token, { kind: 'word' }>[] {
  const start = reader.at;
  const words: Extract<Token, { kind: 'word' }>[] = [];
  for (let token = reader.peek(); token?.kind === 'word'; token = reader.peek()) {
    if (clauseNamed(token.text) !== undefined) break;
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
  if (follows === undefined || follows === 'comma' || clauseNamed(reader.word(1)) !== undefined) {
    reader.refuse(sentences.strayComma(), { remove: 1 });
  }
  reader.skip();
  return true;
}
