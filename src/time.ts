import { Temporal } from 'temporal-polyfill';

/** Half-open `[fromMs, toMs)` in absolute instants, with the IANA zone that produced it. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly zone: string;
}

/**
 * The IANA name in its usual capitals, or undefined when there is no such zone. Aliases are kept as
 * they are (`Europe/Kyiv` does not become `Europe/Kiev`), because people expect to read what they wrote.
 */
export function canonicalZone(name: string): string | undefined {
  // Offsets are no zones: they do not know when the clocks change, and Temporal would take them.
  if (!/^[a-z][a-z0-9_+/-]{1,49}$/i.test(name) || /^systemv\//i.test(name)) return undefined;
  try {
    return zoned(0, name.toLowerCase()).timeZoneId;
  } catch {
    return undefined;
  }
}

/** Minutes the local clock is ahead of UTC at that moment; negative in the west. */
export function offsetMinutes(atMs: number, zone: string): number {
  return zoned(atMs, zone).offsetNanoseconds / 60e9;
}

/** Epoch milliseconds whose UTC fields read as the local wall clock, as spreadsheets want them. */
export function wallClockMs(atMs: number, zone: string): number {
  return atMs + zoned(atMs, zone).offsetNanoseconds / 1e6;
}

/**
 * `wallClockMs` for one zone and many moments: a workbook converts millions, and the offset stays the
 * same between two changes of the clocks, so it is asked for a few times a year of data.
 */
export function createWallClock(zone: string): (atMs: number) => number {
  let stretch = { fromMs: 0, toMs: 0, offsetMs: 0 };
  return (atMs) => {
    if (atMs < stretch.fromMs || atMs >= stretch.toMs) stretch = steadyStretch(atMs, zone);
    return atMs + stretch.offsetMs;
  };
}

const halfYearMs = 182 * 86_400_000;

/** A stretch around a moment in which the clocks do not change; at most about a year of it. */
function steadyStretch(atMs: number, zone: string) {
  let start = zoned(atMs - halfYearMs, zone);
  let change = start.getTimeZoneTransition('next');
  while (change && change.epochMilliseconds <= atMs) {
    start = change;
    change = start.getTimeZoneTransition('next');
  }
  const changeMs = change?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
  return {
    fromMs: start.epochMilliseconds,
    toMs: Math.min(changeMs, atMs + halfYearMs),
    offsetMs: start.offsetNanoseconds / 1e6,
  };
}

/** The local calendar day of a moment, `2026-11-20`. */
export function localDay(atMs: number, zone: string): string {
  return zoned(atMs, zone).toPlainDate().toString();
}

/*
 * Local times that do not exist or exist twice. A typed window is the shortest one that holds every
 * moment whose local clock reading lies between its two ends, which means:
 * - an end that the clocks skip is the moment of the change, for a start as for an end;
 * - of a start that exists twice, the first counts;
 * - of an end that exists twice, the second counts, unless the repeated stretch begins exactly there:
 *   then the repetition shows only readings that are outside already, and the first counts.
 * Midnight is such a reading too: a day without midnight starts when the clocks have moved.
 */

/** The first moment of a window that starts at a local reading such as `2026-11-20T08:00`. */
export function windowStartMs(local: string, zone: string): number {
  return readingsOf(local, zone).firstMs;
}

/** The first moment no longer in a window that ends at a local reading, which is itself excluded. */
export function windowEndMs(local: string, zone: string): number {
  const { firstMs, secondMs } = readingsOf(local, zone);
  const startsRepetition = wallClockMs(secondMs - 1, zone) >= Date.parse(`${local}Z`);
  return startsRepetition ? firstMs : secondMs;
}

/** Both moments of a reading that exists twice; twice the same one for every other reading. */
function readingsOf(local: string, zone: string): { firstMs: number; secondMs: number } {
  const plain = Temporal.PlainDateTime.from(local);
  const first = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (first.toPlainDateTime().equals(plain)) {
    const second = plain.toZonedDateTime(zone, { disambiguation: 'later' });
    return { firstMs: first.epochMilliseconds, secondMs: second.epochMilliseconds };
  }
  // The clocks skipped it: `earlier` lies before the change, which is therefore the next one.
  const changeMs = (first.getTimeZoneTransition('next') ?? first).epochMilliseconds;
  return { firstMs: changeMs, secondMs: changeMs };
}

// Only ever given wall clock times as if they were UTC, so one formatter serves every zone.
const wallClockWords = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** Local weekday, date and time in English words: `Fri 13 Nov 2026 00:00`. */
export function formatInstant(atMs: number, zone: string): string {
  const parts = wallClockWords.formatToParts(wallClockMs(atMs, zone));
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((candidate) => candidate.type === type)?.value ?? '';
  const date = `${part('weekday')} ${part('day')} ${part('month')} ${part('year')}`;
  return `${date} ${part('hour')}:${part('minute')}`;
}

/** `UTC`, `UTC+1`, `UTC-3:30`. */
export function formatOffset(minutes: number): string {
  const size = Math.abs(Math.round(minutes));
  if (size === 0) return 'UTC';
  const rest = size % 60;
  const clock = `${Math.floor(size / 60)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
  return `UTC${minutes < 0 ? '-' : '+'}${clock}`;
}

/** Both ends, the zone and its offset, or offsets where the clocks change inside the window. */
export function describeWindow({ fromMs, toMs, zone }: Window): string {
  const ends = `${formatInstant(fromMs, zone)} – ${formatInstant(toMs, zone)}`;
  const [first = 'UTC', second, ...more] = offsetsDuring(fromMs, toMs, zone);
  if (second === undefined) return `${ends}, ${zone === first ? zone : `${zone} (${first})`}`;
  if (more.length === 0) return `${ends}, ${zone} (${first}, then ${second})`;
  const all = [...new Set([first, second, ...more])];
  return `${ends}, ${zone} (changing between ${all.join(' and ')})`;
}

/** The offsets in force one after the other; the end is excluded, so a change exactly there is none. */
function offsetsDuring(fromMs: number, toMs: number, zone: string): string[] {
  const offsets = [formatOffset(offsetMinutes(fromMs, zone))];
  let change = zoned(fromMs, zone).getTimeZoneTransition('next');
  while (change && change.epochMilliseconds < toMs) {
    const offset = formatOffset(change.offsetNanoseconds / 60e9);
    // Zones also change their name or their rules without moving the clocks.
    if (offset !== offsets.at(-1)) offsets.push(offset);
    change = change.getTimeZoneTransition('next');
  }
  return offsets;
}

function zoned(atMs: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
}
