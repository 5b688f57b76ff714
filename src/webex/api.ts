import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { InvalidAnswerError } from '../http/errors.ts';
import { type Clock, defaultRetryPolicy, type RetryPolicy, withRetries } from '../http/retry.ts';
import { type HttpAnswer, type HttpRequest, send } from '../http/send.ts';
import type { Log } from '../log.ts';
import { checkShape, parseAnswer, toApiError } from './answers.ts';
import type { MultipartBody } from './multipart.ts';
import { nextPage } from './paging.ts';

export interface WebexApiDeps {
  readonly apiUrl: URL;
  readonly token: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log?: Log;
  readonly policy?: RetryPolicy;
  readonly timeouts?: Timeouts;
  /** Ends every call that brings no signal of its own, its pauses included. */
  readonly signal?: AbortSignal | undefined;
}

export interface Timeouts {
  readonly callMs: number;
  readonly uploadMs: number;
}

const defaultTimeouts: Timeouts = { callMs: 15_000, uploadMs: 600_000 };

export interface Call {
  /** For errors and the log. */
  readonly doing: string;
  readonly method: HttpRequest['method'];
  /** Relative to the API's base, ids already encoded. */
  readonly path: string;
  readonly json?: unknown;
  /** Makes a fresh body for each attempt: a stream can be sent once only. */
  readonly upload?: () => Promise<MultipartBody>;
  readonly signal?: AbortSignal | undefined;
}

export interface WebexApi {
  /** Our clock, corrected by what the last answer said about the time. */
  now(): number;
  /** @throws {ApiError} any status but 2xx; {UnreachableError} no answer; both after the retries */
  run(call: Call): Promise<void>;
  /** @throws as `run`, and {InvalidAnswerError} for JSON of another shape */
  read<T>(call: Call, schema: z.ZodType<T>): Promise<T>;
  /** All items of all pages, in the API's order. */
  list<T>(call: Call, schema: z.ZodType<T>): AsyncGenerator<T>;
}

/** A page of a thousand memberships stays below one. */
const maxAnswerBytes = 8 * 1024 * 1024;

const Page = z.object({ items: z.array(z.unknown()) });
type Page = z.infer<typeof Page>;

/** Requests to the Webex API for one account: token, deadline, retries and errors are handled here. */
export function createWebexApi(deps: WebexApiDeps): WebexApi {
  const { clock, log, policy = defaultRetryPolicy } = deps;
  const base = new URL(`${deps.apiUrl.href.replace(/\/+$/, '')}/`);
  const pauses = createPauses(clock, policy);
  let aheadMs = 0;

  const signalOf = (call: Call) => call.signal ?? deps.signal;

  const attempt = async (call: Call, url: URL): Promise<HttpAnswer> => {
    // Links of later pages come from outside; the token goes to one origin only.
    if (url.origin !== base.origin) {
      throw new InvalidAnswerError('webex', call.doing, 'a link to another origin');
    }
    const resource = url.pathname.slice(base.pathname.length).split('/')[0] ?? '';
    await pauses.wait(resource, signalOf(call));
    const answer = await sendCall({ ...call, signal: signalOf(call) }, url, deps);
    const { date = '' } = answer.headers;
    const serverMs = Date.parse(date);
    if (!Number.isNaN(serverMs)) aheadMs = serverMs - clock.now();
    if (answer.status >= 200 && answer.status < 300) return answer;
    const error = toApiError(call.doing, answer, clock.now());
    if (error.status === 429) pauses.begin(resource, error.retryAfterMs);
    throw error;
  };

  const repeat = <T>(call: Call, run: () => Promise<T>): Promise<T> =>
    withRetries(run, {
      policy,
      clock,
      // A message that may have arrived is not sent again: people would read it twice.
      idempotent: call.method !== 'POST',
      signal: signalOf(call),
      onRetry: (err, waitMs, number) =>
        log?.warn({ err, waitMs, attempt: number }, 'a Webex call will be repeated'),
    });

  const readPage = <T>(call: Call, url: URL, schema: z.ZodType<T>) =>
    repeat(call, async () => {
      const answer = await attempt(call, url);
      const { link } = answer.headers;
      return { next: nextPage(link, url), value: parseAnswer(call.doing, answer, schema) };
    });

  return {
    now: () => clock.now() + aheadMs,
    async run(call) {
      await repeat(call, () => attempt(call, new URL(call.path, base)));
    },
    async read(call, schema) {
      return (await readPage(call, new URL(call.path, base), schema)).value;
    },
    async *list(call, schema) {
      const visited = new Set<string>();
      let url: URL | undefined = new URL(call.path, base);
      while (url) {
        if (visited.has(url.href)) {
          throw new InvalidAnswerError('webex', call.doing, 'a page that links to an earlier one');
        }
        visited.add(url.href);
        const page: { next: URL | undefined; value: Page } = await readPage(call, url, Page);
        for (const item of page.value.items) yield checkShape(call.doing, item, schema);
        url = page.next;
      }
    },
  };
}

async function sendCall(call: Call, url: URL, deps: WebexApiDeps): Promise<HttpAnswer> {
  const timeouts = deps.timeouts ?? defaultTimeouts;
  const upload = await call.upload?.();
  const json = call.json === undefined ? undefined : JSON.stringify(call.json);
  const body = upload?.stream ?? json;
  try {
    return await send(deps.dispatcher, {
      service: 'webex',
      doing: call.doing,
      method: call.method,
      url,
      headers: {
        authorization: `Bearer ${deps.token}`,
        accept: 'application/json',
        'user-agent': 'wxcc-export-bot',
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...upload?.headers,
      },
      ...(body !== undefined && { body }),
      timeoutMs: upload ? timeouts.uploadMs : timeouts.callMs,
      maxBytes: maxAnswerBytes,
      signal: call.signal,
    });
  } finally {
    // An attempt that ended early leaves the file open otherwise.
    upload?.stream.destroy();
  }
}

/**
 * After a 429 everybody who wants the same kind of resource waits, not only the call that was refused:
 * asking during the pause prolongs it. Limits of Webex count per kind, so the others go on.
 */
function createPauses(clock: Clock, policy: RetryPolicy) {
  const untilMs = new Map<string, number>();
  return {
    async wait(resource: string, signal: AbortSignal | undefined): Promise<void> {
      const leftMs = () => (untilMs.get(resource) ?? 0) - clock.now();
      // Others may be refused meanwhile, which prolongs the pause.
      while (leftMs() > 0) await clock.sleep(leftMs(), signal);
    },
    begin(resource: string, pauseMs: number | undefined): void {
      // A pause nobody is willing to wait for would only hide the answer of Webex from the caller.
      if (pauseMs === undefined || pauseMs > policy.maxRetryAfterMs) return;
      untilMs.set(resource, Math.max(untilMs.get(resource) ?? 0, clock.now() + pauseMs));
    },
  };
}
