import { type Dispatcher, request } from 'undici';
import { z } from 'zod';

/** An answer as far as checks need it. */
export interface Answer {
  readonly status: number;
  /** Epoch ms of the sender's clock. */
  readonly dateMs: number | undefined;
  readonly location: string | undefined;
  /** `undefined` where the body is no JSON. */
  readonly json: unknown;
}

/** No answer: the code of the system (`ECONNREFUSED`, `ENOTFOUND`) or the kind of the time-out. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

const timeoutMs = 10_000;
const mostBytes = 4 * 1024 * 1024;

/**
 * One request, not repeated: a check tells what it is like now.
 *
 * @throws {NoAnswerError}
 */
export async function ask(
  url: URL,
  options: {
    readonly dispatcher: Dispatcher;
    readonly token?: string;
    readonly form?: Readonly<Record<string, string>>;
  },
): Promise<Answer> {
  const { dispatcher, token, form } = options;
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      method: form ? 'POST' : 'GET',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readSome(body);
    const date = Date.parse(String(headers['date']));
    const location = headers['location'];
    return {
      status: statusCode,
      dateMs: Number.isNaN(date) ? undefined : date,
      location: typeof location === 'string' ? location : undefined,
      json: parse(text),
    };
  } catch (error) {
    throw new NoAnswerError(codeOf(error));
  }
}

async function readSome(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > mostBytes) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const WithCode = z.object({ code: z.string().regex(/^[A-Z_]+$/) });

function codeOf(error: unknown): string {
  const read = WithCode.safeParse(error);
  if (read.success) return read.data.code;
  const cause = WithCode.safeParse(error instanceof Error ? error.cause : undefined);
  if (cause.success) return cause.data.code;
  return error instanceof Error && error.name === 'TimeoutError'
    ? 'no answer in ten seconds'
    : 'no usable answer';
}
