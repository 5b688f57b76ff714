import {
  between,
  type Day,
  dayAfter,
  dayExists,
  dayInWords,
  daysInMonth,
  isoDay,
  isoTime,
  nearestDay,
} from './calendar.ts';
import type { LocalDateOrTime } from './command.ts';
import { isOddDate, oddTime, refuseOddDate } from './odd-dates.ts';
import type { Reader } from './reader.ts';
import * as sentences from './sentences.ts';

const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const isoClock = /^(\d{2}):(\d{2})$/;

/** Whether a day is written here, in our way or in another one that we refuse with a proposal. */
export function startsDate(reader: Reader): boolean {
  return isoDate.test(reader.word() ?? '') || isOddDate(reader);
}

/** Reads `2026-11-20` or `2026-11-20 08:00`; the caller has seen that a date starts here. */
export function readDateOrTime(reader: Reader): LocalDateOrTime {
  const match = isoDate.exec(reader.word() ?? '');
  if (!match) return refuseOddDate(reader);
  const day: Day = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  if (!dayExists(day)) refuseMissingDay(reader, day);
  reader.skip();
  return { date: isoDay(day), time: readTime(reader, day) };
}

function refuseMissingDay(reader: Reader, day: Day): never {
  const nearest = isoDay(nearestDay(day));
  const sentence =
    day.month < 1 || day.month > 12
      ? sentences.noSuchMonth(isoDay(day), day.month)
      : sentences.noSuchDay(dayInWords(day), daysInMonth(day.year, day.month));
  reader.refuse(sentence, { remove: 1, insert: nearest });
}

function readTime(reader: Reader, day: Day): string | undefined {
  const word = reader.word() ?? '';
  const match = isoClock.exec(word);
  if (!match) {
    const odd = oddTime(reader);
    if (odd) reader.refuse(sentences.timesAreWritten(reader.written(odd.remove)), odd);
    return undefined;
  }
  const hour = Number(match[1]);
  const minute = Number(match[2]);
  if (hour === 24 && minute === 0) {
    reader.skip(-1);
    reader.refuse(sentences.midnight(), { remove: 2, insert: `${isoDay(dayAfter(day))} 00:00` });
  }
  if (hour > 23 || minute > 59) {
    const nearest = hour > 23 ? '23:59' : isoTime(hour, between(0, minute, 59));
    reader.refuse(sentences.noSuchTime(word), { remove: 1, insert: nearest });
  }
  reader.skip();
  return word;
}
