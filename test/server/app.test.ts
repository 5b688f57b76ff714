import { gzipSync } from 'node:zlib';
import { Router } from 'express';
import { type Dispatcher, getGlobalDispatcher } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLog } from '../../src/log.ts';
import { findFreePort } from '../../src/sandbox/listen.ts';
import { createApp } from '../../src/server/app.ts';
import { listen } from '../../src/server/listen.ts';

type AppDeps = Parameters<typeof createApp>[0];

interface Asked {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Received {
  readonly body: Buffer;
  readonly signature: string | undefined;
}

/** The whole HTTP surface on loopback; what the listener would be told is kept instead. */
async function startApp(changes: Partial<AppDeps> = {}) {
  const received: Received[] = [];
  const lines: string[] = [];
  const log = createLog({ level: 'debug', stdout: { write: (line) => void lines.push(line) } });
  const port = await findFreePort();
  const app = createApp({
    listener: {
      accept: async (body, signature) => {
        received.push({ body, signature });
        return 200;
      },
    },
    loginRoutes: Router(),
    notReady: () => undefined,
    trustProxy: undefined,
    https: false,
    ...changes,
    log,
  });
  const server = await listen(app, { host: '127.0.0.1', port });
  onTestFinished(() => server.close());
  // Not by a URL, which would tidy the path up before it is sent.
  const ask = async (path: string, options: Asked = {}) => {
    const origin = `http://127.0.0.1:${port}`;
    const answer = await getGlobalDispatcher().request({ method: 'GET', ...options, origin, path });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text };
  };
  return { ask, received, lines };
}

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  ({ method: 'POST', body, headers }) satisfies Asked;

describe('an event', () => {
  it('reaches the listener byte for byte, whatever it says it is', async () => {
    const { ask, received } = await startApp();
    const bytes = Buffer.from('{ "é": "\u2028" }\r\n \u0000');
    const answers = [
      await ask('/webex/events', post(bytes, { 'x-spark-signature': 'abc' })),
      await ask('/webex/events', post(bytes, { 'content-type': 'application/json' })),
      await ask('/webex/events', post(bytes, { 'content-type': 'multipart/form-data' })),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(received.map(({ body }) => body.equals(bytes))).toEqual([true, true, true]);
    expect(received.map(({ signature }) => signature)).toEqual(['abc', undefined, undefined]);
  });

  it('without a body is one with no bytes', async () => {
    const { ask, received } = await startApp();
    const { status } = await ask('/webex/events', { method: 'POST' });
    expect(status).toBe(200);
    expect(received).toEqual([{ body: Buffer.alloc(0), signature: undefined }]);
  });

  it('is answered with what the listener says', async () => {
    const { ask } = await startApp({ listener: { accept: async () => 401 } });
    expect(await ask('/webex/events', post('{}'))).toMatchObject({
      status: 401,
      text: 'Unauthorized',
    });
  });

  it('of more than 64 KiB is refused unread, packed or not', async () => {
    const { ask, received } = await startApp();
    const large = Buffer.alloc(70_000, 'a');
    const answers = [
      await ask('/webex/events', post(large)),
      await ask('/webex/events', post(gzipSync(large), { 'content-encoding': 'gzip' })),
    ];
    expect(answers.map(({ status }) => status)).toEqual([413, 413]);
    expect(received).toEqual([]);
  });

  it('in an unknown coding, or broken in a known one, is refused', async () => {
    const { ask, received } = await startApp();
    const answers = [
      await ask('/webex/events', post('{}', { 'content-encoding': 'compress' })),
      await ask('/webex/events', post('{}', { 'content-encoding': 'gzip' })),
    ];
    expect(answers.map(({ status }) => status)).toEqual([415, 400]);
    expect(answers.map(({ text }) => text)).toEqual([
      'The request was not understood.\n',
      'The request was not understood.\n',
    ]);
    expect(received).toEqual([]);
  });

  it('that could not be remembered is answered so that Webex counts it as failed', async () => {
    const { ask, lines } = await startApp({
      listener: {
        accept: async () => {
          throw new Error('no space left on /data');
        },
      },
    });
    const { status, text } = await ask('/webex/events', post('{}'));
    expect({ status, text }).toEqual({ status: 500, text: 'Something went wrong.\n' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'a request failed', err: { type: 'Error', message: 'no space left on /data' } },
    ]);
  });
});

describe('everything else', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/webex/events'],
    ['PUT', '/webex/events'],
    ['POST', '/healthz'],
    ['GET', '/metrics'],
    ['GET', '/.env'],
    ['GET', '/../../etc/passwd'],
    ['TRACE', '/healthz'],
    ['DELETE', '/<script>alert(1)</script>'],
  ] as const)('%s %s is not found, and not repeated to whoever asks', async (method, path) => {
    const { ask } = await startApp();
    const { status, text } = await ask(path, { method });
    expect({ status, text }).toEqual({ status: 404, text: 'There is nothing here.\n' });
  });

  it('an address that cannot be decoded finds nothing either', async () => {
    const { ask } = await startApp();
    expect((await ask('/%E0%A4%A')).status).toBe(404);
  });
});

describe('health', () => {
  it('is told while the process lives, readiness while it can serve', async () => {
    let reason: string | undefined = 'the Webex webhooks are not active';
    const { ask, lines } = await startApp({ notReady: () => reason });
    const before = [await ask('/healthz'), await ask('/readyz')];
    reason = undefined;
    const after = await ask('/readyz');
    expect(before.map(({ status }) => status)).toEqual([200, 503]);
    expect(before.map(({ text }) => text)).toEqual(['ok\n', 'not ready\n']);
    expect(lines.join('')).toContain('the Webex webhooks are not active');
    expect(after).toMatchObject({ status: 200, text: 'ready\n' });
  });
});

describe('every answer', () => {
  const paths = ['/healthz', '/readyz', '/nothing'];

  it('forbids whatever a browser could do with it, and says nothing about the server', async () => {
    const { ask } = await startApp();
    for (const path of paths) {
      const { headers } = await ask(path);
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none'",
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
      expect(headers).not.toHaveProperty('strict-transport-security');
    }
  });

  it('binds browsers to https where the bot is reached by it', async () => {
    const { ask } = await startApp({ https: true });
    const { headers } = await ask('/healthz');
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
  });
});
