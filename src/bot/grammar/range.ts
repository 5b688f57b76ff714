import { closest } from './closest.ts';
import type { LocalDateOrTime, Range } from './command.ts';
import { readCount } from './count.ts';
import { readDateOrTime, startsDate } from './dates.ts';
import { valueWord } from './keywords.ts';
import { oddTime } from './odd-dates.ts';
import { printDateOrTime } from './print.ts';
import type { Reader } from './reader.ts';
import * as sentences from './sentences.ts';

export const rangeWords = ['today', 'yesterday', 'last', 'this', 'since'] as const;

/** Whether a range starts here, a well-formed one or not. */
export function startsRange(reader: Reader): boolean {
  return rangeWords.some((word) => word === reader.word()) || startsDate(reader);
}

/** Reads one range; the caller has seen that one starts here. */
export function readRange(reader: Reader): Range {
  if (reader.take('today')) return { kind: 'today' };
  if (reader.take('yesterday')) return { kind: 'yesterday' };
  if (reader.take('last')) return readLast(reader);
  if (reader.take('this')) return readThis(reader);
  if (reader.take('since')) return readSince(reader);
  return readDates(reader);
}

function readLast(reader: Reader): Range {
  if (reader.take('week')) return { kind: 'calendar', which: 'last', unit: 'week' };
  if (reader.take('month')) return { kind: 'calendar', which: 'last', unit: 'month' };
  return { kind: 'last', ...readCount(reader) };
}

function readThis(reader: Reader): Range {
  if (reader.take('week')) return { kind: 'calendar', which: 'this', unit: 'week' };
  if (reader.take('month')) return { kind: 'calendar', which: 'this', unit: 'month' };
  const word = valueWord(reader);
  const near = closest(word ?? '', ['week', 'month']) ?? 'week';
  const sentence = sentences.thisWhat(word === undefined ? undefined : reader.written(1));
  reader.skip(-1);
  reader.refuse(sentence, {
    remove: word === undefined ? 1 : 2,
    insert: insteadOfThis.get(word ?? '') ?? `this ${near}`,
  });
}

const insteadOfThis: ReadonlyMap<string, string> = new Map([
  ['day', 'today'],
  ['quarter', 'last 3 months'],
  ['year', 'last 12 months'],
]);

function readSince(reader: Reader): Range {
  if (reader.words(2).join(' ') === 'last export') {
    reader.skip(2);
    return { kind: 'since_last' };
  }
  if (!startsDate(reader)) return refuseSince(reader);
  const start = reader.at - 1;
  const from = readDateOrTime(reader);
  if (standsTo(reader)) {
    reader.at = start;
    reader.refuse(sentences.sinceHasNoEnd(), { remove: 1 });
  }
  return { kind: 'since', from };
}

function refuseSince(reader: Reader): never {
  const word = valueWord(reader);
  const sentence = sentences.sinceWhat(word === undefined ? undefined : reader.written(1));
  reader.skip(-1);
  const meant = insteadOfSince.get(word ?? '');
  if (meant !== undefined) reader.refuse(sentence, { remove: 2, insert: meant });
  if (word === 'last' && !startsUnit(reader.word(2))) {
    reader.refuse(sentence, { remove: 2, insert: 'since last export' });
  }
  // "since last week": the range alone is what comes nearest.
  const followed = word === 'last' || word === 'this';
  reader.refuse(sentence, { remove: 1, insert: followed ? '' : 'last 7 days' });
}

/** Behind `last` a count or a unit may follow. */
function startsUnit(word: string | undefined): boolean {
  return /^\d|^(?:hour|day|week|month|quarter|year)s?$/.test(word ?? '');
}

const insteadOfSince: ReadonlyMap<string, string> = new Map([
  ['today', 'today'],
  ['yesterday', 'last 1 day'],
  ['monday', 'this week'],
]);

function readDates(reader: Reader): Range {
  const start = reader.at;
  const from = readDateOrTime(reader);
  if (!reader.take('to')) {
    refuseOtherTo(reader);
    if (from.time === undefined) return { kind: 'dates', from, to: from };
    reader.at = start;
    reader.refuse(sentences.timeNeedsEnd(), { insert: 'since' });
  }
  if (!startsDate(reader)) return refuseEnd(reader, start, from);
  const to = readDateOrTime(reader);
  judgeOrder(reader, start, { from, to });
  return { kind: 'dates', from, to };
}

const otherTo = ['-', '..', '...', 'until', 'till', 'through', 'thru', 'and'];

/** Whether a word joins two dates, in our spelling or another one. */
export function isTo(word: string | undefined): boolean {
  return word === 'to' || otherTo.includes(word ?? '');
}

/** Before a name the word means the queues that a conversation went through. */
function standsTo(reader: Reader): boolean {
  return isTo(reader.word()) && !(reader.word() === 'through' && reader.peek(1)?.kind === 'quoted');
}

function refuseOtherTo(reader: Reader): void {
  if (standsTo(reader)) reader.refuse(sentences.toJoinsDates(), { remove: 1, insert: 'to' });
  if (startsDate(reader)) reader.refuse(sentences.toJoinsDates(), { insert: 'to' });
}

/** Behind `to` there is something else than a day. */
function refuseEnd(reader: Reader, start: number, from: LocalDateOrTime): never {
  const word = valueWord(reader);
  if (/^\d{2}:\d{2}$/.test(word ?? '') || oddTime(reader)) {
    reader.refuse(sentences.endNeedsDay(), { insert: from.date });
  }
  const isNow = word === 'now' || word === 'today';
  const remove = reader.at - start + (isNow ? 1 : 0);
  reader.at = start;
  if (isNow) {
    const insert = `since ${printDateOrTime(from)}`;
    reader.refuse(sentences.untilNow(), { remove, insert });
  }
  reader.refuse(sentences.toWhat(), { remove, insert: printDateOrTime(from) });
}

function judgeOrder(
  reader: Reader,
  start: number,
  { from, to }: { readonly from: LocalDateOrTime; readonly to: LocalDateOrTime },
): void {
  // A last day without a time is included, so it ends when its clock would show 24:00.
  const fromKey = `${from.date} ${from.time ?? '00:00'}`;
  const toKey = `${to.date} ${to.time ?? '24:00'}`;
  if (fromKey < toKey) return;
  const remove = reader.at - start;
  reader.at = start;
  if (fromKey === toKey) reader.refuse(sentences.noLength(), { remove, insert: from.date });
  const insert = `${printDateOrTime(to)} to ${printDateOrTime(from)}`;
  reader.refuse(sentences.reversed(), { remove, insert });
}
