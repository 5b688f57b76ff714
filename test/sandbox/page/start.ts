import { onTestFinished } from 'vitest';
import { startPage } from '../../../src/sandbox/page/server.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { keepStandIn } from '../stand-in.ts';

/** The page over a sandbox, with a process in place of the bot. */
export async function startTestPage() {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const bot = await keepStandIn();
  const page = await startPage({ ...sandbox, bot, usualLatencyMs: 0 });
  onTestFinished(() => page.close());
  // What a test expects of an answer is written in its expectation.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of all shapes
  const get = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<any> => {
    const answer = await fetch(`${page.url}/api/${path}?${new URLSearchParams(query)}`);
    return answer.json();
  };
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${page.url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  };
  /** As the bot. */
  const call = async (method: string, path: string, body?: unknown) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${sandbox.webex.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${sandbox.webex.botToken}`,
        ...(!isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return text === '' ? {} : JSON.parse(text);
  };
  return { sandbox, webex: sandbox.webex, bot, page, get, post, call };
}

export interface StreamEvent {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects is written in its expectation
  readonly data: any;
}

/** Opens the stream of a person. @returns what reads it up to and with the first event that fits */
export async function listen(pageUrl: string, person: string) {
  const { body } = await fetch(`${pageUrl}/api/events?person=${person}`);
  const reader = (body ?? new ReadableStream<Uint8Array>()).getReader();
  onTestFinished(() => reader.cancel());
  let text = '';
  const events: StreamEvent[] = [];
  return async (fits: (event: StreamEvent) => boolean): Promise<StreamEvent[]> => {
    while (!events.some(fits)) {
      text += Buffer.from((await reader.read()).value ?? []).toString();
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        const name = /^event: (.*)$/m.exec(part)?.[1] ?? 'message';
        if (data !== undefined) events.push({ name, data: JSON.parse(data) });
      }
    }
    return events;
  };
}
