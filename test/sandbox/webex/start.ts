import { onTestFinished } from 'vitest';
import { createDoor, type Door } from '../../../src/sandbox/door.ts';
import { startWebex, type Webex } from '../../../src/sandbox/webex/webex.ts';

export const callbackUrl = 'http://127.0.0.1:1/oauth/callback';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // What a test expects of an answer is written in its expectation.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of all shapes
  readonly body: any;
}

export type Call = (
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  options?: { readonly body?: unknown; readonly token?: string },
) => Promise<Answer>;

export interface TestWebex {
  readonly webex: Webex;
  readonly door: Door;
  /** With the bot's token unless another is given; a `FormData` goes out as multipart. */
  readonly call: Call;
}

/** A Webex of its own for one test. */
export async function startTestWebex(
  options: Omit<Parameters<typeof startWebex>[0], 'door' | 'redirectUris'> = {},
): Promise<TestWebex> {
  const door = createDoor();
  const webex = await startWebex({ redirectUris: [callbackUrl], ...options, door });
  onTestFinished(() => webex.close());
  const call: Call = async (method, path, { body, token = webex.botToken } = {}) => {
    const url = path.startsWith('http') ? path : `${webex.apiUrl}${path}`;
    const isJson = body !== undefined && !(body instanceof FormData);
    const answer = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(isJson && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: type.startsWith('application/json') ? JSON.parse(text) : text,
    };
  };
  return { webex, door, call };
}
