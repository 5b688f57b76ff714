import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Command,
  defaultRequest,
  type ExportRequest,
} from '../../../src/bot/grammar/command.ts';
import { parseCommand } from '../../../src/bot/grammar/parse.ts';
import { printCommand } from '../../../src/bot/grammar/print.ts';
import { BadCommandError } from '../../../src/errors.ts';

const requested = (request: Partial<ExportRequest>): Command => ({
  kind: 'export',
  request: { ...defaultRequest, ...request },
});

const day = (date: string, time?: string) => ({ date, time });

function refusalOf(text: string): { sentence: string; suggestion: string } {
  try {
    parseCommand(text);
  } catch (error) {
    if (!(error instanceof BadCommandError)) throw error;
    return { sentence: error.userMessage, suggestion: error.suggestion ?? '' };
  }
  throw new Error(`not refused: ${text}`);
}

describe('ranges', () => {
  test.each<[string, ExportRequest['range']]>([
    ['export', { kind: 'last', count: 7, unit: 'days' }],
    ['export today', { kind: 'today' }],
    ['export yesterday', { kind: 'yesterday' }],
    ['export last 1 day', { kind: 'last', count: 1, unit: 'days' }],
    ['export last 30 days', { kind: 'last', count: 30, unit: 'days' }],
    ['export last 2 weeks', { kind: 'last', count: 2, unit: 'weeks' }],
    ['export last 36 months', { kind: 'last', count: 36, unit: 'months' }],
    ['export this week', { kind: 'calendar', which: 'this', unit: 'week' }],
    ['export this month', { kind: 'calendar', which: 'this', unit: 'month' }],
    ['export last week', { kind: 'calendar', which: 'last', unit: 'week' }],
    ['export last month', { kind: 'calendar', which: 'last', unit: 'month' }],
    ['export 2026-11-13', { kind: 'dates', from: day('2026-11-13'), to: day('2026-11-13') }],
    [
      'export 2024-02-29 to 2026-11-13',
      { kind: 'dates', from: day('2024-02-29'), to: day('2026-11-13') },
    ],
    [
      'export 2026-11-13 08:00 to 2026-11-13 18:30',
      { kind: 'dates', from: day('2026-11-13', '08:00'), to: day('2026-11-13', '18:30') },
    ],
    [
      'export 2026-11-13 08:00 to 2026-11-13',
      { kind: 'dates', from: day('2026-11-13', '08:00'), to: day('2026-11-13') },
    ],
    [
      'export 2026-11-13 to 2026-11-14 00:00',
      { kind: 'dates', from: day('2026-11-13'), to: day('2026-11-14', '00:00') },
    ],
    ['export since last export', { kind: 'since_last' }],
    ['export since 2026-11-01', { kind: 'since', from: day('2026-11-01') }],
    ['export since 2026-11-01 23:59', { kind: 'since', from: day('2026-11-01', '23:59') }],
  ])('reads %s', (text, range) => {
    expect(parseCommand(text)).toEqual(requested({ range }));
  });
});

const since = { kind: 'since', from: day('2026-11-01') } as const;

describe('clauses', () => {
  test.each<[string, Partial<ExportRequest>]>([
    ['export queue all', { queues: 'all' }],
    ['export queue "all"', { queues: ['all'] }],
    ['export queue "Support"', { queues: ['Support'] }],
    [
      'export queue "Support","Sales" , "EMEA, late"',
      { queues: ['Support', 'Sales', 'EMEA, late'] },
    ],
    ['export queue "A", "a", "B"', { queues: ['A', 'B'] }],
    ['export queue "say ""hi"""', { queues: ['say "hi"'] }],
    ['export queue “Support”, „Vertrieb“, «Ventes»', { queues: ['Support', 'Vertrieb', 'Ventes'] }],
    ['export queue "Team «A»"', { queues: ['Team «A»'] }],
    ['export queue "❤️ Suport 👩‍💻"', { queues: ['❤️ Suport 👩‍💻'] }],
    ['export queue " in channel by "', { queues: ['in channel by'] }],
    ['export queue "Customer Care" channel voice', { queues: ['Customer Care'], channel: 'voice' }],
    ['export agent "Bob", "bob", "Al"', { agents: ['Bob', 'Al'] }],
    ['export through "A", "B" containing "to me"', { through: ['A', 'B'], containing: ['to me'] }],
    ['export since 2026-11-01 through "A"', { range: since, through: ['A'] }],
    ['export customer Ava+Shop@Example.org', { customer: 'ava+shop@example.org' }],
    ['export customer "ava@example.org" queue "A"', { customer: 'ava@example.org', queues: ['A'] }],
    ['export channel voice', { channel: 'voice' }],
    ['export by ended', { by: 'ended' }],
    ['export by created channel chat', {}],
    ['export in europe/berlin', { zone: 'Europe/Berlin' }],
    ['export in Europe/Kyiv', { zone: 'Europe/Kyiv' }],
    [
      'export in UTC by ended queue "A" channel all',
      { zone: 'UTC', by: 'ended', queues: ['A'], channel: 'all' },
    ],
  ])('reads %s', (text, request) => {
    expect(parseCommand(text)).toEqual(requested(request));
  });
});

describe('other commands', () => {
  test.each<[string, Command]>([
    ['history', { kind: 'history', count: 10 }],
    ['History 3', { kind: 'history', count: 3 }],
    ['run e7k2', { kind: 'run', ref: 'E7K2', toMe: false }],
    ['Run E7K2 to me', { kind: 'run', ref: 'E7K2', toMe: true }],
    ['retry e7k2', { kind: 'retry', ref: 'E7K2' }],
    ['', { kind: 'help' }],
    [' \u200b\n', { kind: 'help' }],
    ['``', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['help me with "export', { kind: 'help' }],
    ['hlep', { kind: 'help' }],
    ['?', { kind: 'help' }],
    ['hello', { kind: 'help' }],
    ['login', { kind: 'login' }],
    ['LOGOUT', { kind: 'logout' }],
    ['WhoAmI', { kind: 'whoami' }],
    ['status', { kind: 'status' }],
    ['cancel', { kind: 'cancel', ref: undefined }],
    ['cancel e7k2', { kind: 'cancel', ref: 'E7K2' }],
    ['cancel next', { kind: 'cancel', ref: 'NEXT' }],
  ])('reads "%s"', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });
});

test.each([
  ['another case', 'ExPoRt LAST 7 dAyS'],
  ['odd spaces', '\u00a0export\u2003last\t7 \n days\u202f'],
  ['invisible characters', '\ufeffex\u200bport last\u2060 7 da\u00adys\u200e'],
  ['full-width letters', 'ｅｘｐｏｒｔ　ｌａｓｔ　７　ｄａｙｓ'],
  ['a code block', '```\nexport last 7 days\n```'],
  ['inline code', '`export last 7 days`'],
])('reads a command in spite of %s', (_what, text) => {
  expect(parseCommand(text)).toEqual(requested({}));
});

test('reads dates with the dashes that phones insert', () => {
  const range = { kind: 'since', from: day('2026-11-01') } as const;
  expect(parseCommand('export since 2026‑11–01')).toEqual(requested({ range }));
});

describe('refused commands', () => {
  test.each(recordedCases())('answers %s', (typed, sentence, suggestion) => {
    expect(refusalOf(typed)).toEqual({ sentence, suggestion });
  });

  test.each(recordedCases())('proposes a valid command for %s', (_typed, _sentence, suggestion) => {
    expect(printCommand(parseCommand(suggestion))).toBe(suggestion);
  });

  test('takes the first of two commands in one message', () => {
    expect(refusalOf('export today\nexport yesterday')).toEqual({
      sentence: 'I take one command in a message.',
      suggestion: 'export today',
    });
  });

  test('refuses more than 500 characters without reading them', () => {
    const sentence = 'That is longer than the 500 characters I read.';
    const suggestion = 'export last 7 days';
    expect(refusalOf(`help ${'x'.repeat(10_000)}`)).toEqual({ sentence, suggestion });
    expect(refusalOf(`export queue "${'x'.repeat(486)}"`)).toEqual({ sentence, suggestion });
    expect(parseCommand(`export last 7 days queue "${'x'.repeat(473)}"`)).toMatchObject({
      kind: 'export',
    });
  });

  test('refuses a command whose canonical spelling would be too long to be read again', () => {
    const names = Array.from({ length: 60 }, (_, index) => `«"${index}"»`).join(',');
    expect(refusalOf(`export queue ${names}`)).toEqual({
      sentence: 'That is longer than the 500 characters I read.',
      suggestion: 'export last 7 days',
    });
  });

  test('shortens what it quotes back', () => {
    const { sentence } = refusalOf(`${'🎉'.repeat(50)}`);
    expect(sentence).toBe(`I don't know "${'🎉'.repeat(40)}…".`);
  });

  test('gives up on a text with very many mistakes and proposes a plain command', () => {
    const { suggestion } = refusalOf(`export ${'foo in bar '.repeat(40)}`);
    expect(suggestion).toBe('export last 7 days');
  });
});

function recordedCases(): [typed: string, sentence: string, suggestion: string][] {
  const recorded = readFileSync(new URL('refused.txt', import.meta.url), 'utf8');
  return recorded
    .split('\n\n')
    .filter((block) => !block.startsWith('#'))
    .map((block) => {
      const [typed = '', sentence = '', suggestion = ''] = block.trimEnd().split('\n');
      return [typed, sentence.trim(), suggestion.trim()];
    });
}
