import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalZone,
  createWallClock,
  describeWindow,
  formatInstant,
  formatOffset,
  localDay,
  offsetMinutes,
  wallClockMs,
  windowEndMs,
  windowStartMs,
} from '../src/time.ts';

const ms = (iso: string) => Date.parse(iso);
const iso = (atMs: number) => new Date(atMs).toISOString().replace(':00.000Z', 'Z');

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/Havana',
  'America/Santiago',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'UTC',
];

const aroundNow = fc.integer({ min: ms('2024-01-01T00:00Z'), max: ms('2027-12-31T00:00Z') });

describe('zones', () => {
  test.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['EUROPE/BERLIN', 'Europe/Berlin'],
    ['utc', 'UTC'],
    ['gmt', 'GMT'],
    ['asia/kolkata', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['europe/kyiv', 'Europe/Kyiv'],
    ['america/argentina/buenos_aires', 'America/Argentina/Buenos_Aires'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['etc/gmt+5', 'Etc/GMT+5'],
    ['est5edt', 'EST5EDT'],
  ])('knows %s as %s', (name, zone) => {
    expect(canonicalZone(name)).toBe(zone);
  });

  test.each([
    '',
    ' ',
    '+01:00',
    '-0530',
    '01:00',
    'Z',
    'UTC+1',
    'GMT+1',
    'PST',
    'IST',
    'Mars/Phobos',
    'Europe',
    'Europe/',
    'Europe/Berlin ',
    'Etc/Unknown',
    'SystemV/EST5',
    '__proto__',
    `Europe/${'x'.repeat(10_000)}`,
  ])('does not take "%s" for a zone', (name) => {
    expect(canonicalZone(name)).toBeUndefined();
  });

  test('keeps the capitals of every zone the runtime knows', () => {
    const known = Intl.supportedValuesOf('timeZone');
    expect(known.map((zone) => canonicalZone(zone.toLowerCase()))).toEqual(known);
  });
});

describe('the wall clock', () => {
  test.each([
    ['2026-11-20T09:42Z', 'Europe/Berlin', 60, '2026-11-20T10:42Z'],
    ['2026-07-01T12:00Z', 'Europe/Berlin', 120, '2026-07-01T14:00Z'],
    ['2026-07-01T12:00Z', 'Asia/Kolkata', 330, '2026-07-01T17:30Z'],
    ['2026-07-01T12:00Z', 'Asia/Kathmandu', 345, '2026-07-01T17:45Z'],
    ['2026-01-01T02:00Z', 'America/New_York', -300, '2025-12-31T21:00Z'],
    ['2026-07-01T12:00Z', 'Australia/Lord_Howe', 630, '2026-07-01T22:30Z'],
    ['2026-12-31T12:00Z', 'Australia/Lord_Howe', 660, '2026-12-31T23:00Z'],
    ['2026-07-01T12:00Z', 'UTC', 0, '2026-07-01T12:00Z'],
  ])('at %s in %s is %i minutes off', (at, zone, minutes, reading) => {
    expect(offsetMinutes(ms(at), zone)).toBe(minutes);
    expect(iso(wallClockMs(ms(at), zone))).toBe(reading);
    expect(localDay(ms(at), zone)).toBe(reading.slice(0, 10));
  });

  test.each([
    ['Europe/Berlin', '2026-03-29T01:00Z', 60, 120],
    ['Europe/Berlin', '2026-10-25T01:00Z', 120, 60],
    ['America/New_York', '2026-03-08T07:00Z', -300, -240],
    ['America/New_York', '2026-11-01T06:00Z', -240, -300],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z', 660, 630],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z', 630, 660],
  ])('of %s moves at %s to the millisecond', (zone, at, before, after) => {
    expect(offsetMinutes(ms(at) - 1, zone)).toBe(before);
    expect(offsetMinutes(ms(at), zone)).toBe(after);
  });

  test.each([
    ['Europe/Berlin', '2026-03-29T01:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ])('moves in %s at %s for many moments, too, in either order', (zone, at) => {
    const moments = [ms(at) - 1, ms(at), ms(at) + 1];
    const readings = moments.map((moment) => wallClockMs(moment, zone));
    expect(moments.map(createWallClock(zone))).toEqual(readings);
    expect(moments.toReversed().map(createWallClock(zone))).toEqual(readings.toReversed());
    expect(createWallClock(zone)(ms(at))).toBe(wallClockMs(ms(at), zone));
  });

  test('reads the same one moment at a time and for many', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.array(aroundNow, { minLength: 2, maxLength: 12 }),
        (zone, moments) => {
          const read = createWallClock(zone);
          expect(moments.map(read)).toEqual(moments.map((at) => wallClockMs(at, zone)));
        },
      ),
    );
  });
});

describe('words', () => {
  test.each([
    ['2026-11-12T23:00Z', 'Europe/Berlin', 'Fri 13 Nov 2026 00:00'],
    ['2026-09-01T10:05:59.999Z', 'UTC', 'Tue 1 Sep 2026 10:05'],
    ['2026-01-01T02:00Z', 'America/New_York', 'Wed 31 Dec 2025 21:00'],
    ['2028-02-29T18:29Z', 'Asia/Kolkata', 'Tue 29 Feb 2028 23:59'],
  ])('for %s in %s are %s', (at, zone, words) => {
    expect(formatInstant(ms(at), zone)).toBe(words);
  });

  test.each([
    [0, 'UTC'],
    [-0, 'UTC'],
    [60, 'UTC+1'],
    [330, 'UTC+5:30'],
    [-210, 'UTC-3:30'],
    [765, 'UTC+12:45'],
    [-300, 'UTC-5'],
    [5, 'UTC+0:05'],
  ])('for an offset of %i minutes are %s', (minutes, words) => {
    expect(formatOffset(minutes)).toBe(words);
  });

  test.each([
    [
      'Europe/Berlin',
      '2026-11-12T23:00Z',
      '2026-11-20T09:42Z',
      'Fri 13 Nov 2026 00:00 – Fri 20 Nov 2026 10:42, Europe/Berlin (UTC+1)',
    ],
    [
      'Europe/Berlin',
      '2026-10-24T22:00Z',
      '2026-10-25T23:00Z',
      'Sun 25 Oct 2026 00:00 – Mon 26 Oct 2026 00:00, Europe/Berlin (UTC+2, then UTC+1)',
    ],
    [
      'America/New_York',
      '2026-03-08T05:00Z',
      '2026-03-09T04:00Z',
      'Sun 8 Mar 2026 00:00 – Mon 9 Mar 2026 00:00, America/New_York (UTC-5, then UTC-4)',
    ],
    [
      'Asia/Kolkata',
      '2026-01-31T18:30Z',
      '2026-11-30T18:30Z',
      'Sun 1 Feb 2026 00:00 – Tue 1 Dec 2026 00:00, Asia/Kolkata (UTC+5:30)',
    ],
    [
      'Australia/Lord_Howe',
      '2026-01-01T00:00Z',
      '2026-12-31T00:00Z',
      'Thu 1 Jan 2026 11:00 – Thu 31 Dec 2026 11:00, Australia/Lord_Howe (changing between UTC+11 and UTC+10:30)',
    ],
    [
      'UTC',
      '2026-01-01T00:00Z',
      '2026-01-02T00:00Z',
      'Thu 1 Jan 2026 00:00 – Fri 2 Jan 2026 00:00, UTC',
    ],
  ])('describe a window in %s from %s to %s', (zone, from, to, words) => {
    expect(describeWindow({ fromMs: ms(from), toMs: ms(to), zone })).toBe(words);
  });

  test('leave out a change exactly at the end, which is not in the window', () => {
    const window = { fromMs: ms('2026-10-25T00:00Z'), toMs: ms('2026-10-25T01:00Z') };
    expect(describeWindow({ ...window, zone: 'Europe/Berlin' })).toContain('(UTC+2)');
  });
});

describe('the ends of a window', () => {
  test.each([
    ['an ordinary time', 'Europe/Berlin', '2026-11-20T10:42', '2026-11-20T09:42Z'],
    ['a half-hour offset', 'Asia/Kolkata', '2026-11-20T00:00', '2026-11-19T18:30Z'],
    ['a time in the gap', 'Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00Z'],
    ['the start of the gap', 'Europe/Berlin', '2026-03-29T02:00', '2026-03-29T01:00Z'],
    ['the end of the gap', 'Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00Z'],
    ['a time in the gap', 'America/New_York', '2026-03-08T02:15', '2026-03-08T07:00Z'],
    [
      'a time in a gap of half an hour',
      'Australia/Lord_Howe',
      '2026-10-04T02:10',
      '2026-10-03T15:30Z',
    ],
    ['a midnight that is left out', 'Africa/Cairo', '2026-04-24T00:00', '2026-04-23T22:00Z'],
    ['a midnight that is left out', 'America/Asuncion', '2024-10-06T00:00', '2024-10-06T04:00Z'],
    ['a midnight that is left out', 'America/Santiago', '2026-09-06T00:00', '2026-09-06T04:00Z'],
  ])('are the same for %s in %s', (_what, zone, local, at) => {
    expect(iso(windowStartMs(local, zone))).toBe(at);
    expect(iso(windowEndMs(local, zone))).toBe(at);
  });

  test.each([
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30Z', '2026-10-25T01:30Z'],
    ['America/New_York', '2026-11-01T01:15', '2026-11-01T05:15Z', '2026-11-01T06:15Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45Z', '2026-04-04T15:15Z'],
    ['Africa/Cairo', '2026-10-29T23:30', '2026-10-29T20:30Z', '2026-10-29T21:30Z'],
  ])('hold both of the times that exist twice: %s %s', (zone, local, first, second) => {
    expect(iso(windowStartMs(local, zone))).toBe(first);
    expect(iso(windowEndMs(local, zone))).toBe(second);
  });

  test.each([
    ['Europe/Berlin', '2026-10-25T02:00', '2026-10-25T00:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:30', '2026-04-04T14:30Z'],
    ['America/Havana', '2026-11-01T00:00', '2026-11-01T04:00Z'],
  ])('leave the repetition out when it begins exactly at the end: %s %s', (zone, local, at) => {
    expect(iso(windowEndMs(local, zone))).toBe(at);
  });

  test('enclose every moment whose local reading lies between them, and no more', () => {
    const quarter = 15 * 60_000;
    // Readings near the changes of 2026 in these zones, where the rule has something to decide.
    const changes = '03-08 03-29 04-05 04-24 09-06 10-04 10-25 10-29 11-01'.split(' ');
    const reading = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -12, max: 24 }))
      .map(([date, quarters]) => ms(`2026-${date}T00:00Z`) + quarters * quarter);
    const length = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), reading, length, (zone, fromReading, quarters) => {
        const toReading = fromReading + quarters * quarter;
        const local = (readingMs: number) => new Date(readingMs).toISOString().slice(0, 16);
        const fromMs = windowStartMs(local(fromReading), zone);
        const toMs = windowEndMs(local(toReading), zone);
        const inside: number[] = [];
        for (let at = fromMs - 96 * quarter; at < toMs + 96 * quarter; at += quarter) {
          const read = wallClockMs(at, zone);
          if (read >= fromReading && read < toReading) inside.push(at);
        }
        const [first = toMs] = inside;
        const last = inside.at(-1) ?? fromMs - quarter;
        expect([fromMs, toMs]).toEqual([first, last + quarter]);
      }),
      { numRuns: 500 },
    );
  });
});
