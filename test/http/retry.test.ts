import { describe, expect, it } from 'vitest';
import { ApiError, InvalidAnswerError, UnreachableError } from '../../src/http/errors.ts';
import {
  defaultRetryPolicy,
  parseRetryAfter,
  retryDelayMs,
  sleep,
  withRetries,
} from '../../src/http/retry.ts';
import { createTestClock } from '../helpers/clock.ts';

const policy = defaultRetryPolicy;

function apiError(status: number, more: { retryAfterMs?: number; temporary?: boolean } = {}) {
  return new ApiError({ service: 'webex', status, doing: 'testing', ...more });
}

function unreachable(mayHaveArrived: boolean) {
  return new UnreachableError('webex', 'testing', 'ECONNRESET', { mayHaveArrived });
}

describe('retries', () => {
  it('succeeds after as many failures as the policy bears, and gives up after one more', async () => {
    const outcomes: string[] = [];
    for (let failures = 0; failures <= policy.attempts; failures++) {
      const clock = createTestClock();
      const attempt = async (number: number) => {
        if (number <= failures) throw apiError(503);
        return 'done';
      };
      outcomes.push(
        await withRetries(attempt, { policy, clock, idempotent: true }).catch(() => 'gave up'),
      );
    }
    expect(outcomes).toEqual(['done', 'done', 'done', 'done', 'done', 'gave up']);
  });

  it('backs off with full jitter: anything from nothing to the doubled base, up to the cap', () => {
    const delays = [0, 0.5, 0.999].map((random) =>
      [1, 2, 3, 4].map((attempt) =>
        retryDelayMs(apiError(500), attempt, {
          policy: { ...policy, capMs: 5_000 },
          clock: createTestClock(0, random),
          idempotent: true,
        }),
      ),
    );
    expect(delays).toEqual([
      [0, 0, 0, 0],
      [500, 1_000, 2_000, 2_500],
      [999, 1_998, 3_996, 4_995],
    ]);
  });

  it('waits at least as long as promised, jitter on top', () => {
    const delay = (random: number) =>
      retryDelayMs(apiError(503, { retryAfterMs: 7_000 }), 1, {
        policy,
        clock: createTestClock(0, random),
        idempotent: true,
      });
    expect([delay(0), delay(0.5), delay(0.999)]).toEqual([7_000, 7_500, 7_999]);
  });

  it('leaves a promise beyond the policy to the caller', () => {
    const options = { policy, clock: createTestClock(), idempotent: true };
    expect(retryDelayMs(apiError(429, { retryAfterMs: 120_001 }), 1, options)).toBeUndefined();
  });

  it.each([
    ['400 of a read', apiError(400), true, false],
    ['401 of a read', apiError(401), true, false],
    ['404 of a read', apiError(404), true, false],
    ['408 of a read', apiError(408), true, true],
    ['423 of a read', apiError(423), true, true],
    ['429 of a read', apiError(429), true, true],
    ['500 of a read', apiError(500), true, true],
    ['501 of a read', apiError(501), true, false],
    ['504 of a read', apiError(504), true, true],
    ['200 that is said to be temporary', apiError(200, { temporary: true }), true, true],
    ['500 that is said to be final', apiError(500, { temporary: false }), true, false],
    ['an unreachable server of a read', unreachable(true), true, true],
    ['423 of a post', apiError(423), false, true],
    ['429 of a post', apiError(429), false, true],
    ['503 of a post', apiError(503), false, true],
    ['500 of a post', apiError(500), false, false],
    ['504 of a post', apiError(504, { temporary: true }), false, false],
    ['a post that certainly never left', unreachable(false), false, true],
    ['a post that may have arrived', unreachable(true), false, false],
    ['an answer nobody understands', new InvalidAnswerError('webex', 'a', 'b'), true, false],
    ['an error of our own', new TypeError('bug'), true, false],
  ])('decides about %s', (_name, error, idempotent, repeats) => {
    const delay = retryDelayMs(error, 1, { policy, clock: createTestClock(), idempotent });
    expect(delay !== undefined).toBe(repeats);
  });

  it('tells about each pause, and throws the last error when it gives up', async () => {
    const told: number[] = [];
    const attempt = (number: number) => Promise.reject(apiError(501 + number, { temporary: true }));
    const result = withRetries(attempt, {
      policy: { ...policy, attempts: 3 },
      clock: createTestClock(),
      idempotent: true,
      onRetry: (_error, waitMs) => told.push(waitMs),
    });
    await expect(result).rejects.toMatchObject({ status: 504, attempts: 3 });
    expect(told).toEqual([500, 1_000]);
  });

  it('ends a pause at once when the signal fires', async () => {
    const stop = new AbortController();
    const sleeping = sleep(60_000, stop.signal);
    stop.abort();
    await expect(sleeping).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('Retry-After', () => {
  const nowMs = Date.UTC(2026, 10, 20, 9, 42, 0);
  const serverDate = 'Fri, 20 Nov 2026 09:00:00 GMT';
  it.each([
    ['seconds', '3', undefined, 3_000],
    ['nothing to wait', '0', undefined, 0],
    ['a day', '86400', undefined, 86_400_000],
    ['spaces around', ' 12 ', undefined, 12_000],
    ['two headers: the longer one', '3, 20', undefined, 20_000],
    ['a date by the clock of the server', 'Fri, 20 Nov 2026 09:00:30 GMT', serverDate, 30_000],
    [
      'two dates: the later one',
      'Fri, 20 Nov 2026 09:00:30 GMT, Fri, 20 Nov 2026 09:00:40 GMT',
      serverDate,
      40_000,
    ],
    ['a date by our clock', 'Fri, 20 Nov 2026 09:42:05 GMT', undefined, 5_000],
    ['a date in the past', 'Fri, 20 Nov 2026 08:00:00 GMT', serverDate, 0],
    ['a date beside a broken Date', 'Fri, 20 Nov 2026 09:42:05 GMT', 'yesterday', 5_000],
    ['a negative number', '-1', undefined, undefined],
    ['a fraction', '1.5', undefined, undefined],
    ['a word', 'abc', undefined, undefined],
    ['nothing', '', undefined, undefined],
    ['no header', undefined, undefined, undefined],
  ])('reads %s', (_name, value, dateHeader, expected) => {
    expect(parseRetryAfter(value, dateHeader, nowMs)).toBe(expected);
  });
});
