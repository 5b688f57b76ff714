import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultRequest, type ExportRequest } from '../../../src/bot/grammar/command.ts';
import { parseCommand } from '../../../src/bot/grammar/parse.ts';
import { describeFilters, printCommand } from '../../../src/bot/grammar/print.ts';
import { tokenise } from '../../../src/bot/grammar/tokens.ts';
import { BadCommandError } from '../../../src/errors.ts';
import { command } from './commands.ts';

describe('printing and reading', () => {
  test('gives the same command again', () => {
    fc.assert(
      fc.property(command, (original) => {
        expect(parseCommand(printCommand(original))).toEqual(original);
      }),
      { numRuns: 1_000 },
    );
  });

  test('gives the same command again whatever the case and the spaces', () => {
    fc.assert(
      fc.property(command, fc.constantFrom(' ', '\u00a0', '\n', '  '), (original, space) => {
        const inUnits = printCommand(original).split('"');
        // Names keep their case; every second part lies between quotes.
        const shouted = inUnits.map((part, index) =>
          index % 2 === 0 ? part.toUpperCase().replaceAll(' ', space) : part,
        );
        expect(parseCommand(shouted.join('"'))).toEqual(original);
      }),
    );
  });

  test('never fails otherwise than with a sentence and a valid proposal', () => {
    const words = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            ...'export last 7 days this week queue "A" " , all channel chat by ended in berlin since to'.split(
              ' ',
            ),
            ...'2026-11-01 08:00 01/02/2026 march 5 2026 from next 9am 24:00 -3 1.5 cancel E7K2 help'.split(
              ' ',
            ),
          ),
          fc.string({ unit: 'grapheme', maxLength: 8 }),
        ),
        { maxLength: 16 },
      )
      .map((all) => all.join(' '));
    const whens = fc
      .array(
        fc.constantFrom(
          ...'every each day weekday month monday mon on the 1st 32nd last day 31 0 at 08:00 9am 25:99 daily'.split(
            ' ',
          ),
        ),
        { maxLength: 6 },
      )
      .map((all) => all.join(' '));
    const text = fc.oneof(
      words,
      words.map((some) => `export ${some}`),
      fc
        .tuple(whens, words, words)
        .map(([when, some, others]) => `schedule ${when} ${some} export ${others}`),
      fc.string({ unit: 'binary', maxLength: 600 }),
    );
    fc.assert(
      fc.property(text, (typed) => {
        const suggestion = suggestionFor(typed);
        expect(printCommand(parseCommand(suggestion))).toBe(suggestion);
      }),
      { numRuns: 3_000 },
    );
  });
});

/** What a text is refused with, or itself in the canonical spelling. */
function suggestionFor(typed: string): string {
  try {
    return printCommand(parseCommand(typed));
  } catch (error) {
    if (!(error instanceof BadCommandError)) throw error;
    expect(error.userMessage).toMatch(/[.?]$/);
    expect(error.userMessage).not.toContain('undefined');
    return error.suggestion ?? '';
  }
}

test.each([
  ['export', 'export last 7 days'],
  ['export last 1 days', 'export last 1 day'],
  ['export 2026-11-01 to 2026-11-01', 'export 2026-11-01'],
  [
    'export today in utc by ended channel all queue “A ""1"" B”',
    'export today queue "A ""1"" B" channel all by ended in UTC',
  ],
  ['export queue all by created channel chat', 'export last 7 days queue all'],
  ['cancel e7k2', 'cancel E7K2'],
])('prints %s as %s', (typed, printed) => {
  expect(printCommand(parseCommand(typed))).toBe(printed);
});

test('doubles only the quotation marks that would end the name', () => {
  expect(tokenise('"a ““b”” «c» \'d\'"')).toEqual([{ kind: 'quoted', text: "a “b” «c» 'd'" }]);
});

test.each<[Partial<ExportRequest>, string]>([
  [{}, 'live chat'],
  [{ queues: ['Support'] }, 'live chat, queue "Support"'],
  [{ channel: 'all', by: 'ended' }, 'all channels, by end time'],
  [{ channel: 'digital', queues: 'all' }, 'all digital channels, all queues'],
  [{ channel: 'voice', queues: ['A', 'B'] }, 'voice calls, queues "A" and "B"'],
  [{ channel: 'email', queues: ['A', 'B', 'C'] }, 'email, queues "A", "B" and "C"'],
  [{ channel: 'social' }, 'social messaging'],
])('says %o in plain words', (request, words) => {
  expect(describeFilters({ ...defaultRequest, ...request })).toBe(words);
});
