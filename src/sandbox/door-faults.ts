import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * How one answer goes wrong. With `status` or `body` the route behind the door is not asked; without them its
 * real answer is what gets headers, is cut, dripped or lost. `delayMs` comes before everything else.
 */
export interface FaultyAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON unless the headers say otherwise. */
  readonly body?: string | Buffer;
  readonly delayMs?: number;
  /** Called when the request arrives; nothing else happens before its promise resolves. */
  readonly until?: () => Promise<void>;
  /** The connection ends without an answer; `after` lets the route do its work first. */
  readonly hangUp?: true | 'after';
  /** Half of the bytes that were promised, then the connection ends. */
  readonly truncate?: true;
  /** The body in small pieces (one byte unless said otherwise) with a pause before each. */
  readonly drip?: { readonly everyMs: number; readonly bytes?: number };
  /** Accepts the request and never answers; `after` lets the route do its work first. */
  readonly never?: true | 'after';
}

export type Fault = 'pass' | FaultyAnswer;

export function playFault(
  fault: FaultyAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  if (fault.never === true) {
    request.resume();
    return;
  }
  if (fault.hangUp === true) {
    whenRead(request, () => request.socket.destroy());
    return;
  }
  if (fault.never === 'after') holdBack(response, () => {});
  else if (fault.hangUp === 'after') holdBack(response, () => request.socket.destroy());
  else if (fault.truncate) holdBack(response, (body) => sendHalf(response, body));
  else if (fault.drip) {
    const { everyMs, bytes = 1 } = fault.drip;
    holdBack(response, (body) => drip(response, body, everyMs, bytes));
  }
  for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
  if (fault.status === undefined && fault.body === undefined) next();
  else whenRead(request, () => answer(fault, response));
}

/** The whole body is taken in first, so that it is recorded and the client is not cut off while sending. */
function whenRead(request: IncomingMessage, act: () => void) {
  request.once('end', act);
  request.resume();
}

function answer({ status = 200, body = '' }: FaultyAnswer, response: ServerResponse) {
  response.statusCode = status;
  if (body.length > 0 && !response.hasHeader('content-type')) {
    response.setHeader('content-type', 'application/json');
  }
  response.end(body);
}

/** Collects what the route writes and hands it over as a whole once the route is done. */
export function holdBack(response: ServerResponse, release: (body: Buffer) => void) {
  const chunks: Buffer[] = [];
  const { write, end } = response;
  const collect = (chunk: unknown, encoding: unknown) => {
    if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    if (typeof chunk === 'string') {
      chunks.push(
        Buffer.from(
          chunk,
          typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8',
        ),
      );
    }
  };
  const callBack = (values: readonly unknown[]) => {
    const callback = values.find((value) => typeof value === 'function');
    if (callback) process.nextTick(callback);
  };
  Object.assign(response, {
    write(...values: unknown[]) {
      collect(values[0], values[1]);
      callBack(values);
      return true;
    },
    end(...values: unknown[]) {
      collect(values[0], values[1]);
      Object.assign(response, { write, end });
      const body = Buffer.concat(chunks);
      if (!response.headersSent) response.setHeader('content-length', body.length);
      release(body);
      callBack(values);
      return response;
    },
  });
}

function sendHalf(response: ServerResponse, body: Buffer) {
  const half = body.subarray(0, Math.floor(body.length / 2));
  response.flushHeaders();
  // An empty write would not call back, and a single byte has no half.
  if (half.length === 0) response.socket?.end();
  else response.write(half, () => response.socket?.destroy());
}

function drip(response: ServerResponse, body: Buffer, everyMs: number, bytes: number) {
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  const sendNext = () => {
    if (sent >= body.length) {
      response.end();
      return;
    }
    response.write(body.subarray(sent, sent + bytes));
    sent += bytes;
    timer = setTimeout(sendNext, everyMs);
  };
  response.once('close', () => clearTimeout(timer));
  response.flushHeaders();
  timer = setTimeout(sendNext, everyMs);
}
