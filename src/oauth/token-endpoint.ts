import type { CustomFetchOptions } from 'oauth4webapi';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { ApiError } from '../http/errors.ts';
import { type Clock, parseRetryAfter } from '../http/retry.ts';
import { send } from '../http/send.ts';

const maxReplyBytes = 64 * 1024;

/** OAuth error codes are plain words; anything else is not repeated anywhere. */
const ErrorReply = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) });

/** The token endpoint refused. */
export class TokenRefusedError extends ApiError {
  /** `invalid_grant` and the like, where the answer named one. */
  readonly reason: string | undefined;

  constructor(fields: ConstructorParameters<typeof ApiError>[0] & { reason: string | undefined }) {
    super({ ...fields, detail: fields.reason });
    this.reason = fields.reason;
  }
}

/**
 * What oauth4webapi calls instead of `fetch`: the same deadline, byte cap and errors as every other
 * request of ours, and no redirect is followed with the client secret in the body.
 */
export function tokenFetch(
  deps: { dispatcher: Dispatcher; clock: Pick<Clock, 'now'>; timeoutMs: number },
  call: { doing: string; signal?: AbortSignal | undefined },
) {
  return async (
    url: string,
    { method, headers, body }: CustomFetchOptions<'POST', URLSearchParams>,
  ): Promise<Response> => {
    const answer = await send(deps.dispatcher, {
      service: 'webex',
      doing: call.doing,
      method,
      url: new URL(url),
      headers,
      body: body.toString(),
      timeoutMs: deps.timeoutMs,
      maxBytes: maxReplyBytes,
      signal: call.signal,
    });
    if (answer.status === 200) return withoutIdToken(answer.body);
    const { trackingid: trackingId, 'retry-after': retryAfter, date } = answer.headers;
    throw new TokenRefusedError({
      service: 'webex',
      status: answer.status,
      doing: call.doing,
      reason: reasonOf(answer.body),
      trackingId,
      retryAfterMs: parseRetryAfter(retryAfter, date, deps.clock.now()),
    });
  };
}

/** An ID token would be a second opinion about who signed in; people/me alone decides that. */
function withoutIdToken(body: Buffer): Response {
  const json = parseJson(body);
  if (typeof json !== 'object' || json === null || !('id_token' in json)) return new Response(body);
  const { id_token: _, ...rest } = json;
  return new Response(JSON.stringify(rest));
}

function reasonOf(body: Buffer): string | undefined {
  const reply = ErrorReply.safeParse(parseJson(body));
  return reply.success ? reply.data.error : undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
