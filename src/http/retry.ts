import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError } from '../errors.ts';
import { ApiError, UnreachableError } from './errors.ts';

export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** A longer Retry-After is not waited for here: the error goes to the caller, who can park the work. */
  readonly maxRetryAfterMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  baseMs: 500,
  capMs: 30_000,
  maxRetryAfterMs: 120_000,
};

export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Waits, or ends at once with a CancelledError when the signal fires. */
export const sleep: Sleep = async (ms, signal) => {
  try {
    await delay(ms, undefined, { ...(signal && { signal }) });
  } catch (error) {
    throw new CancelledError(error instanceof Error ? error.message : undefined);
  }
};

export interface Clock {
  /** Wall clock in epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds since some instant; setting the wall clock does not move it. */
  readonly elapsed: () => number;
  readonly sleep: Sleep;
  /** In [0, 1). */
  readonly random: () => number;
}

export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  sleep,
  random: Math.random,
};

interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  /** Repeating a request that may have arrived can do its work twice: say whether that is harmless. */
  readonly idempotent: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told before each pause, for logs and for those who pause everybody. */
  readonly onRetry?: (error: ApiError | UnreachableError, waitMs: number, attempt: number) => void;
}

/**
 * Runs an attempt until it succeeds, fails for good, or the policy is used up; the last error is thrown.
 * Retry-After is obeyed in full; without one the pause is full-jitter exponential backoff.
 */
export async function withRetries<T>(
  attempt: (number: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof UnreachableError)) throw error;
      error.attempts = number;
      const waitMs = retryDelayMs(error, number, options);
      if (waitMs === undefined) throw error;
      options.onRetry?.(error, waitMs, number);
      await options.clock.sleep(waitMs, options.signal);
    }
  }
}

/** The pause before the next attempt, or `undefined` where another attempt makes no sense. */
export function retryDelayMs(
  error: unknown,
  attempt: number,
  { policy, clock, idempotent }: Pick<RetryOptions, 'policy' | 'clock' | 'idempotent'>,
): number | undefined {
  if (attempt >= policy.attempts || !isRetryable(error, idempotent)) return undefined;
  const promised = error instanceof ApiError ? error.retryAfterMs : undefined;
  if (promised !== undefined && promised > policy.maxRetryAfterMs) return undefined;
  const backoffMs = clock.random() * Math.min(policy.capMs, policy.baseMs * 2 ** attempt);
  // Jitter comes on top of a promise, never below it: earlier is a certain second refusal.
  return promised === undefined ? backoffMs : promised + Math.min(backoffMs, 1_000);
}

/** Whether the same request may fare better later. */
export function isTemporary(error: unknown): boolean {
  return isRetryable(error, true);
}

/** Whether it may, and certainly did nothing so far. */
export function isUndone(error: unknown): boolean {
  return isRetryable(error, false);
}

/** 423 (locked), 429 and 503 say that nothing was done; the other 5xx leave it open. */
const refusedUndone = new Set([423, 429, 503]);
const temporary = new Set([408, 423, 429, 500, 502, 503, 504]);

function isRetryable(error: unknown, idempotent: boolean): boolean {
  if (error instanceof UnreachableError) return idempotent || !error.mayHaveArrived;
  if (error instanceof ApiError) {
    if (!idempotent) return refusedUndone.has(error.status);
    return error.temporary ?? temporary.has(error.status);
  }
  return false;
}

/**
 * Reads a Retry-After header in either of its forms.
 *
 * @param dateHeader the server's own `Date`, against which an absolute time is read: our clock may be wrong
 * @returns milliseconds from now, or `undefined` where the header is absent or nonsense
 */
export function parseRetryAfter(
  value: string | undefined,
  dateHeader: string | undefined,
  nowMs: number,
): number | undefined {
  const text = value?.trim() ?? '';
  // A repeated header arrives joined by commas; the longest promise is the one that surely holds.
  if (/^\d{1,9}(\s*,\s*\d{1,9})*$/.test(text)) {
    return Math.max(...text.split(',').map(Number)) * 1_000;
  }
  if (!/[a-z]{3}/i.test(text)) return undefined;
  // Dates have commas of their own; joined ones part behind GMT.
  const at = Math.max(...text.split(/(?<=GMT)\s*,\s*/).map((date) => Date.parse(date)));
  if (Number.isNaN(at)) return undefined;
  const serverNow = Date.parse(dateHeader ?? '');
  return Math.max(0, at - (Number.isNaN(serverNow) ? nowMs : serverNow));
}
