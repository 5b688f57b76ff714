import { Temporal } from 'temporal-polyfill';
import { BadCommandError } from '../../errors.ts';
import { formatInstant, localDay, type Window, windowEndMs, windowStartMs } from '../../time.ts';
import {
  defaultRequest,
  type ExportRequest,
  type LocalDateOrTime,
  longestCommand,
  type Range,
} from './command.ts';
import { printCommand } from './print.ts';
import * as sentences from './sentences.ts';

interface At {
  readonly nowMs: number;
  readonly zone: string;
  /** Where the export ended that `since last export` means; nothing where there is none. */
  readonly lastEndMs?: number | undefined;
  /** What else the command said, so that a suggestion keeps it. */
  readonly filters?: Omit<ExportRequest, 'range'>;
}

interface ResolvedWindow {
  readonly window: Window;
  /** The window ends at the moment of the command, by its own words or because it was cut there. */
  readonly endIsNow: boolean;
  readonly endWasInFuture: boolean;
}

/**
 * The absolute window of a range, in whole local days of the zone. How local times count that do not
 * exist or exist twice is written down in time.ts.
 *
 * @throws {BadCommandError} when it starts in the future or too long ago, or when nothing lies in it
 */
export function resolveWindow(range: Range, at: At): ResolvedWindow {
  const { nowMs, zone } = at;
  const { fromMs, toMs } = endsOf(range, at);
  if (range.kind === 'since_last' && fromMs >= nowMs) throw nothingNew(fromMs, at);
  if (fromMs >= nowMs) throw notBegun(fromMs, at);
  if (fromMs < reachOf(at).epochMilliseconds)
    throw tooOld(range, { fromMs, toMs: toMs ?? nowMs }, at);
  const endWasInFuture = toMs !== undefined && toMs > nowMs;
  const window = { fromMs, toMs: Math.min(toMs ?? nowMs, nowMs), zone };
  if (window.fromMs >= window.toMs) throw skippedByClocks(range, at);
  return { window, endIsNow: toMs === undefined || endWasInFuture, endWasInFuture };
}

interface Ends {
  readonly fromMs: number;
  /** Undefined when the range runs until now. */
  readonly toMs: number | undefined;
}

function endsOf(range: Range, at: At): Ends {
  const { zone } = at;
  const today = todayAt(at);
  const fromDay = (day: Temporal.PlainDate) => windowStartMs(`${day}T00:00`, zone);
  const days = (first: Temporal.PlainDate, end?: Temporal.PlainDate) => ({
    fromMs: fromDay(first),
    toMs: end && windowEndMs(`${end}T00:00`, zone),
  });
  switch (range.kind) {
    case 'today':
      return days(today);
    case 'yesterday':
      return days(today.subtract({ days: 1 }), today);
    case 'last':
      // Temporal takes the last day of a month that is too short, as the grammar promises.
      return days(today.subtract({ [range.unit]: range.count }));
    case 'calendar':
      return calendarEnds(range, { today, days });
    case 'since':
      return { fromMs: startOf(range.from, zone), toMs: undefined };
    case 'since_last':
      if (at.lastEndMs === undefined) throw noLastExport(at);
      return { fromMs: at.lastEndMs, toMs: undefined };
    case 'dates':
      return { fromMs: startOf(range.from, zone), toMs: endOf(range.to, zone) };
    default:
      return range satisfies never;
  }
}

function calendarEnds(
  { which, unit }: Extract<Range, { kind: 'calendar' }>,
  {
    today,
    days,
  }: {
    readonly today: Temporal.PlainDate;
    readonly days: (first: Temporal.PlainDate, end?: Temporal.PlainDate) => Ends;
  },
): Ends {
  // Weeks start on Monday, which is the first day of a week for Temporal, too.
  const first =
    unit === 'week' ? today.subtract({ days: today.dayOfWeek - 1 }) : today.with({ day: 1 });
  if (which === 'this') return days(first);
  return days(first.subtract(unit === 'week' ? { weeks: 1 } : { months: 1 }), first);
}

function startOf({ date, time = '00:00' }: LocalDateOrTime, zone: string): number {
  return windowStartMs(`${date}T${time}`, zone);
}

/** A last day without a time is included, so its end is the beginning of the day after it. */
function endOf({ date, time }: LocalDateOrTime, zone: string): number {
  if (time !== undefined) return windowEndMs(`${date}T${time}`, zone);
  return windowEndMs(`${Temporal.PlainDate.from(date).add({ days: 1 })}T00:00`, zone);
}

function todayAt({ nowMs, zone }: At): Temporal.PlainDate {
  return Temporal.PlainDate.from(localDay(nowMs, zone));
}

/**
 * How far back Search reaches is measured when it is asked, and before that a person may need ten
 * minutes to sign in and the job a place in the queue: this much is kept as a margin.
 */
const marginMs = 3_600_000;

/** Search refuses a start more than 36 months back (developer.webex.com/webex-contact-center/docs/api/v1/search). */
function reachOf({ nowMs, zone }: At): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(nowMs + marginMs)
    .toZonedDateTimeISO(zone)
    .subtract({ months: 36 });
}

function noLastExport(at: At): BadCommandError {
  return refusal(sentences.noLastExport(), defaultRequest.range, at);
}

function nothingNew(endMs: number, at: At): BadCommandError {
  return refusal(
    sentences.lastExportEndsLater(formatInstant(endMs, at.zone)),
    { kind: 'today' },
    at,
  );
}

function notBegun(fromMs: number, at: At): BadCommandError {
  if (fromMs === at.nowMs) return refusal(sentences.justBegun(), { kind: 'yesterday' }, at);
  const start = formatInstant(fromMs, at.zone);
  return refusal(sentences.startsInFuture(start), { kind: 'today' }, at);
}

function tooOld(
  range: Range,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  at: At,
): BadCommandError {
  const earliest = reachOf(at).toPlainDate().add({ days: 1 }).toString();
  const from: LocalDateOrTime = { date: earliest, time: undefined };
  const to = range.kind === 'dates' && toMs > startOf(from, at.zone) ? range.to : from;
  return refusal(
    sentences.tooOld(formatInstant(fromMs, at.zone), earliest),
    range.kind === 'dates' ? { kind: 'dates', from, to } : { kind: 'since', from },
    at,
  );
}

/** Both ends lie in the hour that was left out when the clocks went forward. */
function skippedByClocks(range: Range, at: At): BadCommandError {
  const day = range.kind === 'dates' ? range.from.date : localDay(at.nowMs, at.zone);
  const whole: LocalDateOrTime = { date: day, time: undefined };
  return refusal(sentences.skippedByClocks(at.zone), { kind: 'dates', from: whole, to: whole }, at);
}

function refusal(sentence: string, range: Range, { filters }: At): BadCommandError {
  const kept = printCommand({ kind: 'export', request: { ...defaultRequest, ...filters, range } });
  if (kept.length <= longestCommand) return new BadCommandError(sentence, kept);
  const short = printCommand({ kind: 'export', request: { ...defaultRequest, range } });
  return new BadCommandError(sentence, short);
}
