import { captureBatchSize } from '../contact-center/captures.ts';
import type { QueueAndChannelCount } from '../contact-center/count.ts';
import { pageSize } from '../contact-center/search.ts';
import { type Window, wallClockMs } from '../time.ts';
import type { ExportOrder } from './order.ts';

type Format = NonNullable<ExportOrder['format']>;

/** Conversations of one channel or queue, in the contact center's words. */
export interface Share {
  /** `undefined` for those without any. */
  readonly name: string | undefined;
  readonly count: number;
}

/** What an export comes to, as far as anybody can tell before it is fetched. */
export interface Estimate {
  /** Absent where the contact center does not tell, as what follows from it. */
  readonly conversations: number | undefined;
  /** The largest first; empty where the contact center does not take the count apart. */
  readonly byChannel: readonly Share[];
  readonly byQueue: readonly Share[];
  readonly work:
    | {
        /** Of the contact center: pages of the search, and ten conversations a call. */
        readonly calls: number;
        readonly durationMs: number;
        readonly sizeBytes: number;
        readonly files: number;
      }
    | undefined;
  readonly budget: {
    readonly perMinute: number;
    /** Other exports that spend of it at this moment. */
    readonly sharedWith: number;
  };
}

/** Beyond any of these somebody is asked first. */
export const usualLimits = { conversations: 5_000, days: 31, sizeBytes: 50_000_000 };

/** How long the answer is waited for. */
export const answerWithinMs = 10 * 60_000;

const dayMs = 24 * 60 * 60_000;

/**
 * Bytes of a finished file for each conversation of twenty messages. A workbook of 3,000 invented chats has
 * 2,304 of them, which are 116 for each row of Messages (see the level of zlib in workbook/), CSV files 654 and
 * JSON lines 1,379. Invented words repeat more than those of people, so half as much again is expected;
 * calls and mails have fewer messages, so for them it is rather too much. A test holds it against exports.
 */
export const bytesPerConversation = {
  xlsx: 3_500,
  csv: 1_000,
  jsonl: 2_100,
} as const satisfies Record<Format, number>;

/**
 * By the clock of its zone: in a month in which the clocks are set back there is no day more.
 *
 * @returns days, not rounded
 */
export function daysOf({ fromMs, toMs, zone }: Window): number {
  return (wallClockMs(toMs, zone) - wallClockMs(fromMs, zone)) / dayMs;
}

/** Whether an export is so large that its person is asked first. */
export function isLarge(
  at: {
    readonly window: Window;
    readonly conversations: number | undefined;
    readonly format: Format;
  },
  limits = usualLimits,
): boolean {
  if (daysOf(at.window) > limits.days) return true;
  if (at.conversations === undefined) return false;
  if (at.conversations > limits.conversations) return true;
  return expectedBytes(at.conversations, at.format) > limits.sizeBytes;
}

export function expectedBytes(conversations: number, format: Format): number {
  return conversations * bytesPerConversation[format];
}

/** Of the search, whose pages end with each piece, and of what follows it. */
export function expectedCalls(conversations: number, pieces: number): number {
  const pages = Math.max(pieces, Math.ceil(conversations / pageSize));
  return pages + Math.ceil(conversations / captureBatchSize);
}

interface Sharing {
  readonly calls: number;
  readonly budget: { readonly limit: number; readonly used: number; readonly windowMs: number };
  /** What each of the other exports that run has still to ask; `undefined` where nobody knows. */
  readonly others: readonly (number | undefined)[];
}

/**
 * How long the request budget makes an export last. It serves all in turn, so of each of the others no more
 * than as many calls come before the last one of this; and it lets go of a full window only when that is over.
 */
export function expectedMs({ calls, budget, others }: Sharing): number {
  const before = others.reduce<number>((sum, other) => sum + Math.min(calls, other ?? calls), 0);
  const total = calls + before + Math.min(budget.used, budget.limit);
  return Math.floor(Math.max(0, total - 1) / budget.limit) * budget.windowMs;
}

/** What another export has still to ask, from how far it is. */
export function callsLeft(
  progress: { readonly counted: number | undefined; readonly settled: number } | undefined,
): number | undefined {
  if (progress?.counted === undefined) return undefined;
  return expectedCalls(Math.max(0, progress.counted - progress.settled), 0);
}

/** @param limitBytes of the largest file that is posted */
export function expectedFiles(sizeBytes: number, limitBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / limitBytes));
}

/** The largest first; what comes of several pieces is summed. */
export function sharesOf(
  counts: readonly QueueAndChannelCount[],
  nameOf: (count: QueueAndChannelCount) => string | undefined,
): Share[] {
  const sums = new Map<string | undefined, number>();
  for (const one of counts) sums.set(nameOf(one), (sums.get(nameOf(one)) ?? 0) + one.count);
  return [...sums].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}
