import { describe, expect, test } from 'vitest';
import { newestTime, nextTimes, type Recurrence } from '../../src/export/recurrence.ts';
import { formatInstant } from '../../src/time.ts';

function next(recurrence: Recurrence, zone: string, after: string, count = 3): string[] {
  return nextTimes(recurrence, { afterMs: Date.parse(after), zone, count }).map((atMs) =>
    new Date(atMs).toISOString().replace(':00.000Z', 'Z'),
  );
}

describe('the hour that does not exist', () => {
  test.each([
    // 02:00 becomes 03:00 at 01:00 UTC.
    ['Europe/Berlin', '02:30', '2026-03-28T12:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:30Z']],
    ['Europe/Berlin', '02:00', '2026-03-28T12:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    ['Europe/Berlin', '03:00', '2026-03-28T12:00Z', ['2026-03-29T01:00Z', '2026-03-30T01:00Z']],
    // 02:00 becomes 03:00 at 07:00 UTC.
    ['America/New_York', '02:15', '2026-03-07T20:00Z', ['2026-03-08T07:00Z', '2026-03-09T06:15Z']],
    // 02:00 becomes 02:30 at 15:30 UTC.
    [
      'Australia/Lord_Howe',
      '02:15',
      '2026-10-03T10:00Z',
      ['2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    ],
    // Midnight becomes 01:00 at 04:00 UTC.
    ['America/Santiago', '00:30', '2026-09-05T10:00Z', ['2026-09-06T04:00Z', '2026-09-07T03:30Z']],
  ])('of %s, %s: runs at the next moment that does', (zone, time, after, times) => {
    expect(next({ kind: 'daily', time }, zone, after, 2)).toEqual(times);
  });

  test('runs once where a whole day is skipped', () => {
    // Samoa had no 30 December 2011.
    const daily = { kind: 'daily', time: '00:00' } as const;
    expect(next(daily, 'Pacific/Apia', '2011-12-29T09:00Z')).toEqual(
      ['2011-12-29T10:00Z', '2011-12-30T10:00Z', '2011-12-31T10:00Z'].slice(0, 3),
    );
  });
});

describe('the hour that exists twice', () => {
  test.each([
    // 03:00 becomes 02:00 at 01:00 UTC.
    ['Europe/Berlin', '02:30', '2026-10-24T12:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    ['Europe/Berlin', '02:00', '2026-10-24T12:00Z', ['2026-10-25T00:00Z', '2026-10-26T01:00Z']],
    // 02:00 becomes 01:00 at 06:00 UTC.
    ['America/New_York', '01:30', '2026-10-31T20:00Z', ['2026-11-01T05:30Z', '2026-11-02T06:30Z']],
    // 02:00 becomes 01:30 at 15:00 UTC.
    [
      'Australia/Lord_Howe',
      '01:45',
      '2026-04-04T10:00Z',
      ['2026-04-04T14:45Z', '2026-04-05T15:15Z'],
    ],
    // Midnight becomes 23:00 at 03:00 UTC.
    ['America/Santiago', '23:30', '2026-04-04T10:00Z', ['2026-04-05T02:30Z', '2026-04-06T03:30Z']],
  ])('of %s, %s: runs once, the first time', (zone, time, after, times) => {
    expect(next({ kind: 'daily', time }, zone, after, 2)).toEqual(times);
  });

  test.each([
    ['between the two', '2026-10-25T00:45Z'],
    ['at the second', '2026-10-25T01:30Z'],
    ['during the repetition before it', '2026-10-25T01:15Z'],
  ])('asked %s, it is due on the next day', (_when, after) => {
    expect(next({ kind: 'daily', time: '02:30' }, 'Europe/Berlin', after, 1)).toEqual([
      '2026-10-26T01:30Z',
    ]);
  });
});

describe('days', () => {
  const readings = (recurrence: Recurrence, after: string, count: number) =>
    nextTimes(recurrence, { afterMs: Date.parse(after), zone: 'Europe/Berlin', count }).map(
      (atMs) => formatInstant(atMs, 'Europe/Berlin'),
    );

  test('on weekdays leaves the weekend out', () => {
    expect(readings({ kind: 'weekdays', time: '08:00' }, '2026-11-19T12:00Z', 2)).toEqual([
      'Fri 20 Nov 2026 08:00',
      'Mon 23 Nov 2026 08:00',
    ]);
  });

  test('every week keeps its local time when the clocks change', () => {
    const sundays = { kind: 'weekly', day: 'sunday', time: '08:00' } as const;
    expect(readings(sundays, '2026-10-17T12:00Z', 3)).toEqual([
      'Sun 18 Oct 2026 08:00',
      'Sun 25 Oct 2026 08:00',
      'Sun 1 Nov 2026 08:00',
    ]);
  });

  test.each([
    [1, ['Fri 1 Jan 2027', 'Mon 1 Feb 2027', 'Mon 1 Mar 2027', 'Thu 1 Apr 2027']],
    [28, ['Mon 28 Dec 2026', 'Thu 28 Jan 2027', 'Sun 28 Feb 2027', 'Sun 28 Mar 2027']],
    [29, ['Tue 29 Dec 2026', 'Fri 29 Jan 2027', 'Sun 28 Feb 2027', 'Mon 29 Mar 2027']],
    [30, ['Wed 30 Dec 2026', 'Sat 30 Jan 2027', 'Sun 28 Feb 2027', 'Tue 30 Mar 2027']],
    [
      31,
      [
        'Thu 31 Dec 2026',
        'Sun 31 Jan 2027',
        'Sun 28 Feb 2027',
        'Wed 31 Mar 2027',
        'Fri 30 Apr 2027',
      ],
    ],
  ])('of the month, %i: on the last day of a month that is shorter', (day, days) => {
    expect(
      readings({ kind: 'monthly', day, time: '08:00' }, '2026-12-15T12:00Z', days.length),
    ).toEqual(days.map((one) => `${one} 08:00`));
  });

  test('of the month, 30: knows leap years', () => {
    expect(readings({ kind: 'monthly', day: 30, time: '23:59' }, '2028-02-01T00:00Z', 2)).toEqual([
      'Tue 29 Feb 2028 23:59',
      'Thu 30 Mar 2028 23:59',
    ]);
  });
});

const dayMs = 86_400_000;

test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago'])(
  'in %s never leaves a day out, and never gives a moment twice',
  (zone) => {
    let changes = 0;
    for (const time of ['00:00', '00:30', '01:45', '02:15']) {
      const after = (afterMs: number, count = 1) =>
        nextTimes({ kind: 'daily', time }, { afterMs, zone, count });
      const times = after(Date.UTC(2026, 0, 1), 330);
      for (const [index, atMs] of times.entries()) {
        const stepMs = (times[index + 1] ?? atMs + dayMs) - atMs;
        if (stepMs === dayMs) continue;
        changes++;
        expect(Math.abs(stepMs - dayMs)).toBeLessThanOrEqual(3_600_000);
        // Asked from anywhere in between, it answers the same.
        for (let askedMs = atMs; askedMs < atMs + stepMs; askedMs += 1_800_000) {
          expect(after(askedMs)).toEqual([atMs + stepMs]);
        }
        expect(after(atMs - 1)).toEqual([atMs]);
      }
    }
    expect(changes).toBeGreaterThanOrEqual(8);
  },
);

test('finds the newest of those that were due', () => {
  const weekly = { kind: 'weekly', day: 'monday', time: '08:00' } as const;
  const between = (after: string, until: string) =>
    newestTime(weekly, {
      afterMs: Date.parse(after),
      untilMs: Date.parse(until),
      zone: 'Europe/Berlin',
    });
  const monday = Date.parse('2026-11-23T07:00Z');
  expect(between('2026-11-16T07:00Z', '2026-11-23T06:59:59.999Z')).toBeUndefined();
  expect(between('2026-11-16T07:00Z', '2026-11-23T07:00Z')).toEqual({ atMs: monday, count: 1 });
  expect(between('2026-11-01T07:00Z', '2026-11-24T12:00Z')).toEqual({ atMs: monday, count: 4 });
  expect(between('2026-11-23T07:00Z', '2026-11-23T07:00Z')).toBeUndefined();
});
