import { between } from './calendar.ts';
import { closest } from './closest.ts';
import type { Unit } from './command.ts';
import { valueWord } from './keywords.ts';
import type { Reader } from './reader.ts';
import * as sentences from './sentences.ts';
import { tokenise } from './tokens.ts';

interface Count {
  readonly count: number;
  readonly unit: Unit;
}

const unitNames: ReadonlyMap<string, Unit> = new Map([
  ['day', 'days'],
  ['days', 'days'],
  ['week', 'weeks'],
  ['weeks', 'weeks'],
  ['month', 'months'],
  ['months', 'months'],
]);

/** More than this is older than 36 months on every day of the calendar; the window decides exactly. */
const most = { days: 1096, weeks: 156, months: 36 } as const satisfies Record<Unit, number>;
/** So many are within 36 months on every day of the calendar. */
const safe = { days: 1093, weeks: 156, months: 35 } as const satisfies Record<Unit, number>;

const whenUncounted = { days: 7, weeks: 2, months: 3 } as const satisfies Record<Unit, number>;

/** Reads the `7 days` of `last 7 days`; the reader stands behind `last`. */
export function readCount(reader: Reader): Count {
  const word = valueWord(reader);
  if (word === undefined || !/^[+-]?\d/.test(word)) return refuseWithoutCount(reader, word);
  const glued = /^([+-]?\d[\d.,]*)([a-z]+)$/.exec(word);
  if (glued) {
    const insert = `${glued[1]} ${glued[2]}`;
    reader.refuse(sentences.gluedCount(reader.written(1)), { remove: 1, insert });
  }
  reader.skip();
  const unit = readUnit(reader, word);
  const count = judgeCount(reader, word, unit);
  reader.skip();
  return { count, unit };
}

/** What `last` alone, `last days`, `last seven days` or `last quarter` may have meant. */
function refuseWithoutCount(reader: Reader, word: string | undefined): never {
  const token = reader.peek();
  if (token?.kind === 'quoted') {
    reader.refuse(sentences.lastWhat(), { remove: 1, insert: tokenise(token.text) });
  }
  if (word === undefined) {
    reader.skip(-1);
    reader.refuse(sentences.lastWhat(), { remove: 1, insert: 'last 7 days' });
  }
  const written = reader.written(1);
  const inDigits = numberWords.indexOf(word) + 1;
  if (inDigits > 0) {
    reader.refuse(sentences.countInDigits(written), { remove: 1, insert: String(inDigits) });
  }
  if (word === 'export') reader.refuse(sentences.lastExport(), lastExport(reader));
  const unit = unitNames.get(word);
  const near = closest(word, [...unitNames.keys()]);
  const sentence = sentences.unknownUnit(written);
  if (unit === undefined && near !== undefined)
    reader.refuse(sentence, { remove: 1, insert: near });
  reader.skip(-1);
  if (unit === undefined) {
    const insert = longUnits.get(word)?.(1) ?? '7 days';
    reader.refuse(sentence, { remove: 2, insert: `last ${insert}` });
  }
  const insert = word === 'day' ? 'yesterday' : `last ${whenUncounted[unit]} ${unit}`;
  reader.refuse(sentences.missingCount(unit), { remove: 2, insert });
}

/** `last export` lacks nothing but the word before it. */
function lastExport(reader: Reader) {
  reader.skip(-1);
  return { remove: 2, insert: 'since last export' };
}

const numberWords =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen'.split(' ');

/** Units we do not count in, and what comes nearest. */
const longUnits: ReadonlyMap<string, (count: number) => string> = new Map(
  Object.entries({
    hour: (count: number) => `${Math.ceil(count / 24)} days`,
    quarter: (count: number) => `${3 * count} months`,
    year: (count: number) => `${12 * count} months`,
  }).flatMap(([name, convert]) => [
    [name, convert],
    [`${name}s`, convert],
  ]),
);

function readUnit(reader: Reader, count: string): Unit {
  const word = valueWord(reader) ?? '';
  const unit = unitNames.get(word);
  if (unit !== undefined) return unit;
  const sentence = sentences.unknownUnit(word === '' ? undefined : reader.written(1));
  const near = closest(word, [...unitNames.keys()]) ?? shortUnits.get(word);
  if (near !== undefined) reader.refuse(sentence, { remove: 1, insert: near });
  const convert = longUnits.get(word);
  if (convert === undefined) reader.refuse(sentence, { insert: 'days' });
  reader.skip(-1);
  reader.refuse(sentence, { remove: 2, insert: convert(wholeNumber(count)) });
}

/** `7d`, once it is taken apart. */
const shortUnits: ReadonlyMap<string, Unit> = new Map([
  ['d', 'days'],
  ['w', 'weeks'],
  ['m', 'months'],
]);

/** The reader stands on the unit; a refusal exchanges count and unit together. */
function judgeCount(reader: Reader, word: string, unit: Unit): number {
  const count = wholeNumber(word);
  if (/^\d+$/.test(word) && Number(word) > 0 && Number(word) <= most[unit]) return count;
  reader.skip(-1);
  const refuse = (sentence: string, instead: number): never =>
    reader.refuse(sentence, { remove: 2, insert: `${instead} ${unit}` });
  const written = reader.written(1);
  if (/^-|^0+$/.test(word)) return refuse(sentences.countTooSmall(written), 1);
  if (/^\d+[.,]\d+$/.test(word)) return refuse(sentences.countNotWhole(written), count);
  if (!/^\d+$/.test(word)) return refuse(sentences.countInDigits(written), count);
  return refuse(sentences.countTooLarge(unit), safe[unit]);
}

/** At least the number written, as a whole one from 1 on; only for proposals when it was not one. */
function wholeNumber(word: string): number {
  const value = Number.parseFloat(word.replace(',', '.'));
  return between(1, Math.ceil(Math.abs(value)), 1_000_000);
}
