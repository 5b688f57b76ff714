import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDoor, type Door, type DoorRequest } from '../../src/sandbox/door.ts';
import { hold } from '../helpers/gate.ts';

async function startShop(door: Door): Promise<{ url: string; sold: string[] }> {
  const sold: string[] = [];
  const app = express();
  app.use(door.middleware('webex'), express.json());
  app.post('/orders/:id', (received, response) => {
    sold.push(String(received.params.id));
    response.json({ thanks: received.body.name });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A server that listens on TCP has an address object; a string belongs to pipes.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, sold };
}

const order = (url: string, id = '1') =>
  request(`${url}/orders/${id}?gift=yes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Zoë"}',
  });

describe('the door', () => {
  it('records every request with its body and status and leaves the body to the route', async () => {
    const door = createDoor({ now: () => 42 });
    const { url } = await startShop(door);
    const answer = await order(url);
    expect(await answer.body.json()).toEqual({ thanks: 'Zoë' });
    expect(door.requests('POST /orders/:id')).toMatchObject([
      {
        service: 'webex',
        method: 'POST',
        path: '/orders/1?gift=yes',
        body: '{"name":"Zoë"}',
        atMs: 42,
        status: 200,
      },
    ]);
    expect(door.requests('GET /orders/:id')).toEqual([]);
  });

  it('plays one fault for each request and is itself again afterwards', async () => {
    const door = createDoor();
    const { url, sold } = await startShop(door);
    door.script('POST /orders/:id', [
      { status: 429, headers: { 'retry-after': '7' } },
      'pass',
      { status: 503, body: '{"message":"down"}' },
    ]);
    const answers = [await order(url), await order(url), await order(url), await order(url)];
    const bodies = await Promise.all(answers.map(({ body }) => body.text()));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([429, 200, 503, 200]);
    expect(answers[0]?.headers['retry-after']).toBe('7');
    expect(bodies[0]).toBe('');
    expect(bodies[2]).toBe('{"message":"down"}');
    expect(sold).toHaveLength(2);
    expect(door.requests().map(({ body }) => body)).toEqual(Array(4).fill('{"name":"Zoë"}'));
  });

  it('keeps the last fault for ever when asked to', async () => {
    const door = createDoor();
    const { url } = await startShop(door);
    door.script('POST /orders/2', ['pass', { status: 500 }], { repeat: true });
    const statuses: number[] = [];
    for (const id of ['2', '2', '2', '1']) {
      const answer = await order(url, id);
      await answer.body.dump();
      statuses.push(answer.statusCode);
    }
    expect(statuses).toEqual([200, 500, 500, 200]);
  });

  it('cuts the real answer after half of the promised bytes', async () => {
    const door = createDoor();
    const { url, sold } = await startShop(door);
    door.script('POST /orders/:id', [{ truncate: true }]);
    const answer = await order(url);
    expect(answer.headers['content-length']).toBe('17');
    let received = 0;
    const reading = (async () => {
      for await (const chunk of answer.body) received += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    expect(received).toBe(8);
    expect(sold).toEqual(['1']);
  });

  it('hangs up before or after the route did its work', async () => {
    const door = createDoor();
    const { url, sold } = await startShop(door);
    door.script('POST /orders/:id', [{ hangUp: true }, { hangUp: 'after' }]);
    await expect(order(url, 'before')).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    await expect(order(url, 'after')).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    expect(sold).toEqual(['after']);
    expect(door.requests().map(({ status }) => status)).toEqual([undefined, undefined]);
  });

  it('accepts a request and never answers it', async () => {
    const door = createDoor();
    const { url } = await startShop(door);
    door.script('POST /orders/:id', [{ never: true }]);
    const arrived: string[] = [];
    const stop = door.onArrival(({ path }) => arrived.push(path));
    const signal = AbortSignal.timeout(100);
    const asking = request(`${url}/orders/1`, { method: 'POST', signal, body: '{}' });
    await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' });
    stop();
    await (await order(url)).body.dump();
    expect(door.requests()).toMatchObject([{ body: '{}', status: undefined }, { status: 200 }]);
    expect(arrived).toEqual(['/orders/1']);
  });

  it('holds a request back before its route until the test lets it go', async () => {
    const door = createDoor();
    const { url, sold } = await startShop(door);
    const { fault, arrived, letGo } = hold();
    door.script('POST /orders/:id', [fault]);
    const first = order(url, 'first');
    await arrived;
    const second = await order(url, 'second');
    await second.body.dump();
    letGo();
    expect((await first).statusCode).toBe(200);
    expect(sold).toEqual(['second', 'first']);
  });

  it('holds every answer of a service back by its latency, its work done meanwhile', async () => {
    const door = createDoor();
    const { url, sold } = await startShop(door);
    door.latency('files', 3_600_000);
    const other = await order(url);
    await other.body.dump();
    door.latency('webex', 3_600_000);
    const signal = AbortSignal.timeout(100);
    const waiting = request(`${url}/orders/2`, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
    expect([other.statusCode, sold]).toEqual([200, ['1', '2']]);
  });

  it('drips an answer until it is whole', async () => {
    const door = createDoor();
    const { url } = await startShop(door);
    door.script('POST /orders/:id', [{ drip: { everyMs: 1 }, delayMs: 1 }]);
    const answer = await order(url);
    const pieces: Buffer[] = [];
    for await (const chunk of answer.body) pieces.push(chunk);
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).toString()).toBe('{"thanks":"Zoë"}');
  });

  it('tells listeners about finished requests until they have enough', async () => {
    const door = createDoor();
    const { url } = await startShop(door);
    const told: DoorRequest[] = [];
    const stop = door.onRequest((seen) => told.push(seen));
    await (await order(url)).body.dump();
    stop();
    await (await order(url)).body.dump();
    expect(told.map(({ status }) => status)).toEqual([200]);
  });

  it('forgets scripts and requests when it is cleared, and old requests by itself', async () => {
    const door = createDoor({ keep: 2 });
    const { url } = await startShop(door);
    for (const id of ['1', '2', '3', '4', '5']) await (await order(url, id)).body.dump();
    const kept = door.requests().map(({ path }) => path);
    door.script('POST /orders/:id', [{ status: 500 }]);
    door.clear();
    const answer = await order(url, '6');
    await answer.body.dump();
    expect(kept).toEqual(['/orders/4?gift=yes', '/orders/5?gift=yes']);
    expect(answer.statusCode).toBe(200);
    expect(door.requests()).toHaveLength(1);
  });

  it('refuses a route it could never match', () => {
    expect(() => createDoor().script('/orders', [])).toThrow(TypeError);
  });
});
