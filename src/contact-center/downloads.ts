import { Agent } from 'undici';
import { startDeadline } from '../http/deadline.ts';
import { ApiError, UnreachableError } from '../http/errors.ts';
import { createLinkGuard, type ResolveName } from '../http/link-guard.ts';
import {
  type Clock,
  defaultRetryPolicy,
  parseRetryAfter,
  type RetryPolicy,
  withRetries,
} from '../http/retry.ts';
import type { Permit } from '../http/retry-budget.ts';
import { type HttpAnswer, send } from '../http/send.ts';
import { createSlots, type Slots } from '../http/slots.ts';
import type { Log } from '../log.ts';
import type { TranscriptLink } from './captures.ts';
import { isTranscriptHost } from './transcript-hosts.ts';

/** Told after each request for a file, with what was wrong with it where it brought none. */
export type OnTry = (failure: unknown) => void;

interface DownloadOptions {
  readonly signal?: AbortSignal;
  readonly onTry?: OnTry;
  readonly turn?: () => Promise<Permit>;
}

export interface TranscriptDownloads {
  /**
   * Waits for one of the connections and keeps it for this work. Whoever begins a deadline begins it in
   * here, so that it measures the storage and not the queue.
   */
  readonly inTurn: Slots;
  /**
   * Fetches one transcript file.
   *
   * @param turn waited for before each attempt, outside of every deadline; told how the attempt went
   * @throws {HostRefusedError} before any connection; {ApiError} any status but 200, see `isExpiredLink`;
   *   {TooLargeError}; {UnreachableError} also when all attempts together took too long; {CancelledError}
   */
  download(link: Pick<TranscriptLink, 'url'>, options?: DownloadOptions): Promise<Buffer>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface DownloadLimits {
  /** Downloads at once. */
  readonly connections: number;
  readonly attemptMs: number;
  /** For all attempts of one file. */
  readonly totalMs: number;
  /** After decoding. */
  readonly maxBytes: number;
}

const defaultDownloadLimits: DownloadLimits = {
  connections: 16,
  attemptMs: 20_000,
  totalMs: 60_000,
  // JSON.parse blocks for 4.5 ms a megabyte.
  maxBytes: 16 * 1024 * 1024,
};

interface DownloadsDeps {
  /** Exact `host[:port]`; `undefined`: https at the vendor's and its storage's domains. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: RetryPolicy;
  readonly limits?: Partial<DownloadLimits>;
  readonly resolve?: ResolveName;
}

const doing = 'downloading a transcript';

/**
 * The one way from a link in an API answer to bytes. It has connections of its own: nothing that other
 * requests carry, least of all a token, can travel with a download.
 */
export function createTranscriptDownloads(deps: DownloadsDeps): TranscriptDownloads {
  const { clock, log, policy = defaultRetryPolicy } = deps;
  const limits = { ...defaultDownloadLimits, ...deps.limits };
  const guard = createLinkGuard(
    { listed: deps.allowedHosts, isTrusted: isTranscriptHost, setting: 'TRANSCRIPT_HOSTS' },
    deps.resolve,
  );
  const agent = new Agent({
    connections: limits.connections,
    pipelining: 1,
    keepAliveTimeout: 20_000,
    connect: { lookup: guard.lookup, timeout: 5_000 },
  });

  const attempt = async (url: URL, signal: AbortSignal): Promise<Buffer> => {
    const answer = await send(agent, {
      service: 'storage',
      doing,
      method: 'GET',
      url,
      timeoutMs: limits.attemptMs,
      maxBytes: limits.maxBytes,
      signal,
    });
    if (answer.status !== 200) throw toApiError(answer, clock.now());
    return answer.body;
  };

  return {
    inTurn: createSlots(limits.connections),
    async download(link, { signal, onTry = () => {}, turn } = {}) {
      const url = guard.check(link.url);
      const deadline = startDeadline(limits.totalMs, signal);
      const attemptAndTell = async () => {
        const permit = turn && (await deadline.outside(turn));
        try {
          const body = await attempt(url, deadline.signal);
          permit?.end();
          onTry(undefined);
          return body;
        } catch (error) {
          permit?.end(error);
          onTry(error);
          throw error;
        }
      };
      try {
        return await withRetries(attemptAndTell, {
          policy,
          clock,
          idempotent: true,
          signal: deadline.signal,
          onRetry: (err, waitMs, number) =>
            log.debug({ err, waitMs, number, host: url.host }, 'a download is repeated'),
        });
      } catch (error) {
        if (!deadline.passed() || signal?.aborted) throw error;
        throw new UnreachableError('storage', doing, `not finished within ${limits.totalMs} ms`, {
          cause: error,
          mayHaveArrived: true,
        });
      } finally {
        deadline.clear();
      }
    },
    close: () => agent.destroy(),
  };
}

/** True when new links have to be asked for: S3 refuses old ones with 403, or 400 when its own key is old. */
export function isExpiredLink(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.service === 'storage' &&
    (error.status === 403 || error.detail === 'ExpiredToken')
  );
}

function toApiError({ status, headers, body }: HttpAnswer, nowMs: number): ApiError {
  // The rest of S3's XML repeats parts of the link.
  const [, code] = /<Code>(\w{1,60})<\/Code>/.exec(body.toString('latin1', 0, 4_096)) ?? [];
  return new ApiError({
    service: 'storage',
    status,
    doing,
    detail: code,
    trackingId: headers['x-amz-request-id'],
    retryAfterMs: parseRetryAfter(headers['retry-after'], headers['date'], nowMs),
  });
}
