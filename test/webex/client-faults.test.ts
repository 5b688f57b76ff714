import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { sleep } from '../../src/http/retry.ts';
import { createTestClock } from '../helpers/clock.ts';
import { startTestServer } from '../helpers/server.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import {
  createHeldClock,
  createTestClient,
  idOf,
  linesOf,
  personJson,
  scripted,
  sendDated,
} from './support.ts';

const shortDeadlines = { callMs: 150, uploadMs: 150 };
const posted = { id: idOf('MESSAGE', 'posted'), roomId: idOf('ROOM', 'reports') };
const ana = personJson('ana');

const ok = { status: 200, body: ana };

test.each([500, 502, 503, 504, 429, 423])('reads again after %d', async (status) => {
  const server = await scripted({ status }, { status }, ok);
  const clock = createTestClock();
  const { client } = createTestClient(server.url, { clock });

  const person = await client.person('ana');

  expect(person.displayName).toBe('ana');
  expect(clock.pauses).toEqual([500, 1_000]);
});

test('gives up after five attempts and says what Webex said', async () => {
  const body = {
    message: 'The server has a cold.',
    errors: [{ description: 'The server has a cold.' }, { description: 'Really.' }],
    trackingId: 'ROUTER_from-the-body',
  };
  const server = await scripted({ status: 503, body });
  const { client, lines } = createTestClient(server.url);

  const reading = client.person('ana');

  await expect(reading).rejects.toMatchObject({
    code: 'api_unavailable',
    status: 503,
    trackingId: 'ROUTER_from-the-body',
    message: 'reading a person: Webex answered 503 (The server has a cold.; Really.)',
  });
  expect(server.requests).toHaveLength(5);
  expect(lines.filter(({ msg }) => msg === 'a Webex call will be repeated')).toHaveLength(4);
});

test.each([400, 401, 403, 404, 410])('does not ask again after %d', async (status) => {
  const server = await scripted({ status, body: 'no JSON object', headers: { trackingid: 'T_1' } });
  const { client } = createTestClient(server.url);

  const reading = client.person('ana');

  await expect(reading).rejects.toMatchObject({ code: 'api_refused', status, trackingId: 'T_1' });
  expect(server.requests).toHaveLength(1);
});

test('waits as long as Retry-After says, with some jitter on top', async () => {
  const server = await scripted({ status: 429, headers: { 'retry-after': '7' } }, ok);
  const clock = createTestClock();
  const { client } = createTestClient(server.url, { clock });

  await client.person('ana');

  expect(clock.pauses).toEqual([7_500]);
});

test('hands a longer Retry-After to the caller', async () => {
  const server = await scripted({ status: 429, headers: { 'retry-after': '3600' } });
  const { client } = createTestClient(server.url);

  const reading = client.person('ana');

  await expect(reading).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 3_600_000 });
  expect(server.requests).toHaveLength(1);
});

test('after a 429 everybody who asks for the same kind of thing waits, others do not', async () => {
  const server = await startTestServer((request, response) => {
    const refused = request.method === 'POST' && server.requests.length === 1;
    if (refused) sendDated(response, 429, {}, { 'retry-after': '9' });
    else sendDated(response, 200, request.method === 'POST' ? posted : ana);
  });
  const clock = createHeldClock();
  const { client } = createTestClient(server.url, { clock });

  const first = client.postMessage({ roomId: 'r' }, 'first');
  await vi.waitUntil(() => clock.sleepers.length === 1);
  const second = client.postMessage({ roomId: 'r' }, 'second');
  await vi.waitUntil(() => clock.sleepers.length === 2);
  await client.person('ana');
  const sentMeanwhile = linesOf(server).slice(1);
  clock.wakeAll();
  await Promise.all([first, second]);

  expect(sentMeanwhile).toEqual(['GET /v1/people/ana']);
  expect(server.requests).toHaveLength(4);
});

test('ends a call that is never answered, and says so', async () => {
  const server = await startTestServer(() => {});
  const { client } = createTestClient(server.url, { timeouts: shortDeadlines });

  const posting = client.postMessage({ roomId: 'r' }, 'hello');

  await expect(posting).rejects.toMatchObject({ code: 'api_unavailable', mayHaveArrived: true });
  expect(server.requests).toHaveLength(1);
});

test('ends calls, uploads and pauses alike when the process is leaving', async () => {
  const leaving = new AbortController();
  const path = join(await makeTempFolder(), 'a.xlsx');
  await writeFile(path, 'x');
  const server = await startTestServer(({ method }, response) => {
    if (method === 'GET') response.writeHead(503).end();
    if (server.requests.length === 3) leaving.abort();
  });
  const { client } = createTestClient(server.url, {
    signal: leaving.signal,
    clock: { ...createTestClock(), sleep },
  });

  const calls = await Promise.allSettled([
    client.person('ana'),
    client.postMessage({ roomId: 'r' }, 'hello'),
    client.postFile({ roomId: 'r' }, { path, name: 'a.xlsx', contentType: 'x/y' }, 'hello'),
  ]);
  const later = client.person('ben');

  await expect(later).rejects.toMatchObject({ code: 'cancelled' });
  expect(calls).toMatchObject(calls.map(() => ({ reason: { code: 'cancelled' } })));
  expect(server.requests).toHaveLength(3);
});

test('reads again when the body was cut, whether or not its length was promised', async () => {
  const whole = JSON.stringify(ana);
  const server = await startTestServer((_request, response) => {
    const attempt = server.requests.length;
    if (attempt === 3) return sendDated(response, 200, ana);
    const length = attempt === 1 ? { 'content-length': String(whole.length) } : {};
    response.writeHead(200, { ...length, connection: 'close' });
    response.write(whole.slice(0, 40), () => {
      if (attempt === 1) response.destroy();
      else response.end();
    });
  });
  const { client } = createTestClient(server.url);

  const person = await client.person('ana');

  expect(person.displayName).toBe('ana');
  expect(server.requests).toHaveLength(3);
});

test.each([423, 429, 503])(
  'posts again after %d, which says that nothing was done',
  async (status) => {
    const server = await scripted({ status }, { status: 200, body: posted });
    const { client } = createTestClient(server.url);

    const answer = await client.postMessage({ roomId: 'r' }, 'hello');

    expect(answer).toEqual(posted);
    expect(server.requests).toHaveLength(2);
  },
);

test.each([500, 502, 504])('does not post again after %d: it may have arrived', async (status) => {
  const server = await scripted({ status });
  const { client } = createTestClient(server.url);

  const posting = client.postMessage({ roomId: 'r' }, 'hello');

  await expect(posting).rejects.toMatchObject({ status });
  expect(server.requests).toHaveLength(1);
});

test('does not post again when the answer was cut', async () => {
  const server = await startTestServer((_request, response) => {
    response.writeHead(200, { 'content-length': '500' });
    response.write('{"id":', () => response.destroy());
  });
  const { client } = createTestClient(server.url);

  const posting = client.postMessage({ roomId: 'r' }, 'hello');

  await expect(posting).rejects.toMatchObject({ code: 'api_unavailable', mayHaveArrived: true });
  expect(server.requests).toHaveLength(1);
});

test('posts again when not even a connection came about', async () => {
  const closed = await startTestServer(() => {});
  const clock = createTestClock();
  const { client } = createTestClient(closed.url.replace(/:\d+$/, ':1'), { clock });

  const posting = client.postMessage({ roomId: 'r' }, 'hello');

  await expect(posting).rejects.toMatchObject({ code: 'api_unavailable', mayHaveArrived: false });
  expect(clock.pauses).toHaveLength(4);
});

test('tells the time by the clock of Webex', async () => {
  const server = await startTestServer((_request, response) => {
    sendDated(response, 200, ana, { date: 'Fri, 20 Nov 2026 10:00:00 GMT' });
  });
  const clock = createTestClock();
  const { client } = createTestClient(server.url, { clock });

  const before = client.now();
  await client.me();
  clock.advance(1_000);

  expect([before, client.now()]).toEqual([
    Date.UTC(2026, 10, 20, 9, 42),
    Date.UTC(2026, 10, 20, 10, 0, 1),
  ]);
});
