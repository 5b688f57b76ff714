import {
  type Day,
  dayExists,
  dayInWords,
  daysInMonth,
  isoDay,
  isoTime,
  monthNames,
} from './calendar.ts';
import { type Reader, Refusal } from './reader.ts';
import * as sentences from './sentences.ts';
import { type Token, tokenise } from './tokens.ts';

/*
 * Days and times written in another way than ours. They are never run, only recognised well enough to
 * propose what may have been meant. Where the order of day and month cannot be told, there are two
 * proposals.
 */

interface Proposal {
  readonly remove: number;
  readonly insert: string;
}

export function isOddDate(reader: Reader): boolean {
  return slashedDate(reader.word() ?? '') !== undefined || proposal(reader) !== undefined;
}

export function refuseOddDate(reader: Reader): never {
  const word = reader.word() ?? '';
  if (slashedDate(word)) refuseSlashedDate(reader, word);
  const meant = proposal(reader) ?? { remove: 1, insert: '' };
  reader.refuse(sentences.datesAreWritten(reader.written(meant.remove)), meant);
}

function refuseSlashedDate(reader: Reader, word: string): never {
  const readings = orders.flatMap((order) => {
    const day = slashedDate(word)?.[order];
    const tokens = reader.tokens.map((token) => withIsoDate(token, order));
    return day && dayExists(day) && !tokens.includes(undefined)
      ? [{ day, tokens: tokens.filter((token) => token !== undefined) }]
      : [];
  });
  const written = reader.written(1);
  const sentence = sentences.datesAreWritten(written);
  const [first, second] = readings;
  if (!first) reader.refuse(sentence, { remove: 1, insert: lastResort(word) });
  if (!second) throw new Refusal(sentence, [first.tokens]);
  const ambiguous = ([forFirst = '', forSecond = '']: readonly string[]) =>
    forFirst === forSecond
      ? sentence
      : sentences.ambiguousDate(written, [
          { meaning: dayInWords(first.day), command: forFirst },
          { meaning: dayInWords(second.day), command: forSecond },
        ]);
  throw new Refusal(ambiguous, [first.tokens, second.tokens]);
}

/** Day first, month first: the places of the two readings below. */
const orders = [0, 1] as const;

/** `01/02/2026` in both readings; a year of two digits belongs to this century. */
function slashedDate(word: string): readonly [Day, Day] | undefined {
  const match = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/.exec(word);
  if (!match) return undefined;
  const [one, two, written] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const year = match[4]?.length === 2 ? 2000 + written : written;
  return [
    { year, month: two, day: one },
    { year, month: one, day: two },
  ];
}

/** All dates of one command are read in the same order; undefined when that makes one impossible. */
function withIsoDate(token: Token, order: 0 | 1): Token | undefined {
  const day = token.kind === 'word' ? slashedDate(token.text)?.[order] : undefined;
  if (!day) return token;
  return dayExists(day) ? tokenise(isoDay(day))[0] : undefined;
}

/** For a day that exists in neither order: the order in which at least the month does. */
function lastResort(word: string): string {
  const day = slashedDate(word)?.find(({ month }) => month >= 1 && month <= 12);
  return day ? isoDay(day) : '';
}

/** What a date that starts here would be in our spelling. */
function proposal(reader: Reader): Proposal | undefined {
  const words = reader.words(3);
  const inOneWord = oneWord(words[0] ?? '');
  if (inOneWord !== undefined) return { remove: 1, insert: inOneWord };
  // "March 5, 2026" is the one comma that belongs to a date.
  const comma = reader.peek(2)?.kind === 'comma' && yearNumber(reader.word(3) ?? '') !== undefined;
  const dayAndYear = comma ? [...words, reader.word(3) ?? ''] : words;
  const day = dayWithMonthName(dayAndYear);
  if (day !== undefined) return { remove: day.remove + (comma ? 1 : 0), insert: day.insert };
  return wholeMonth(reader, words) ?? dayWithoutYear(words);
}

function oneWord(word: string): string | undefined {
  const yearFirst =
    /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(word) ?? /^(\d{4})()(\d{2})(\d{2})$/.exec(word);
  if (yearFirst) {
    const [, year, , month, day] = yearFirst.map(Number);
    return isoDay({ year: year ?? 0, month: month ?? 0, day: day ?? 0 });
  }
  const withTime = /^(\d{4}-\d{2}-\d{2})t(\d{2}:\d{2})/.exec(word);
  if (withTime) return `${withTime[1]} ${withTime[2]}`;
  const pair = /^(\d{4}-\d{2}-\d{2})(?:-|\/|\.{2,3})(\d{4}-\d{2}-\d{2})$/.exec(word);
  return pair ? `${pair[1]} to ${pair[2]}` : undefined;
}

/** `1 March 2026`, `March 1 2026`. */
function dayWithMonthName([first = '', second = '', third = '']: readonly string[]) {
  const month = monthNamed(first) ?? monthNamed(second);
  const day = dayNumber(monthNamed(first) === undefined ? first : second);
  const year = yearNumber(third);
  if (month === undefined || day === undefined || year === undefined) return undefined;
  return { remove: 3, insert: isoDay({ year, month, day }) };
}

/** `2026-03`, `March 2026`: from its first to its last day, or the one of them that the place asks for. */
function wholeMonth(reader: Reader, [first = '', second = '']: readonly string[]) {
  const numbers = /^(\d{4})-(\d{2})$/.exec(first);
  const month = numbers ? Number(numbers[2]) : monthNamed(first);
  const year = numbers ? Number(numbers[1]) : yearNumber(second);
  if (month === undefined || year === undefined) return undefined;
  const remove = numbers ? 1 : 2;
  const firstDay = isoDay({ year, month, day: 1 });
  const lastDay = isoDay({ year, month, day: daysInMonth(year, month) });
  if (reader.word(remove) === 'to') return { remove, insert: firstDay };
  if (reader.word(-1) === 'to') return { remove, insert: lastDay };
  return { remove, insert: `${firstDay} to ${lastDay}` };
}

/** Which year was meant cannot be told, but that a date was meant can. */
function dayWithoutYear([first = '', second = '']: readonly string[]): Proposal | undefined {
  if (/^\d{1,2}(?:\/\d{1,2}|\.\d{1,2}\.)$/.test(first)) return { remove: 1, insert: '' };
  const named = monthNamed(first) === undefined ? [second, first] : [first, second];
  const [month = '', day = ''] = named;
  if (monthNamed(month) === undefined || dayNumber(day) === undefined) return undefined;
  return { remove: 2, insert: '' };
}

function yearNumber(word: string): number | undefined {
  return /^\d{4}$/.test(word) ? Number(word) : undefined;
}

function monthNamed(word: string): number | undefined {
  const letters = word.replace(/\.$/, '');
  if (letters.length < 3) return undefined;
  const index = monthNames.findIndex((name) => name.toLowerCase().startsWith(letters));
  return index === -1 ? undefined : index + 1;
}

function dayNumber(word: string): number | undefined {
  const match = /^(\d{1,2})(?:st|nd|rd|th|\.)?$/.exec(word);
  return match ? Number(match[1]) : undefined;
}

/** `9:30`, `9.30`, `9am`, `10:42:30` in our spelling; undefined when no time is written here. */
export function oddTime(reader: Reader): Proposal | undefined {
  const word = reader.word() ?? '';
  const next = reader.word(1) ?? '';
  const half = /^[ap]m$/.test(next) ? next : '';
  const match = /^(\d{1,2})(?:[:.h](\d{2})(?::\d{2})?)?(am|pm|h|z)?$/.exec(word + half);
  if (!match || (match[2] === undefined && match[3] === undefined)) return undefined;
  const written = Number(match[1]);
  const noon = match[3] === 'pm' && written < 12 ? 12 : 0;
  const hour = match[3] === 'am' && written === 12 ? 0 : written + noon;
  return {
    remove: half === '' ? 1 : 2,
    insert: isoTime(hour, Number(match[2] ?? 0)),
  };
}
