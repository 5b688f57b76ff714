import { createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HttpRequest, send } from '../../src/http/send.ts';
import { startTestServer } from '../helpers/server.ts';

function createAgent() {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return agent;
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    service: 'storage',
    doing: 'testing',
    method: 'GET',
    url: new URL(url),
    timeoutMs: 10_000,
    maxBytes: 1_000_000,
    ...more,
  };
}

describe('sending', () => {
  it('returns any status with its headers and its whole body', async () => {
    const server = await startTestServer((_request, response) => {
      response.writeHead(418, { 'X-Tea': 'yes', 'set-cookie': ['a=1', 'b=2'] });
      response.end('short and stout');
    });
    const answer = await send(createAgent(), get(`${server.url}/pot?x=1`));
    expect(answer.status).toBe(418);
    expect(answer.body.toString()).toBe('short and stout');
    expect(answer.headers).toMatchObject({ 'x-tea': 'yes', 'set-cookie': 'a=1, b=2' });
    expect(server.requests[0]?.path).toBe('/pot?x=1');
  });

  it('does not follow a redirect', async () => {
    const server = await startTestServer((_request, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const answer = await send(createAgent(), get(server.url));
    expect([answer.status, server.requests.length]).toEqual([302, 1]);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (data: Buffer) => data],
  ])('decodes %s although it asked for no coding', async (coding, encode) => {
    const server = await startTestServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': coding });
      response.end(encode(Buffer.from('{"a":1}')));
    });
    const answer = await send(createAgent(), get(server.url));
    expect(answer.body.toString()).toBe('{"a":1}');
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it.each(['gzip, gzip', 'zstd'])(
    'refuses the coding "%s" and frees the connection',
    async (coding) => {
      const server = await startTestServer((_request, response) => {
        response.writeHead(200, { 'content-encoding': coding });
        response.end(Buffer.alloc(100_000));
      });
      const agent = createAgent();
      await expect(send(agent, get(server.url))).rejects.toMatchObject({ code: 'answer_invalid' });
      // A body that nobody reads would keep the agent from closing.
      await agent.close();
      expect(server.requests).toHaveLength(1);
    },
  );

  it('stops at the cap of decoded bytes, long before a gzip bomb is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const server = await startTestServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    const agent = createAgent();
    const result = send(agent, get(server.url, { maxBytes: 1_000_000 }));
    await expect(result).rejects.toMatchObject({ code: 'too_large', name: 'TooLargeError' });
    // An agent closes only when it waits for no body any more.
    await agent.close();
  });

  it('accepts exactly as many bytes as the cap says', async () => {
    const server = await startTestServer((_request, response) => {
      response.end('12345');
    });
    const agent = createAgent();
    const fits = await send(agent, get(server.url, { maxBytes: 5 }));
    expect(fits.body).toHaveLength(5);
    await expect(send(agent, get(server.url, { maxBytes: 4 }))).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  it('ends a slow drip at the deadline, although every byte comes soon after the last', async () => {
    const server = await startTestServer((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(drip));
    });
    const result = send(createAgent(), get(server.url, { timeoutMs: 200 }));
    await expect(result).rejects.toMatchObject({
      code: 'api_unavailable',
      message: expect.stringContaining('no answer within 200 ms'),
    });
  });

  it('gives up on a server that accepts and never answers', async () => {
    const server = await startTestServer(() => {});
    const result = send(createAgent(), get(server.url, { timeoutMs: 100 }));
    await expect(result).rejects.toMatchObject({ code: 'api_unavailable', mayHaveArrived: true });
  });

  it.each([
    ['with a length', { 'content-length': '1000' }],
    ['in chunks', {}],
    ['compressed', { 'content-encoding': 'gzip' }],
  ])('takes a body that breaks off (%s) for no answer', async (_name, headers) => {
    const half = gzipSync(Buffer.alloc(5_000, 'abc')).subarray(0, 20);
    const server = await startTestServer((_request, response) => {
      response.writeHead(200, headers);
      response.write(half, () => response.destroy());
    });
    const result = send(createAgent(), get(server.url));
    await expect(result).rejects.toMatchObject({ code: 'api_unavailable', mayHaveArrived: true });
  });

  it('takes a gzip stream without its end for no answer', async () => {
    const half = gzipSync(Buffer.alloc(5_000, 'abc')).subarray(0, 20);
    const server = await startTestServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(half);
    });
    await expect(send(createAgent(), get(server.url))).rejects.toMatchObject({
      code: 'api_unavailable',
    });
  });

  it('knows that a request never left when nobody listens', async () => {
    const unused = await startUnusedPort();
    const result = send(createAgent(), get(`http://127.0.0.1:${unused}/`));
    await expect(result).rejects.toMatchObject({
      code: 'api_unavailable',
      mayHaveArrived: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('cannot know it when the server hangs up', async () => {
    const server = await startTestServer((_request, response) => {
      response.destroy();
    });
    await expect(send(createAgent(), get(server.url))).rejects.toMatchObject({
      code: 'api_unavailable',
      mayHaveArrived: true,
    });
  });

  it('is cancelled by the signal of its caller, before and during the answer', async () => {
    let tellArrival = () => {};
    const arrival = new Promise<void>((resolve) => {
      tellArrival = resolve;
    });
    const server = await startTestServer((_request, response) => {
      response.writeHead(200);
      response.write('beginning');
      tellArrival();
    });
    const agent = createAgent();
    const stop = new AbortController();
    const during = send(agent, get(server.url, { signal: stop.signal }));
    await arrival;
    stop.abort();
    await expect(during).rejects.toMatchObject({ code: 'cancelled' });
    await expect(send(agent, get(server.url, { signal: stop.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('leaves no listener behind on a signal that outlives it', async () => {
    const server = await startTestServer((_request, response) => {
      response.end('ok');
    });
    const agent = createAgent();
    const stop = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = stop.signal;
    stop.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(stop.signal, args);
    };
    stop.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(stop.signal, args);
    };
    await send(agent, get(server.url, { signal: stop.signal }));
    await send(agent, get(server.url, { signal: stop.signal }));
    expect(listeners).toBe(0);
  });
});

async function startUnusedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}
