import { Cron } from 'croner';
import { z } from 'zod';
import { wallClockMs, windowStartMs } from '../time.ts';

export const weekdayNames = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);

/** When a schedule is due, on the clock of its zone. */
export const Recurrence = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('daily'), time }),
  /** Monday to Friday. */
  z.object({ kind: z.literal('weekdays'), time }),
  z.object({ kind: z.literal('weekly'), day: z.enum(weekdayNames), time }),
  /** On the last day of a month that is shorter. */
  z.object({ kind: z.literal('monthly'), day: z.int().min(1).max(31), time }),
]);
export type Recurrence = Readonly<z.infer<typeof Recurrence>>;

/** The next moments at which it is due, all after this one. */
export function nextTimes(
  recurrence: Recurrence,
  { afterMs, zone, count }: { afterMs: number; zone: string; count: number },
): number[] {
  const times: number[] = [];
  for (const atMs of timesAfter(afterMs, recurrence, zone)) {
    if (times.push(atMs) >= count) break;
  }
  return times;
}

/** The newest moment in `(afterMs, untilMs]` at which it was due, and how many there were. */
export function newestTime(
  recurrence: Recurrence,
  { afterMs, untilMs, zone }: { afterMs: number; untilMs: number; zone: string },
): { readonly atMs: number; readonly count: number } | undefined {
  let newest: { atMs: number; count: number } | undefined;
  for (const atMs of timesAfter(afterMs, recurrence, zone)) {
    if (atMs > untilMs) break;
    newest = { atMs, count: (newest?.count ?? 0) + 1 };
  }
  return newest;
}

/**
 * Every moment after this one at which it is due, in order.
 *
 * croner counts local readings as if they were UTC, and time.ts says which moment each one is, so that a
 * schedule and a typed window agree: a reading that the clocks skip is the moment of the change, and of
 * one that exists twice the first counts. croner's own answers to that differ from version to version.
 */
function* timesAfter(
  afterMs: number,
  recurrence: Recurrence,
  zone: string,
): Generator<number, void> {
  const patterns = patternsOf(recurrence).map((one) => new Cron(one, { timezone: 'UTC' }));
  // No reading up to this one has its first moment later: the clock shows that much already.
  let reading = wallClockMs(afterMs, zone);
  let lastMs = afterMs;
  for (;;) {
    const next = patterns.map((one) => one.nextRun(new Date(reading))?.getTime());
    reading = Math.min(...next.map((ms) => ms ?? Number.POSITIVE_INFINITY));
    if (reading === Number.POSITIVE_INFINITY) return;
    const atMs = windowStartMs(new Date(reading).toISOString().slice(0, 16), zone);
    // Where a whole day is skipped, two readings are one moment.
    if (atMs > lastMs) yield atMs;
    lastMs = Math.max(lastMs, atMs);
  }
}

function patternsOf(recurrence: Recurrence): string[] {
  const [hour, minute] = recurrence.time.split(':').map(Number);
  const clock = `${minute} ${hour}`;
  switch (recurrence.kind) {
    case 'daily':
      return [`${clock} * * *`];
    case 'weekdays':
      return [`${clock} * * 1-5`];
    case 'weekly':
      return [`${clock} * * ${weekdayNames.indexOf(recurrence.day) + 1}`];
    case 'monthly':
      return daysOfMonth(recurrence.day).map((days) => `${clock} ${days} *`);
    default:
      return recurrence satisfies never;
  }
}

/** Days and months; `L` is the last day, which cron has no other way of falling back to. */
function daysOfMonth(day: number): string[] {
  if (day <= 28) return [`${day} *`];
  if (day === 31) return ['L *'];
  return [`${day} 1,3-12`, 'L 2'];
}
