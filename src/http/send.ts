import { channel } from 'node:diagnostics_channel';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { AppError, CancelledError } from '../errors.ts';
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

/** What became of one request: whose, and the status, or none where no complete answer came. */
export interface RequestEnd {
  readonly service: Service;
  readonly status: number | undefined;
}

const ends = channel('wxcc-export-bot:request-end');

/** Tells every request of this process once it is over. The function returned ends that. */
export function onRequestEnd(listener: (end: RequestEnd) => void): () => void {
  // Published below and nowhere else.
  const onMessage = (message: unknown) => listener(message as RequestEnd);
  ends.subscribe(onMessage);
  return () => void ends.unsubscribe(onMessage);
}

/**
 * One attempt of one request: no retry, no redirect, the body always read to its end or cut off.
 *
 * Any status is an answer. The caller attaches tokens, so that this function cannot leak one.
 *
 * @throws {UnreachableError} no complete answer in time; {TooLargeError} the cap was passed;
 *   {InvalidAnswerError} a content coding nobody asked for; {CancelledError} the caller's signal fired
 */
export function send(dispatcher: Dispatcher, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => new Exchange(request, resolve, reject).begin(dispatcher));
}

/**
 * undici's own handler interface: its `request` makes a stream, a signal and a controller for each answer,
 * which cost more than all the rest of a small download.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Record<string, string> = {};
  #decoder: Transform | undefined;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #isOver = false;

  constructor(
    request: HttpRequest,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => {
      const reason = `no answer within ${request.timeoutMs} ms`;
      this.#fail(this.#unreachable({ reason, mayHaveArrived: true }));
    }, request.timeoutMs);
    request.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  begin(dispatcher: Dispatcher): void {
    const { url, method, headers, body, timeoutMs, signal } = this.#request;
    if (signal?.aborted) {
      this.#onAbort();
      return;
    }
    try {
      dispatcher.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method,
          headers: { 'accept-encoding': 'identity', ...headers },
          body: body ?? null,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        },
        this,
      );
    } catch (error) {
      this.#fail(this.#toHttpError(error));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection.
    if (this.#isOver) controller.abort(new CancelledError());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // What comes before the real answer, such as 103 Early Hints.
    if (status < 200) return;
    this.#status = status;
    this.#headers = plainHeaders(headers);
    const decoder = decoderFor(this.#headers['content-encoding']);
    if (decoder === 'unknown') {
      const { service, doing } = this.#request;
      this.#fail(new InvalidAnswerError(service, doing, 'unknown content coding'));
    } else if (decoder) {
      this.#decoder = decoder;
      decoder.on('data', (chunk: Buffer) => this.#take(chunk));
      decoder.on('drain', () => this.#controller?.resume());
      decoder.on('end', () => this.#finish());
      decoder.on('error', (error) => this.#fail(this.#toHttpError(error)));
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    if (!this.#decoder) this.#take(chunk);
    else if (!this.#decoder.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#decoder) this.#decoder.end();
    else this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#toHttpError(error));
  }

  /** Counts what comes out of the decoder: 64 KiB can hold 64 MiB. */
  #take(chunk: Buffer): void {
    const { service, doing, maxBytes } = this.#request;
    this.#size += chunk.length;
    if (this.#size > maxBytes) this.#fail(new TooLargeError(service, doing, maxBytes));
    else this.#chunks.push(chunk);
  }

  #finish(): void {
    if (!this.#end(this.#status)) return;
    const [first] = this.#chunks;
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  #fail(error: Error): void {
    if (!this.#end(undefined)) return;
    this.#reject(error);
    this.#decoder?.destroy();
    this.#controller?.abort(error);
  }

  /** @returns false when it was over before */
  #end(status: number | undefined): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (ends.hasSubscribers) {
      const { service } = this.#request;
      ends.publish({ service, status } satisfies RequestEnd);
    }
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }

  readonly #onAbort = () => {
    this.#fail(new CancelledError(`${this.#request.doing}: cancelled`));
  };

  #toHttpError(error: unknown): Error {
    // Ours already: a host that the dispatcher refuses to connect to.
    if (error instanceof AppError) return error;
    const code = codeOf(error);
    const mayHaveArrived = !(code !== undefined && neverSent.has(code));
    return this.#unreachable({ reason: code ?? 'broken', mayHaveArrived }, error);
  }

  #unreachable(
    { reason, mayHaveArrived }: { reason: string; mayHaveArrived: boolean },
    cause?: unknown,
  ): UnreachableError {
    const { service, doing } = this.#request;
    return new UnreachableError(service, doing, reason, { cause, mayHaveArrived });
  }
}

function decoderFor(encoding: string | undefined): Transform | 'unknown' | undefined {
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

function plainHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
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

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? codeOf(error.cause) : undefined;
}
