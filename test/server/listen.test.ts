import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFreePort } from '../../src/sandbox/listen.ts';
import { listen } from '../../src/server/listen.ts';

const host = '127.0.0.1';

type Limits = NonNullable<Parameters<typeof listen>[1]['limits']>;
const generous: Limits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  checkEveryMs: 5_000,
  maxConnections: 512,
};

async function start(handler: RequestListener, limits: Partial<Limits> = {}) {
  const port = await findFreePort();
  const server = await listen(handler, { host, port, limits: { ...generous, ...limits } });
  onTestFinished(() => server.close());
  return { server, port };
}

/** A connection, and all that comes over it until the other side ends it. */
function openSocket(port: number): { socket: Socket; end: Promise<string> } {
  const socket = connect(port, host);
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on('error', () => {});
  return { socket, end: once(socket, 'close').then(() => text) };
}

/** A server whose first request waits until the test answers it. */
async function startHolding() {
  let onArrival = (_finish: () => void) => {};
  const arrived = new Promise<() => void>((resolve) => {
    onArrival = resolve;
  });
  const started = await start((_request, response) => onArrival(() => response.end('done')));
  return { ...started, arrived };
}

describe('an address that cannot be listened on', () => {
  it('is named with its remedy when another program has it', async () => {
    const { port } = await start((_request, response) => response.end());
    await expect(listen(() => {}, { host, port })).rejects.toMatchObject({
      code: 'config_invalid',
      problems: [`PORT ${port} on ${host} is taken by another program: end that or choose another`],
    });
  });

  it('is named when this machine does not have it', async () => {
    const port = await findFreePort();
    // Reserved for documentation (RFC 5737): nobody has it.
    await expect(listen(() => {}, { host: '192.0.2.1', port })).rejects.toMatchObject({
      code: 'config_invalid',
      problems: ['HOST 192.0.2.1 is no address of this machine'],
    });
  });
});

describe('a sender that takes its time', () => {
  it('is given up while its headers are on their way', async () => {
    const { port } = await start(() => {}, { headersTimeoutMs: 20, checkEveryMs: 10 });
    const { socket, end } = openSocket(port);
    socket.write('POST /webex/events HTTP/1.1\r\nhost: x\r\nx-drip: ');
    expect(await end).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('is given up while its body is on its way', async () => {
    const { port } = await start(() => {}, {
      headersTimeoutMs: 20,
      requestTimeoutMs: 20,
      checkEveryMs: 10,
    });
    const { socket, end } = openSocket(port);
    socket.write('POST /webex/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{');
    expect(await end).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('does not get more connections than the server can bear', async () => {
    const { port } = await start(() => {}, { maxConnections: 1 });
    const first = openSocket(port);
    await once(first.socket, 'connect');
    expect(await openSocket(port).end).toBe('');
    expect(first.socket.closed).toBe(false);
  });
});

describe('closing', () => {
  it('lets a request under way finish, and takes no new one', async () => {
    const { server, port, arrived } = await startHolding();
    const answer = request(`http://${host}:${port}/`);
    const finish = await arrived;
    const closed = server.close();
    const refused = await request(`http://${host}:${port}/`).catch((error: unknown) => error);
    finish();
    expect(await (await answer).body.text()).toBe('done');
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    await closed;
  });

  it('waits neither for connections nobody uses nor for those that hang', async () => {
    const { server, port, arrived } = await startHolding();
    const idle = openSocket(port);
    const hanging = openSocket(port);
    hanging.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await arrived;
    await server.close();
    expect(await Promise.all([idle.end, hanging.end])).toEqual(['', '']);
  });
});
