import { describe, expect, test } from 'vitest';
import { defaultRequest } from '../../../src/bot/grammar/command.ts';
import { parseCommand } from '../../../src/bot/grammar/parse.ts';
import { printCommand } from '../../../src/bot/grammar/print.ts';
import { BadCommandError } from '../../../src/errors.ts';
import type { Recurrence } from '../../../src/export/recurrence.ts';

test.each<[string, Recurrence]>([
  ['every monday 08:00', { kind: 'weekly', day: 'monday', time: '08:00' }],
  ['every Sunday at 23:59', { kind: 'weekly', day: 'sunday', time: '23:59' }],
  ['every day 00:00', { kind: 'daily', time: '00:00' }],
  ['every weekday 07:30', { kind: 'weekdays', time: '07:30' }],
  ['every month on day 1 08:00', { kind: 'monthly', day: 1, time: '08:00' }],
  ['every month on the 1st 08:00', { kind: 'monthly', day: 1, time: '08:00' }],
  ['every month on the 22nd at 08:00', { kind: 'monthly', day: 22, time: '08:00' }],
  ['every month on day 31 08:00', { kind: 'monthly', day: 31, time: '08:00' }],
])('reads %s', (when, recurrence) => {
  expect(parseCommand(`schedule ${when} export`)).toEqual({
    kind: 'schedule',
    recurrence,
    request: defaultRequest,
  });
});

test('takes every clause that an export takes', () => {
  const clauses =
    'last week queue "Sales", "A b" channel all by ended in Europe/Berlin as csv redact to me';
  const whole = parseCommand(`export ${clauses}`);
  const scheduled = parseCommand(`schedule every monday 08:00 export ${clauses}`);
  expect(scheduled).toMatchObject({ request: whole.kind === 'export' && whole.request });
});

function refusalOf(text: string): [sentence: string, suggestion: string] {
  try {
    parseCommand(text);
  } catch (error) {
    if (!(error instanceof BadCommandError)) throw error;
    return [error.userMessage, error.suggestion ?? ''];
  }
  throw new Error(`not refused: ${text}`);
}

const monday = 'schedule every monday 08:00 export last week';
const when = (not = '') => `After "schedule" I expect when, such as every monday 08:00${not}.`;
const what = (not = '') => `After "every" I expect day, weekday, month or a day of the week${not}.`;
const which = 'Which day of the month? I expect "on day 1", or "on the 1st".';
const time = 'At what time? I expect HH:MM before the word "export".';

describe('is refused with its sentence and the nearest valid command:', () => {
  test.each([
    ['schedule', when(), 'schedule every monday 08:00 export last 7 days'],
    ['schedule export last week', when(), monday],
    ['schedule monday 08:00 export last week', when(', not "monday"'), monday],
    ['schedule weekly 08:00 export last week', when(', not "weekly"'), monday],
    ['schedule tomorrow export last week', when(', not "tomorrow"'), monday],
    [
      'schedule daily 8:00 export yesterday',
      when(', not "daily"'),
      'schedule every day 08:00 export yesterday',
    ],
    [
      'schedule evry monday 08:00 export last week',
      `I don't know "evry" here. Did you mean "every"?`,
      monday,
    ],
    ['schedule every mon 08:00 export last week', what(', not "mon"'), monday],
    ['schedule every mnday 08:00 export last week', what(', not "mnday"'), monday],
    ['schedule every week 08:00 export last week', what(', not "week"'), monday],
    ['schedule every 08:00 export last week', what(), monday],
    ['schedule every', what(), 'schedule every monday 08:00 export last 7 days'],
    ['schedule every monday export last week', time, monday],
    ['schedule every monday at export last week', time, monday],
    [
      'schedule every monday 8am export last week',
      'I read times as HH:MM on the 24-hour clock only, not "8am".',
      monday,
    ],
    [
      'schedule every monday 8:00 export last week',
      'I read times as HH:MM on the 24-hour clock only, not "8:00".',
      monday,
    ],
    [
      'schedule every monday 24:00 export last week',
      '24:00 is not a time of day.',
      'schedule every monday 00:00 export last week',
    ],
    [
      'schedule every monday 08:75 export last week',
      '08:75 is not a time of day.',
      'schedule every monday 08:59 export last week',
    ],
    [
      'schedule every month 08:00 export today',
      which,
      'schedule every month on day 1 08:00 export today',
    ],
    [
      'schedule every month day 5 08:00 export today',
      which,
      'schedule every month on day 5 08:00 export today',
    ],
    [
      'schedule every month on 5 08:00 export today',
      which,
      'schedule every month on day 5 08:00 export today',
    ],
    [
      'schedule every month on day 5th 08:00 export today',
      which,
      'schedule every month on day 5 08:00 export today',
    ],
    [
      'schedule every month on day 08:00 export today',
      which,
      'schedule every month on day 1 08:00 export today',
    ],
    [
      'schedule every month on day 32 08:00 export today',
      'No month has a day "32"; the days go from 1 to 31.',
      'schedule every month on day 31 08:00 export today',
    ],
    [
      'schedule every month on the 0th 08:00 export today',
      'No month has a day "0th"; the days go from 1 to 31.',
      'schedule every month on day 1 08:00 export today',
    ],
    [
      'schedule every month on the last day 08:00 export today',
      'The last day of the month is day 31: a shorter month counts with its last day.',
      'schedule every month on day 31 08:00 export today',
    ],
    [
      'schedule every monday 08:00 in Europe/Berlin export last week',
      'The time zone stands behind the export.',
      `${monday} in Europe/Berlin`,
    ],
    [
      'schedule every monday 08:00',
      'After the time I expect a whole export, such as export last week.',
      'schedule every monday 08:00 export last 7 days',
    ],
    [
      'schedule every monday 08:00 last week',
      'After the time I expect a whole export, such as export last week, not "last".',
      monday,
    ],
    [
      'schedule every monday 08:00 status',
      'After the time I expect a whole export, such as export last week, not "status".',
      'schedule every monday 08:00 export last 7 days',
    ],
    [
      'schedule every monday 08:00 export 2026-11-01 to 2026-11-08 queue "A"',
      'With fixed dates every run would be the same; a schedule needs a range that moves on.',
      'schedule every monday 08:00 export last 7 days queue "A"',
    ],
    [
      'schedule every monday 08:00 export last wek',
      `I count in days, weeks or months; I don't know "wek".`,
      'schedule every monday 08:00 export last week',
    ],
    [
      'every monday 08:00 export last week',
      'What is to run again and again starts with the word "schedule".',
      monday,
    ],
    [
      'unschedule',
      'After "unschedule" I expect the reference of a schedule; "schedules" lists yours.',
      'schedules',
    ],
    [
      'unschedule everything',
      '"everything" is not the reference of a schedule: those are four letters and digits, such as K7Q2.',
      'schedules',
    ],
    ['schedules of mine', 'Nothing can follow "schedules".', 'schedules'],
  ])('%s', (typed, sentence, suggestion) => {
    expect(refusalOf(typed)).toEqual([sentence, suggestion]);
    expect(printCommand(parseCommand(suggestion))).toBe(suggestion);
  });
});
