import { type Recurrence, weekdayNames } from '../../export/recurrence.ts';
import { between, isoTime } from './calendar.ts';
import { closest } from './closest.ts';
import { oddTime } from './odd-dates.ts';
import type { Reader } from './reader.ts';
import * as sentences from './sentences.ts';

type Days<R = Recurrence> = R extends unknown ? Omit<R, 'time'> : never;

/** Reads `every monday 08:00`; the reader stands behind `schedule`. */
export function readRecurrence(reader: Reader): Recurrence {
  if (!reader.take('every')) return refuseStart(reader);
  const days = readDays(reader);
  // How people say it, and nothing else it could mean.
  reader.take('at');
  // The union of all kinds loses which time belongs to which, and it is the same for all.
  return { ...days, time: readClock(reader) } as Recurrence;
}

/** Whether one starts here, a well-formed one or not. */
export function startsRecurrence(reader: Reader): boolean {
  return reader.word() === 'every' || withoutEvery.has(reader.word() ?? '');
}

/** Other words for a whole beginning, in the folded spelling. */
const withoutEvery: ReadonlyMap<string, string> = new Map([
  ['daily', 'every day'],
  ['everyday', 'every day'],
  ['weekdays', 'every weekday'],
  ['weekly', 'every monday'],
  ['monthly', 'every month on day 1'],
  ...weekdayNames.flatMap((day): [string, string][] => [
    [day, `every ${day}`],
    [`${day}s`, `every ${day}`],
  ]),
]);

function refuseStart(reader: Reader): never {
  const word = reader.word();
  const meant = withoutEvery.get(word ?? '');
  if (meant !== undefined) {
    reader.refuse(sentences.everyWhen(reader.written(1)), { remove: 1, insert: meant });
  }
  if (closest(word ?? '', ['every']) !== undefined || word === 'each') {
    reader.refuse(sentences.didYouMean(reader.written(1), 'every'), {
      remove: 1,
      insert: 'every',
    });
  }
  const written = reader.done ? undefined : reader.written(1);
  const isExport = word === 'export';
  const remove = isExport ? 0 : wordsBeforeExport(reader);
  reader.refuse(sentences.everyWhen(isExport ? undefined : written), {
    remove,
    insert: 'every monday 08:00',
  });
}

/** What lies between here and the export, which is not understood anyway. */
function wordsBeforeExport(reader: Reader): number {
  const rest = reader.tokens.slice(reader.at);
  const length = rest.findIndex((token) => token.kind === 'word' && token.text === 'export');
  return length === -1 ? rest.length : length;
}

function readDays(reader: Reader): Days {
  const word = reader.word();
  const day = weekdayNames.find((name) => name === word);
  if (day !== undefined) {
    reader.skip();
    return { kind: 'weekly', day };
  }
  if (reader.take('day')) return { kind: 'daily' };
  if (reader.take('weekday')) return { kind: 'weekdays' };
  if (reader.take('month')) return { kind: 'monthly', day: readDayOfMonth(reader) };
  return refuseDays(reader, word);
}

function refuseDays(reader: Reader, word: string | undefined): never {
  const known = [...weekdayNames, 'day', 'weekday', 'month'];
  const short = weekdayNames.find(
    (name) =>
      word !== undefined && /^\w{2,4}\.?$/.test(word) && name.startsWith(word.replace(/\.$/, '')),
  );
  const meant = otherDays.get(word ?? '') ?? short ?? closest(word ?? '', known);
  if (word === undefined || startsTimeOrExport(reader)) {
    reader.refuse(sentences.everyWhat(undefined), { insert: 'monday' });
  }
  reader.refuse(sentences.everyWhat(reader.written(1)), { remove: 1, insert: meant ?? 'monday' });
}

const otherDays: ReadonlyMap<string, string> = new Map([
  ['days', 'day'],
  ['morning', 'day'],
  ['night', 'day'],
  ['weekdays', 'weekday'],
  ['workday', 'weekday'],
  ['week', 'monday'],
  ['weeks', 'monday'],
  ['months', 'month'],
]);

function startsTimeOrExport(reader: Reader): boolean {
  const word = reader.word() ?? '';
  return word === 'export' || word === 'at' || clock.test(word) || oddTime(reader) !== undefined;
}

/** `on day 1` or `on the 1st`; on which is left to nobody's guess. */
function readDayOfMonth(reader: Reader): number {
  if (!reader.take('on')) {
    reader.refuse(sentences.whichDayOfMonth(), {
      insert: `on ${writesDay(reader) ? '' : 'day 1'}`,
    });
  }
  const isCounted = reader.take('day');
  const isOrdinal = !isCounted && reader.take('the');
  const word = reader.word() ?? '';
  if (isOrdinal && word === 'last') return refuseLastDay(reader);
  const match = (isCounted ? /^(\d{1,4})$/ : /^(\d{1,4})(?:st|nd|rd|th)$/).exec(word);
  if (match === null || !(isCounted || isOrdinal)) return refuseDayOfMonth(reader, word);
  const day = Number(match[1]);
  if (day < 1 || day > 31) {
    const insert = isCounted ? `${between(1, day, 31)}` : day < 1 ? '1st' : '31st';
    reader.refuse(sentences.noSuchDayOfMonth(reader.written(1)), { remove: 1, insert });
  }
  reader.skip();
  return day;
}

function writesDay(reader: Reader): boolean {
  return /^(?:day|the|\d{1,2}(?:st|nd|rd|th)?)$/.test(reader.word() ?? '');
}

/** Day 31 is the last one of every month, since shorter ones end earlier. */
function refuseLastDay(reader: Reader): never {
  const remove = reader.word(1) === 'day' ? 3 : 2;
  reader.skip(-1);
  reader.refuse(sentences.lastDayOfMonth(), { remove, insert: 'day 31' });
}

function refuseDayOfMonth(reader: Reader, word: string): never {
  const digits = /^(\d{1,4})(?:st|nd|rd|th|\.)?$/.exec(word)?.[1];
  const before = ['day', 'the'].includes(reader.word(-1) ?? '') ? 1 : 0;
  const isValue = digits !== undefined || !(reader.done || startsTimeOrExport(reader));
  reader.skip(-before);
  reader.refuse(sentences.whichDayOfMonth(), {
    remove: before + (isValue ? 1 : 0),
    insert: `day ${between(1, Number(digits ?? 1), 31)}`,
  });
}

const clock = /^(\d{2}):(\d{2})$/;

function readClock(reader: Reader): string {
  const word = reader.word() ?? '';
  const match = clock.exec(word);
  if (!match) {
    const odd = oddTime(reader);
    if (odd) reader.refuse(sentences.timesAreWritten(reader.written(odd.remove)), odd);
    reader.refuse(sentences.missingClock(), { insert: '08:00' });
  }
  const hour = Number(match[1]);
  const minute = Number(match[2]);
  if (hour > 23 || minute > 59) {
    const isMidnight = hour === 24 && minute === 0;
    const nearest = isMidnight ? '00:00' : isoTime(between(0, hour, 23), between(0, minute, 59));
    reader.refuse(sentences.noSuchTime(word), { remove: 1, insert: nearest });
  }
  reader.skip();
  return word;
}
