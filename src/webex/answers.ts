import { z } from 'zod';
import { withoutQueries } from '../errors.ts';
import { ApiError, InvalidAnswerError, UnreachableError } from '../http/errors.ts';
import { parseRetryAfter } from '../http/retry.ts';
import type { HttpAnswer } from '../http/send.ts';
import { ErrorBody } from './schema.ts';

/**
 * Reads the JSON of a successful answer.
 *
 * @throws {UnreachableError} no JSON at all: a cut body, or a proxy that speaks for Webex. Reads may be
 *   repeated then; {InvalidAnswerError} JSON of another shape, which repeating would not change
 */
export function parseAnswer<T>(doing: string, answer: HttpAnswer, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString('utf8'));
  } catch {
    // Without the cause: the parser's message quotes the body.
    throw new UnreachableError('webex', doing, 'the answer is not JSON', { mayHaveArrived: true });
  }
  return checkShape(doing, value, schema);
}

export function checkShape<T>(doing: string, value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    (issue) => `${z.core.toDotPath(issue.path)} ${issue.code}`,
  );
  throw new InvalidAnswerError('webex', doing, issues.slice(0, 5).join(', '));
}

/** Webex names what went wrong in `message` and `errors`, and every answer in `trackingId`. */
export function toApiError(doing: string, answer: HttpAnswer, nowMs: number): ApiError {
  const body = readErrorBody(answer.body);
  const { trackingid, date, 'retry-after': retryAfter } = answer.headers;
  return new ApiError({
    service: 'webex',
    doing,
    status: answer.status,
    trackingId: trackingid ?? body?.trackingId,
    retryAfterMs: parseRetryAfter(retryAfter, date, nowMs),
    detail: describeBody(body),
  });
}

function readErrorBody(body: Buffer): ErrorBody | undefined {
  try {
    return ErrorBody.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function describeBody(body: ErrorBody | undefined): string | undefined {
  const sentences = new Set([body?.message, ...(body?.errors ?? []).map((one) => one.description)]);
  const text = [...sentences].filter((sentence) => sentence !== undefined).join('; ');
  return text === '' ? undefined : withoutQueries(text.replace(/\s+/g, ' ')).slice(0, 200);
}
