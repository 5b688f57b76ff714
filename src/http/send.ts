import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { AppError, CancelledError } from '../errors.ts';
import { startDeadline } from './deadline.ts';
import { InvalidAnswerError, type Service, TooLargeError, UnreachableError } from './errors.ts';

export interface HttpRequest {
  readonly service: Service;
  /** What we are doing, for errors and the log; never contains a query string. */
  readonly doing: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream can be sent once only, so requests that carry one are never repeated. */
  readonly body?: string | Buffer | Readable;
  /** Total time from connect to the last byte; an idle time-out alone lets a slow drip live for ever. */
  readonly timeoutMs: number;
  /** Most bytes accepted after decoding. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * One attempt of one request: no retry, no redirect, the body always read to its end or destroyed.
 *
 * Any status is an answer. The caller attaches tokens, so that this function cannot leak one.
 *
 * @throws {UnreachableError} no complete answer in time; {TooLargeError} the cap was passed;
 *   {InvalidAnswerError} a content coding nobody asked for; {CancelledError} the caller's signal fired
 */
export async function send(dispatcher: Dispatcher, request: HttpRequest): Promise<HttpAnswer> {
  const deadline = startDeadline(request.timeoutMs, request.signal);
  try {
    const answer = await dispatcher.request({
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method,
      headers: { 'accept-encoding': 'identity', ...request.headers },
      body: request.body ?? null,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      signal: deadline.signal,
    });
    const headers = plainHeaders(answer.headers);
    const body = await readBody(answer.body, headers['content-encoding'], request);
    return { status: answer.statusCode, headers, body };
  } catch (error) {
    throw toHttpError(error, request, deadline.passed());
  } finally {
    deadline.clear();
  }
}

/** Decodes and reads a whole body, counting what comes out of the decoder: 64 KiB can hold 64 MiB. */
async function readBody(
  body: Readable,
  encoding: string | undefined,
  request: HttpRequest,
): Promise<Buffer> {
  const decoder = decoderFor(encoding);
  if (decoder === 'unknown') {
    // Nobody waits for this body any more; without a listener its end would be an uncaught error.
    body.on('error', () => {}).destroy();
    throw new InvalidAnswerError(request.service, request.doing, 'unknown content coding');
  }
  if (!decoder) return collect(body, request);
  // The decoder hears of an error of the body; an error of the decoder ends the body.
  body.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => body.destroy());
  return collect(body.pipe(decoder), request);
}

/** By hand: a stream pipeline costs more than all the rest of a small download. */
function collect(source: Readable, { service, doing, maxBytes }: HttpRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    source.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else source.destroy(new TooLargeError(service, doing, maxBytes));
    });
    source.on('error', reject);
    source.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    });
    source.on('close', () => {
      if (!source.readableEnded) reject(new Error('the body ended early'));
    });
  });
}

function decoderFor(encoding: string | undefined) {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return 'unknown';
  }
}

function plainHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

/** The request certainly never left when not even a connection came about. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function toHttpError(error: unknown, request: HttpRequest, deadlinePassed: boolean): Error {
  // Ours already: too large, or a host that the dispatcher refuses to connect to.
  if (error instanceof AppError) return error;
  if (request.signal?.aborted) return new CancelledError(`${request.doing}: cancelled`);
  const code = codeOf(error);
  const reason = deadlinePassed ? `no answer within ${request.timeoutMs} ms` : (code ?? 'broken');
  return new UnreachableError(request.service, request.doing, reason, {
    cause: error,
    mayHaveArrived: !(code !== undefined && neverSent.has(code)),
  });
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : undefined;
}
