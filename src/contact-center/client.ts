import { randomUUID } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { RequestBudget } from '../http/budget.ts';
import { ApiError, InvalidAnswerError, UnreachableError } from '../http/errors.ts';
import {
  type Clock,
  defaultRetryPolicy,
  parseRetryAfter,
  type RetryPolicy,
  retryDelayMs,
} from '../http/retry.ts';
import type { RetryBudget } from '../http/retry-budget.ts';
import { type HttpAnswer, send } from '../http/send.ts';
import type { Log } from '../log.ts';
import type { Dialects } from './dialect.ts';
import { readErrorBody } from './error-body.ts';

/** On whose behalf a call is made, and who is told about it. */
export interface Caller {
  /** The job's ref: the budget serves owners in turn. */
  readonly owner: string;
  /** UUID of the contact-center organization. */
  readonly orgId: string;
  /** @param refused the token that has just been answered with 401, so that a fresh one is needed */
  accessToken(refused?: string): Promise<string>;
  readonly signal?: AbortSignal | undefined;
  readonly watch?: CallWatch | undefined;
  /** The longest pause that an answer may impose; what is longer is an error. That of the policy by default. */
  readonly patienceMs?: number;
  /** Of the job, where there is one. */
  readonly retries?: RetryBudget;
}

interface CallWatch {
  /** After each attempt; `status` is absent when no answer came. */
  onCall?(call: { readonly doing: string; readonly status: number | undefined }): void;
  /** Before a pause that ends no earlier than this instant (epoch ms). */
  onWait?(untilMs: number): void;
}

export interface ApiCall {
  /** For errors and the log: `searching tasks, page 3`. */
  readonly doing: string;
  readonly method: 'GET' | 'POST';
  /** Path with its query, below the base address. */
  readonly path: string;
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly json: unknown;
  readonly status: number;
  readonly trackingId: string;
  /** How often the request was made in all. */
  readonly attempts: number;
}

export interface ContactCenter {
  /**
   * Makes one call until it is answered or given up. Only for reads: whatever failed may be repeated.
   *
   * @param read turns the JSON of a success into a value; it may throw, an `ApiError` that is temporary
   *   makes the call repeat
   * @throws {ApiError} refused, or still failing after the retries; {UnreachableError};
   *   {InvalidAnswerError} no JSON; {NotSignedInError} from `accessToken`; {CancelledError}
   */
  request<T>(caller: Caller, call: ApiCall, read: (answer: ApiAnswer) => T): Promise<T>;
  /** What this service turned out not to understand. */
  readonly dialects: Dialects;
}

interface ContactCenterDeps {
  readonly baseUrl: URL;
  readonly dispatcher: Dispatcher;
  readonly budget: RequestBudget;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: RetryPolicy;
  /** Deadline of one attempt. */
  readonly timeoutMs?: number;
}

interface Attempt {
  readonly token: string;
  /** This one included. */
  readonly attempts: number;
}

/** A page of 250 tasks has about half a megabyte. */
const maxAnswerBytes = 32 * 1024 * 1024;

/** A 429 may come without Retry-After; a minute is the vendor's whole window. */
const defaultPauseMs = 60_000;

const mostPauseMs = 24 * 60 * 60 * 1_000;

/** Refusals by the rate limit do nothing and cost nothing but time, so one call bears many of them. */
const maxThrottled = 20;

/** A grant can be withdrawn again while a call is repeated with the next one. More than that is no accident. */
const maxRefreshes = 2;

/** The one way to the contact center: budget, token, deadline, retries, errors with a tracking id. */
export function createContactCenter(deps: ContactCenterDeps): ContactCenter {
  const { budget, clock, log } = deps;
  const policy = deps.policy ?? defaultRetryPolicy;

  const exchange = async (
    caller: Caller,
    call: ApiCall,
    { token, attempts }: Attempt,
  ): Promise<ApiAnswer> => {
    const { freeAtMs } = budget.state();
    if (freeAtMs !== undefined) caller.watch?.onWait?.(freeAtMs);
    await budget.take(caller.owner, caller.signal);
    const trackingId = randomUUID();
    const answer = await send(deps.dispatcher, {
      service: 'contact-center',
      doing: call.doing,
      method: call.method,
      url: addressOf(deps.baseUrl, call.path),
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        trackingid: trackingId,
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      timeoutMs: deps.timeoutMs ?? 30_000,
      maxBytes: maxAnswerBytes,
      signal: caller.signal,
    });
    if (answer.status !== 200) throw toApiError(answer, call.doing, trackingId, clock.now());
    return {
      json: parseJson(answer.body, call.doing),
      status: answer.status,
      trackingId: answer.headers['trackingid'] ?? trackingId,
      attempts,
    };
  };

  const attempt = async <T>(
    caller: Caller,
    call: ApiCall,
    number: Attempt,
    read: (answer: ApiAnswer) => T,
  ): Promise<T> => {
    const permit = await caller.retries?.turn(caller.signal);
    let status: number | undefined;
    try {
      const answer = await exchange(caller, call, number);
      status = answer.status;
      const value = read(answer);
      permit?.end();
      return value;
    } catch (error) {
      if (error instanceof ApiError) status = error.status;
      permit?.end(error);
      throw error;
    } finally {
      log.debug({ owner: caller.owner, doing: call.doing, status }, 'contact center called');
      caller.watch?.onCall?.({ doing: call.doing, status });
    }
  };

  /** Stops everybody; whoever asks next waits in the budget, this call included. */
  const pauseAll = (refusal: ApiError, throttled: number, caller: Caller) => {
    const pauseMs = refusal.retryAfterMs ?? defaultPauseMs;
    // A little more than promised: whole seconds may be cut, and earlier is a certain second refusal. But
    // no single answer stops everybody for ever: after a day it is worth asking whether it still holds.
    const heldMs = Math.min(pauseMs, mostPauseMs);
    budget.pauseUntil(clock.now() + heldMs + clock.random() * 1_000);
    log.warn({ pauseMs }, 'the contact center asks for a pause');
    const patienceMs = caller.patienceMs ?? policy.maxRetryAfterMs;
    if (pauseMs > patienceMs || throttled > maxThrottled) throw refusal;
  };

  const backOff = async (error: ApiError | UnreachableError, failed: number, caller: Caller) => {
    const maxRetryAfterMs = caller.patienceMs ?? policy.maxRetryAfterMs;
    const waitMs = retryDelayMs(error, failed, {
      policy: { ...policy, maxRetryAfterMs },
      clock,
      idempotent: true,
    });
    if (waitMs === undefined) throw error;
    log.warn({ err: error, owner: caller.owner, failed, waitMs }, 'a call is repeated');
    caller.watch?.onWait?.(clock.now() + waitMs);
    await clock.sleep(waitMs, caller.signal);
  };

  return {
    dialects: new Map(),
    async request(caller, call, read) {
      let refused: string | undefined;
      let refreshes = 0;
      let throttled = 0;
      let failed = 0;
      for (let attempts = 1; ; attempts++) {
        // Before the budget: a refresh takes time, and what is granted has to be sent at once.
        const token = await caller.accessToken(refused);
        refused = undefined;
        try {
          return await attempt(caller, call, { token, attempts }, read);
        } catch (error) {
          if (!(error instanceof ApiError || error instanceof UnreachableError)) throw error;
          error.attempts = attempts;
          const status = error instanceof ApiError ? error.status : undefined;
          if (status === 401 && refreshes < maxRefreshes) {
            refreshes++;
            refused = token;
          } else if (error instanceof ApiError && status === 429) {
            throttled++;
            pauseAll(error, throttled, caller);
          } else {
            failed++;
            await backOff(error, failed, caller);
          }
        }
      }
    },
  };
}

/** Tokens go to this origin only, whatever a path may look like. */
function addressOf(baseUrl: URL, path: string): URL {
  const url = new URL(baseUrl.href.replace(/\/+$/, '') + path);
  if (url.origin !== baseUrl.origin) throw new TypeError('the path leads to another origin');
  return url;
}

function parseJson(body: Buffer, doing: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's own message quotes the body, which may hold customers' data.
    throw new InvalidAnswerError('contact-center', doing, 'the body is not JSON');
  }
}

function toApiError(answer: HttpAnswer, doing: string, ownTrackingId: string, nowMs: number) {
  const { headers, status } = answer;
  const { detail, trackingId } = readErrorBody(answer.body);
  return new ApiError({
    service: 'contact-center',
    status,
    doing,
    detail,
    // Ours was sent along, so support can find the request by it where the answer names none.
    trackingId: trackingId ?? headers['trackingid'] ?? ownTrackingId,
    retryAfterMs: parseRetryAfter(headers['retry-after'], headers['date'], nowMs),
  });
}
