import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultRequest,
  type ExportRequest,
  type Range,
} from '../../../src/bot/grammar/command.ts';
import { parseCommand } from '../../../src/bot/grammar/parse.ts';
import { printCommand } from '../../../src/bot/grammar/print.ts';
import { resolveWindow } from '../../../src/bot/grammar/window.ts';
import { BadCommandError } from '../../../src/errors.ts';
import { localDay, wallClockMs } from '../../../src/time.ts';
import { request } from './commands.ts';

const ms = (iso: string) => Date.parse(iso);
const iso = (atMs: number) => new Date(atMs).toISOString().replace(':00.000Z', 'Z');

function rangeOf(text: string): Range {
  const command = parseCommand(`export ${text}`);
  if (command.kind !== 'export') throw new Error(`no export: ${text}`);
  return command.request.range;
}

function resolve(text: string, zone: string, now: string) {
  return resolveWindow(rangeOf(text), { nowMs: ms(now), zone });
}

function ends(text: string, zone: string, now: string) {
  const { window } = resolve(text, zone, now);
  return `${iso(window.fromMs)} ${iso(window.toMs)}`;
}

describe('since the last export', () => {
  const range = { kind: 'since_last' } as const;
  const now = { nowMs: ms('2026-11-20T09:42Z'), zone: 'Europe/Berlin' };
  const refusal = (lastEndMs?: number) => {
    try {
      return resolveWindow(range, {
        ...now,
        lastEndMs,
        filters: { ...defaultRequest, toMe: true },
      });
    } catch (error) {
      if (!(error instanceof BadCommandError)) throw error;
      return [error.userMessage, error.suggestion];
    }
  };

  test('begins where it ended', () => {
    const lastEndMs = ms('2026-11-13T07:00Z');
    const { window, endIsNow } = resolveWindow(range, { ...now, lastEndMs });
    expect(window).toEqual({ fromMs: lastEndMs, toMs: now.nowMs, zone: now.zone });
    expect(endIsNow).toBe(true);
  });

  test('is refused with another range where there is none, or nothing behind it', () => {
    expect(refusal()).toEqual([
      'I know no export of yours in this space with these filters that I could continue.',
      'export last 7 days to me',
    ]);
    expect(refusal(now.nowMs)).toEqual([
      expect.stringMatching(/^Your last export with these filters reaches until .*10:42.*, so/),
      'export today to me',
    ]);
  });
});

describe('on Friday 20 November 2026 at 10:42 in Berlin', () => {
  const now = '2026-11-20T09:42Z';

  test.each([
    ['today', '2026-11-19T23:00Z 2026-11-20T09:42Z'],
    ['yesterday', '2026-11-18T23:00Z 2026-11-19T23:00Z'],
    ['last 1 day', '2026-11-18T23:00Z 2026-11-20T09:42Z'],
    ['last 7 days', '2026-11-12T23:00Z 2026-11-20T09:42Z'],
    ['last 2 weeks', '2026-11-05T23:00Z 2026-11-20T09:42Z'],
    ['last 1 month', '2026-10-19T22:00Z 2026-11-20T09:42Z'],
    ['last 12 months', '2025-11-19T23:00Z 2026-11-20T09:42Z'],
    ['this week', '2026-11-15T23:00Z 2026-11-20T09:42Z'],
    ['this month', '2026-10-31T23:00Z 2026-11-20T09:42Z'],
    ['last week', '2026-11-08T23:00Z 2026-11-15T23:00Z'],
    ['last month', '2026-09-30T22:00Z 2026-10-31T23:00Z'],
    ['2026-11-13', '2026-11-12T23:00Z 2026-11-13T23:00Z'],
    ['2026-11-13 to 2026-11-14', '2026-11-12T23:00Z 2026-11-14T23:00Z'],
    ['2026-11-13 08:00 to 2026-11-13 18:30', '2026-11-13T07:00Z 2026-11-13T17:30Z'],
    ['2026-11-13 08:00 to 2026-11-14', '2026-11-13T07:00Z 2026-11-14T23:00Z'],
    ['2026-11-13 to 2026-11-14 12:00', '2026-11-12T23:00Z 2026-11-14T11:00Z'],
    ['since 2026-11-13', '2026-11-12T23:00Z 2026-11-20T09:42Z'],
    ['since 2026-11-13 08:00', '2026-11-13T07:00Z 2026-11-20T09:42Z'],
  ])('%s is %s', (text, window) => {
    expect(ends(text, 'Europe/Berlin', now)).toBe(window);
  });

  test.each([
    ['today', true, false],
    ['yesterday', false, false],
    ['last 7 days', true, false],
    ['last week', false, false],
    ['this month', true, false],
    ['since 2026-11-13', true, false],
    ['2026-11-13', false, false],
    ['2026-11-20', true, true],
    ['2026-11-13 to 2027-02-01', true, true],
    ['2026-11-20 08:00 to 2026-11-20 10:42', false, false],
    ['2026-11-20 08:00 to 2026-11-20 10:43', true, true],
  ])('%s ends now: %s, was cut: %s', (text, endIsNow, endWasInFuture) => {
    expect(resolve(text, 'Europe/Berlin', now)).toMatchObject({ endIsNow, endWasInFuture });
  });

  test('cuts an end in the future at this moment and names the zone', () => {
    expect(resolve('2026-11-20 to 2026-11-30', 'Europe/Berlin', now).window).toEqual({
      fromMs: ms('2026-11-19T23:00Z'),
      toMs: ms(now),
      zone: 'Europe/Berlin',
    });
  });
});

describe('the same day of a month that is too short', () => {
  test.each([
    ['last 1 month', '2026-03-31T12:00Z', '2026-02-28'],
    ['last 1 month', '2024-03-31T12:00Z', '2024-02-29'],
    ['last 12 months', '2024-02-29T12:00Z', '2023-02-28'],
    ['last 5 months', '2026-07-31T12:00Z', '2026-02-28'],
    ['last 2 months', '2026-01-31T12:00Z', '2025-11-30'],
  ])('is its last day: %s on %s starts on %s', (text, now, date) => {
    expect(localDay(resolve(text, 'UTC', now).window.fromMs, 'UTC')).toBe(date);
  });
});

describe('weeks and months', () => {
  test.each([
    ['this week', '2026-11-16T00:00:01Z', '2026-11-16T00:00Z 2026-11-16T00:00:01.000Z'],
    ['this week', '2026-11-22T23:59Z', '2026-11-16T00:00Z 2026-11-22T23:59Z'],
    ['last week', '2026-11-16T00:00Z', '2026-11-09T00:00Z 2026-11-16T00:00Z'],
    ['last week', '2026-11-22T23:59Z', '2026-11-09T00:00Z 2026-11-16T00:00Z'],
    ['last month', '2026-03-01T00:00Z', '2026-02-01T00:00Z 2026-03-01T00:00Z'],
    ['last month', '2026-01-31T00:00Z', '2025-12-01T00:00Z 2026-01-01T00:00Z'],
  ])('start on Monday and on the first: %s at %s is %s', (text, now, window) => {
    expect(ends(text, 'UTC', now)).toBe(window);
  });
});

describe('when the clocks change', () => {
  test.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00Z 2026-03-29T22:00Z', 23],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00Z 2026-10-25T23:00Z', 25],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00Z 2026-03-09T04:00Z', 23],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00Z 2026-11-02T05:00Z', 25],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30Z 2026-10-04T13:00Z', 23.5],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00Z 2026-04-05T13:30Z', 24.5],
    ['Australia/Adelaide', '2026-10-04', '2026-10-03T14:30Z 2026-10-04T13:30Z', 23],
    ['Australia/Adelaide', '2026-04-05', '2026-04-04T13:30Z 2026-04-05T14:30Z', 25],
    ['Asia/Kolkata', '2026-03-29', '2026-03-28T18:30Z 2026-03-29T18:30Z', 24],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00Z 2026-04-24T21:00Z', 23],
    ['Africa/Cairo', '2026-04-23', '2026-04-22T22:00Z 2026-04-23T22:00Z', 24],
    ['Africa/Cairo', '2026-10-29', '2026-10-28T21:00Z 2026-10-29T22:00Z', 25],
    ['America/Santiago', '2026-09-06', '2026-09-06T04:00Z 2026-09-07T03:00Z', 23],
    ['America/Havana', '2026-10-31', '2026-10-31T04:00Z 2026-11-01T04:00Z', 24],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00Z 2026-11-02T05:00Z', 25],
    ['America/Asuncion', '2024-10-06', '2024-10-06T04:00Z 2024-10-07T03:00Z', 23],
  ])('a whole day in %s on %s is %s, %d hours', (zone, date, window, hours) => {
    expect(ends(date, zone, '2026-11-20T09:42Z')).toBe(window);
    const { fromMs, toMs } = resolve(date, zone, '2026-11-20T09:42Z').window;
    expect((toMs - fromMs) / 3_600_000).toBe(hours);
  });

  test.each([
    ['Europe/Berlin', '2026-03-30T08:00Z', '2026-03-22T23:00Z 2026-03-30T08:00Z'],
    ['Europe/Berlin', '2026-10-26T08:00Z', '2026-10-18T22:00Z 2026-10-26T08:00Z'],
    ['America/New_York', '2026-03-09T15:00Z', '2026-03-02T05:00Z 2026-03-09T15:00Z'],
    ['Australia/Lord_Howe', '2026-10-05T01:00Z', '2026-09-27T13:30Z 2026-10-05T01:00Z'],
    ['Australia/Lord_Howe', '2026-04-06T01:00Z', '2026-03-29T13:00Z 2026-04-06T01:00Z'],
    ['Asia/Kolkata', '2026-10-26T08:00Z', '2026-10-18T18:30Z 2026-10-26T08:00Z'],
    // Seven days after a day without midnight, the range starts when that day did: at 01:00.
    ['Africa/Cairo', '2026-05-01T08:00Z', '2026-04-23T22:00Z 2026-05-01T08:00Z'],
    ['America/Santiago', '2026-09-13T15:00Z', '2026-09-06T04:00Z 2026-09-13T15:00Z'],
  ])('last 7 days in %s at %s still start at the start of a day', (zone, now, window) => {
    expect(ends('last 7 days', zone, now)).toBe(window);
  });

  test.each([
    [
      'the night the clocks go forward',
      '2026-03-29 01:30 to 2026-03-29 02:30',
      '2026-03-29T00:30Z 2026-03-29T01:00Z',
    ],
    [
      'a start that is left out',
      '2026-03-29 02:30 to 2026-03-29 04:00',
      '2026-03-29T01:00Z 2026-03-29T02:00Z',
    ],
    [
      'both hours that have the same name',
      '2026-10-25 02:00 to 2026-10-25 03:00',
      '2026-10-25T00:00Z 2026-10-25T02:00Z',
    ],
    [
      'the night the clocks go back',
      '2026-10-25 00:00 to 2026-10-25 02:00',
      '2026-10-24T22:00Z 2026-10-25T00:00Z',
    ],
    ['a start that exists twice', 'since 2026-10-25 02:30', '2026-10-25T00:30Z 2026-11-20T09:42Z'],
  ])('takes %s as written down in time.ts: %s is %s', (_what, text, window) => {
    expect(ends(text, 'Europe/Berlin', '2026-11-20T09:42Z')).toBe(window);
  });

  test('covers the whole hour that runs twice when it is typed during it', () => {
    expect(ends('today', 'Europe/Berlin', '2026-10-25T01:30Z')).toBe(
      '2026-10-24T22:00Z 2026-10-25T01:30Z',
    );
  });
});

describe('refuses', () => {
  function refusal(
    text: string,
    { zone = 'Europe/Berlin', now = '2026-11-20T09:42Z', filters = {} } = {},
  ): readonly [sentence: string, suggestion: string | undefined] {
    try {
      const kept: ExportRequest = { ...defaultRequest, ...filters };
      resolveWindow(rangeOf(text), { nowMs: ms(now), zone, filters: kept });
    } catch (error) {
      if (error instanceof BadCommandError) return [error.userMessage, error.suggestion];
    }
    throw new Error(`not refused: ${text}`);
  }

  test.each([
    ['2026-11-21', 'Sat 21 Nov 2026 00:00'],
    ['since 2026-11-20 10:43', 'Fri 20 Nov 2026 10:43'],
    ['2027-01-01 to 2027-01-05', 'Fri 1 Jan 2027 00:00'],
    ['9999-12-31', 'Fri 31 Dec 9999 00:00'],
  ])('a start in the future: %s', (text, start) => {
    expect(refusal(text)).toEqual([`That starts in the future, at ${start}.`, 'export today']);
  });

  test('a window that begins in the very moment of the command', () => {
    const begun = 'That window begins just now, so there is nothing in it yet.';
    const now = '2026-11-15T23:00Z';
    expect(refusal('today', { now })).toEqual([begun, 'export yesterday']);
    expect(refusal('this week', { now })).toEqual([begun, 'export yesterday']);
  });

  test.each([
    ['last 36 months', 'Mon 20 Nov 2023 00:00', 'export since 2023-11-21'],
    ['last 1096 days', 'Mon 20 Nov 2023 00:00', 'export since 2023-11-21'],
    ['since 2023-11-20 11:41', 'Mon 20 Nov 2023 11:41', 'export since 2023-11-21'],
    ['since 0001-01-01', 'Mon 1 Jan 1 00:00', 'export since 2023-11-21'],
    ['2023-11-20', 'Mon 20 Nov 2023 00:00', 'export 2023-11-21'],
    ['2020-01-01 to 2020-12-31', 'Wed 1 Jan 2020 00:00', 'export 2023-11-21'],
    ['2020-01-01 to 2024-12-31', 'Wed 1 Jan 2020 00:00', 'export 2023-11-21 to 2024-12-31'],
    [
      '2020-01-01 to 2024-12-31 08:00',
      'Wed 1 Jan 2020 00:00',
      'export 2023-11-21 to 2024-12-31 08:00',
    ],
  ])('a start more than 36 months back: %s', (text, start, suggestion) => {
    expect(refusal(text)).toEqual([
      `The contact center reaches back 36 months, and that starts at ${start}; the earliest day is 2023-11-21.`,
      suggestion,
    ]);
  });

  test('an hour that the clocks skipped', () => {
    expect(refusal('2026-03-29 02:10 to 2026-03-29 02:50')).toEqual([
      'The clocks of Europe/Berlin skipped all of that time, so nothing lies between start and end.',
      'export 2026-03-29',
    ]);
  });

  test('with a proposal that keeps the rest of the command', () => {
    const filters = { queues: ['Support'], channel: 'all', by: 'ended', zone: 'Europe/Berlin' };
    expect(refusal('2026-11-21', { filters })[1]).toBe(
      'export today queue "Support" channel all by ended in Europe/Berlin',
    );
  });

  test('with a plain proposal when the rest would make it too long', () => {
    expect(refusal('2026-11-21', { filters: { queues: ['x'.repeat(480)] } })[1]).toBe(
      'export today',
    );
  });

  test('nothing that starts inside the 36 months, up to an hour before they end', () => {
    expect(ends('since 2023-11-20 11:42', 'Europe/Berlin', '2026-11-20T09:42Z')).toBe(
      '2023-11-20T10:42Z 2026-11-20T09:42Z',
    );
  });

  test('on no day of the year a proposal of the grammar for too large a count', () => {
    const days = Array.from(
      { length: 1_500 },
      (_, index) => ms('2026-01-01T23:59Z') + index * 86_400_000,
    );
    const starts = ['last 1093 days', 'last 156 weeks', 'last 35 months'].flatMap((text) =>
      days.map((nowMs) => resolveWindow(rangeOf(text), { nowMs, zone: 'UTC' }).endIsNow),
    );
    expect(starts).not.toContain(false);
  });
});

describe('for every command at every time in every zone', () => {
  const nowMs = fc.integer({ min: ms('2024-01-01T00:00Z'), max: ms('2027-12-31T00:00Z') });
  const zone = fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'America/Havana',
    'Africa/Cairo',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Kiritimati',
  );

  test('the window lies in the past, or the proposal leads to one that does', () => {
    fc.assert(
      fc.property(request, nowMs, zone, (asked, now, at) => {
        const { window } = resolveOrFollow(asked, now, at);
        expect(window.fromMs).toBeLessThan(window.toMs);
        expect(window.toMs).toBeLessThanOrEqual(now);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a range of whole days starts where the local day changes', () => {
    const text = fc.constantFrom('today', 'yesterday', 'last 7 days', 'this week', 'last month');
    fc.assert(
      fc.property(text, nowMs, zone, (range, now, at) => {
        const { fromMs } = resolveWindow(rangeOf(range), { nowMs: now, zone: at }).window;
        expect(localDay(fromMs - 1, at)).not.toBe(localDay(fromMs, at));
        expect(wallClockMs(fromMs, at)).toBeGreaterThan(wallClockMs(fromMs - 1, at));
      }),
    );
  });

  function resolveOrFollow(asked: ExportRequest, now: number, zoneName: string) {
    try {
      return resolveWindow(asked.range, { nowMs: now, zone: zoneName, filters: asked });
    } catch (error) {
      if (!(error instanceof BadCommandError) || error.suggestion === undefined) throw error;
      const command = parseCommand(error.suggestion);
      expect(printCommand(command)).toBe(error.suggestion);
      const range = command.kind === 'export' ? command.request.range : asked.range;
      return resolveWindow(range, { nowMs: now, zone: zoneName });
    }
  }
});
