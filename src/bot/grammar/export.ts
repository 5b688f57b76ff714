import { clauseReaders } from './clauses.ts';
import { closest } from './closest.ts';
import { channels, defaultRequest, type ExportRequest } from './command.ts';
import { type ClauseWord, clauseNamed, clauseWords, verbNamed } from './keywords.ts';
import { isTo, rangeWords, readRange, startsRange } from './range.ts';
import { type Reader, Refusal } from './reader.ts';
import * as sentences from './sentences.ts';

/** Reads everything behind `export`: at most one range, then clauses in any order, each at most once. */
export function readExport(reader: Reader): ExportRequest {
  let request = defaultRequest;
  const rangeAt = startsRange(reader) ? undefined : reader.at;
  if (rangeAt === undefined) request = { ...request, range: readRange(reader) };
  const seen = new Set<ClauseWord>();
  while (!reader.done) {
    const clause = clauseNamed(reader.word());
    if (clause === undefined) return refuseStray(reader, { seen, rangeAt });
    if (seen.has(clause)) refuseSecond(reader, clause);
    seen.add(clause);
    reader.skip();
    request = { ...request, ...clauseReaders[clause](reader) };
  }
  return request;
}

/** Takes the second clause away, up to where the next one begins. */
function refuseSecond(reader: Reader, clause: ClauseWord): never {
  let length = 1;
  while (reader.peek(length) !== undefined && clauseNamed(reader.word(length)) === undefined) {
    length += 1;
  }
  const sentence = sentences.secondClause(clause);
  // Two lists of names may well have been meant as one.
  const joins = reader.peek(-1)?.kind === 'quoted' && reader.peek(1)?.kind === 'quoted';
  if (clause === 'queue' && joins) reader.refuse(sentence, { remove: 1, insert: ',' });
  reader.refuse(sentence, { remove: length });
}

interface Situation {
  readonly seen: ReadonlySet<ClauseWord>;
  /** Where a range may still be put; undefined when there is one. */
  readonly rangeAt: number | undefined;
}

/** Something stands where only a clause can: proposes what it was meant as, or to leave it out. */
function refuseStray(reader: Reader, { seen, rangeAt }: Situation): never {
  const token = reader.peek();
  if (token?.kind === 'comma') reader.refuse(sentences.strayComma(), { remove: 1 });
  if (token?.kind === 'quoted') {
    const fits = !seen.has('queue');
    reader.refuse(sentences.strayName(), fits ? { insert: 'queue' } : { remove: 1 });
  }
  if (startsRange(reader)) refuseStrayRange(reader, rangeAt);
  if (verbNamed(reader.word())) reader.refuse(sentences.oneCommand(), { remove: reader.left });
  if (futureWords.includes(reader.word() ?? '')) refuseFuture(reader);
  const meant = meantWord(reader, rangeAt !== undefined);
  if (meant !== undefined) {
    reader.refuse(sentences.didYouMean(reader.written(1), meant), { remove: 1, insert: meant });
  }
  const remove = unknownWords(reader, rangeAt !== undefined);
  reader.refuse(sentences.unknownWord(reader.written(1)), { remove });
}

function refuseStrayRange(reader: Reader, rangeAt: number | undefined): never {
  const start = reader.at;
  readRange(reader);
  const range = reader.tokens.slice(start, reader.at);
  const others = reader.tokens.toSpliced(start, range.length);
  if (rangeAt === undefined) throw new Refusal(sentences.secondRange(), [others]);
  throw new Refusal(sentences.rangeFirst(), [others.toSpliced(rangeAt, 0, ...range)]);
}

function meantWord(reader: Reader, rangeIsFree: boolean): string | undefined {
  const word = reader.word() ?? '';
  const channel = channels.find((name) => name !== 'all' && name === word);
  if (channel !== undefined) return `channel ${channel}`;
  if (!rangeIsFree) return closest(word, clauseWords);
  // "7 days" lacks nothing but the word before it.
  const isCount = /^\d+$/.test(word) && unitWords.test(reader.word(1) ?? '');
  if (isCount || gluedCount.test(word)) return `last ${word}`;
  if (word === 'from') return reader.words(6).some(isTo) ? undefined : 'since';
  return otherWords.get(word) ?? closest(word, [...rangeWords, ...clauseWords]);
}

const unitWords = /^(?:hour|day|week|month|quarter|year)s?$/;
const gluedCount = /^\d+(?:d|w|m|days?|weeks?|months?)$/;

const otherWords: ReadonlyMap<string, string> = new Map([
  ['directly', 'to me'],
  ['mask', 'redact'],
  ['masked', 'redact'],
  ['past', 'last'],
  ['privately', 'to me'],
  ['redacted', 'redact'],
  ['previous', 'last'],
  ['current', 'this'],
  ['new', 'since last export'],
  ['day', 'today'],
  ['week', 'last week'],
  ['month', 'last month'],
]);

const futureWords = ['next', 'tomorrow'];

function refuseFuture(reader: Reader): never {
  const remove = reader.word() === 'next' && /^(?:week|month)$/.test(reader.word(1) ?? '') ? 2 : 1;
  const insert = remove === 2 ? `this ${reader.word(1)}` : 'today';
  reader.refuse(sentences.liesInFuture(reader.written(remove)), { remove, insert });
}

/** How many tokens from here on mean nothing to us; a name after such a word belongs to it. */
function unknownWords(reader: Reader, rangeIsFree: boolean): number {
  const start = reader.at;
  do reader.skip();
  while (
    reader.word() !== undefined &&
    clauseNamed(reader.word()) === undefined &&
    !startsRange(reader) &&
    meantWord(reader, rangeIsFree) === undefined
  );
  while (reader.peek()?.kind === 'quoted' || reader.peek()?.kind === 'comma') reader.skip();
  const count = reader.at - start;
  reader.at = start;
  return count;
}
