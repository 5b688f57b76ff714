import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ApiCall, createContactCenter } from '../../src/contact-center/client.ts';
import { NotSignedInError } from '../../src/errors.ts';
import { createRequestBudget } from '../../src/http/budget.ts';
import type { ApiError } from '../../src/http/errors.ts';
import { createTestClock } from '../helpers/clock.ts';
import { sendJson, startTestServer } from '../helpers/server.ts';
import { callerWith, silent, startFake } from './fake.ts';

const call: ApiCall = {
  doing: 'asking for something',
  method: 'POST',
  path: '/v1/things?x=1',
  body: { a: 1 },
};
const json = ({ json }: { json: unknown }) => json;

describe('a call to the contact center', () => {
  it('carries the token, a tracking id of its own and its body', async () => {
    const { server, contactCenter } = await startFake(() => ({ ok: true }));
    const answer = await contactCenter.request(callerWith(), call, json);
    await contactCenter.request(callerWith(), { ...call, method: 'GET', body: undefined }, json);
    expect(answer).toEqual({ ok: true });
    const [post, get] = server.requests;
    expect(post).toMatchObject({ method: 'POST', path: '/v1/things?x=1', body: '{"a":1}' });
    expect(post?.headers).toMatchObject({
      authorization: 'Bearer user-token',
      'content-type': 'application/json',
      trackingid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(get?.headers['trackingid']).not.toBe(post?.headers['trackingid']);
    expect([get?.method, get?.headers['content-type']]).toEqual(['GET', undefined]);
  });

  it('keeps the path of a gateway in front of the contact center', async () => {
    const server = await startTestServer((_request, response) => sendJson(response, 200, {}));
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.destroy());
    const clock = createTestClock();
    const contactCenter = createContactCenter({
      baseUrl: new URL(`${server.url}/gateway/`),
      dispatcher,
      budget: createRequestBudget({ limit: 10, clock }),
      clock,
      log: silent,
    });
    await contactCenter.request(callerWith(), call, json);
    expect(server.requests[0]?.path).toBe('/gateway/v1/things?x=1');
  });

  it.each(['//evil.example/x', '@evil.example/', '.evil.example/'])(
    'sends the token nowhere when the path %s would lead to another origin',
    async (path) => {
      const { server, contactCenter } = await startFake(() => ({}));
      const evil = contactCenter.request(callerWith(), { ...call, path }, json);
      await evil.catch(() => undefined);
      const hosts = server.requests.map(({ headers }) => headers.host);
      expect(hosts).toEqual(hosts.map(() => server.host));
      if (!path.startsWith('/')) await expect(evil).rejects.toBeInstanceOf(TypeError);
    },
  );

  it('does not follow a redirect, so that the token stays', async () => {
    const elsewhere = await startTestServer((_request, response) => sendJson(response, 200, {}));
    const { contactCenter } = await startFake((_request, _number, response) => {
      response.writeHead(307, { location: elsewhere.url }).end();
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toMatchObject({
      code: 'api_refused',
      status: 307,
    });
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('sign-in', () => {
  it('asks for a fresh token once after a 401 and repeats the call once', async () => {
    const { server, contactCenter } = await startFake((request, _number, response) => {
      if (request.headers.authorization === 'Bearer fresh') return { ok: 1 };
      sendJson(response, 401, {});
      return undefined;
    });
    const refusals: (string | undefined)[] = [];
    const caller = callerWith({
      accessToken: async (refused) => {
        refusals.push(refused);
        return refused === undefined ? 'stale' : 'fresh';
      },
    });
    await expect(contactCenter.request(caller, call, json)).resolves.toEqual({ ok: 1 });
    expect(refusals).toEqual([undefined, 'stale']);
    expect(server.requests).toHaveLength(2);
  });

  it('bears that a grant is withdrawn again while its call is repeated', async () => {
    const { contactCenter } = await startFake((request, _number, response) => {
      if (request.headers.authorization === 'Bearer third') return { ok: 1 };
      sendJson(response, 401, {});
      return undefined;
    });
    const next: Readonly<Record<string, string>> = { first: 'second', second: 'third' };
    const caller = callerWith({ accessToken: async (refused) => next[refused ?? ''] ?? 'first' });
    await expect(contactCenter.request(caller, call, json)).resolves.toEqual({ ok: 1 });
  });

  it('gives up after the third 401', async () => {
    const { server, contactCenter } = await startFake((_request, _number, response) => {
      sendJson(response, 401, { message: 'token expired', trackingId: 't-401' });
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toMatchObject({
      code: 'api_refused',
      status: 401,
      trackingId: 't-401',
      userMessage: expect.stringContaining('send "login"'),
    });
    expect(server.requests).toHaveLength(3);
  });

  it('sends nothing when there is no token to be had', async () => {
    const { server, contactCenter } = await startFake(() => ({}));
    const caller = callerWith({
      accessToken: () => Promise.reject(new NotSignedInError('no grant', 'Please sign in.')),
    });
    await expect(contactCenter.request(caller, call, json)).rejects.toMatchObject({
      code: 'not_signed_in',
    });
    expect(server.requests).toEqual([]);
  });
});

describe('the rate limit', () => {
  it('pauses everybody for as long as the 429 says, then repeats the call', async () => {
    const { contactCenter, budget, clock } = await startFake((_request, number, response) => {
      if (number > 1) return { ok: 1 };
      response.writeHead(429, { 'retry-after': '17' }).end();
      return undefined;
    });
    const startMs = clock.now();
    const pauses: (number | undefined)[] = [];
    const caller = callerWith({
      watch: { onWait: () => pauses.push(budget.state().pausedUntilMs) },
    });
    await contactCenter.request(caller, call, json);
    expect(pauses).toEqual([startMs + 17_500]);
    expect(clock.now() - startMs).toBe(17_500);
  });

  it('pauses for a minute when a 429 without a body does not say how long', async () => {
    const { contactCenter, clock } = await startFake((_request, number, response) => {
      if (number > 1) return { ok: 1 };
      response.writeHead(429).end();
      return undefined;
    });
    const startMs = clock.now();
    await contactCenter.request(callerWith(), call, json);
    expect(clock.now() - startMs).toBe(60_500);
  });

  it('reads a date against the clock of the server', async () => {
    const { contactCenter, clock } = await startFake((_request, number, response) => {
      if (number > 1) return { ok: 1 };
      response.setHeader('date', 'Fri, 20 Nov 2026 03:00:00 GMT');
      response.writeHead(429, { 'retry-after': 'Fri, 20 Nov 2026 03:00:42 GMT' }).end();
      return undefined;
    });
    const startMs = clock.now();
    await contactCenter.request(callerWith(), call, json);
    expect(clock.now() - startMs).toBe(42_500);
  });

  it('does not count refusals as failures: a call outlives more of them than it may fail', async () => {
    const { server, contactCenter } = await startFake((_request, number, response) => {
      if (number > 12) return { ok: 1 };
      response.writeHead(429, { 'retry-after': '1' }).end();
      return undefined;
    });
    await expect(contactCenter.request(callerWith(), call, json)).resolves.toEqual({ ok: 1 });
    expect(server.requests).toHaveLength(13);
  });

  it('gives up in the end when nothing but refusals comes', async () => {
    const { server, contactCenter } = await startFake((_request, _number, response) => {
      response.writeHead(429, { 'retry-after': '1' }).end();
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toMatchObject({
      code: 'rate_limited',
      attempts: 21,
    });
    expect(server.requests).toHaveLength(21);
  });

  it('leaves a pause of hours to the caller, and still keeps everybody from asking', async () => {
    const { contactCenter, budget, clock } = await startFake((_request, _number, response) => {
      response.writeHead(429, { 'retry-after': '7200' }).end();
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 7_200_000,
    });
    expect(budget.state().pausedUntilMs).toBe(clock.now() + 7_200_500);
  });

  it('asks again after a day, however long the pause that an answer asks for', async () => {
    const { contactCenter, budget, clock } = await startFake((_request, _number, response) => {
      response.writeHead(429, { 'retry-after': '315360000' }).end();
    });
    await contactCenter.request(callerWith(), call, json).catch(() => undefined);
    expect(budget.state().pausedUntilMs).toBe(clock.now() + 86_400_500);
  });

  it('takes every attempt from the budget, in the name of the job', async () => {
    const { contactCenter, budget } = await startFake((_request, number, response) => {
      if (number === 3) return { ok: 1 };
      response.writeHead(500).end();
      return undefined;
    });
    await contactCenter.request(callerWith(), call, json);
    expect(budget.state().used).toBe(3);
  });

  it('tells until when it waits before a full window lets it through', async () => {
    const { contactCenter, clock } = await startFake(() => ({}), { limit: 1 });
    const startMs = clock.now();
    const waits: number[] = [];
    const caller = callerWith({ watch: { onWait: (untilMs) => waits.push(untilMs) } });
    await contactCenter.request(caller, call, json);
    await contactCenter.request(caller, call, json);
    expect(waits).toEqual([startMs + 60_500]);
  });
});

describe('failures of the contact center', () => {
  it.each([500, 502, 503, 504])('repeats a call after a %i', async (status) => {
    const { server, contactCenter, clock } = await startFake((_request, number, response) => {
      if (number === 3) return { ok: 1 };
      response.writeHead(status).end();
      return undefined;
    });
    await contactCenter.request(callerWith(), call, json);
    expect(server.requests).toHaveLength(3);
    expect(clock.pauses).toEqual([500, 1_000]);
  });

  it('waits as long as a 503 promises, but lets others ask meanwhile', async () => {
    const { contactCenter, budget, clock } = await startFake((_request, number, response) => {
      if (number > 1) return { ok: 1 };
      response.writeHead(503, { 'retry-after': '9' }).end();
      return undefined;
    });
    await contactCenter.request(callerWith(), call, json);
    expect([clock.pauses, budget.state().pausedUntilMs]).toEqual([[9_500], undefined]);
  });

  it.each([423, 503])('waits as long as its caller can when a %i promises much', async (status) => {
    const { contactCenter, clock } = await startFake((_request, number, response) => {
      if (number > 1) return { ok: 1 };
      response.writeHead(status, { 'retry-after': '1800' }).end();
      return undefined;
    });
    const waits: number[] = [];
    const startMs = clock.now();
    const watch = { onWait: (untilMs: number) => waits.push(untilMs - startMs) };
    await contactCenter.request(callerWith({ patienceMs: 3_600_000, watch }), call, json);
    await expect(
      startFake((_request, _number, response) => {
        response.writeHead(status, { 'retry-after': '1800' }).end();
      }).then((other) => other.contactCenter.request(callerWith(), call, json)),
    ).rejects.toMatchObject({ status });
    expect(waits).toEqual([1_800_500]);
  });

  it('gives up after five attempts and tells the status and the tracking id', async () => {
    const { server, contactCenter } = await startFake((_request, _number, response) => {
      response.writeHead(503, { trackingid: 't-503' }).end('<html>busy</html>');
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toMatchObject({
      code: 'api_unavailable',
      status: 503,
      attempts: 5,
      trackingId: 't-503',
      message: 'asking for something: Webex Contact Center answered 503',
    });
    expect(server.requests).toHaveLength(5);
  });

  it('repeats a call whose answer breaks off or never comes', async () => {
    const { server, contactCenter } = await startFake(
      (_request, number, response) => {
        if (number === 1) response.writeHead(200).write('{"half":', () => response.destroy());
        if (number === 2) response.destroy();
        return number === 4 ? { ok: 1 } : undefined;
      },
      { timeoutMs: 150 },
    );
    await expect(contactCenter.request(callerWith(), call, json)).resolves.toEqual({ ok: 1 });
    expect(server.requests).toHaveLength(4);
  });

  it('does not repeat what was refused', async () => {
    const statuses = [400, 403, 404, 409, 413, 422, 501];
    const { server, contactCenter } = await startFake((_request, number, response) => {
      sendJson(response, statuses[number - 1] ?? 500, {});
    });
    const seen: unknown[] = [];
    for (const _status of statuses) {
      await contactCenter.request(callerWith(), call, json).catch((error) => seen.push(error));
    }
    expect(seen).toEqual(statuses.map((status) => expect.objectContaining({ status })));
    expect(server.requests).toHaveLength(statuses.length);
  });

  it('does not take HTML with status 200 for an answer, and does not quote it', async () => {
    const { contactCenter } = await startFake((_request, _number, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>secret words</html>');
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toMatchObject({
      code: 'answer_invalid',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('is cancelled by the signal of its caller', async () => {
    const stop = new AbortController();
    const { contactCenter } = await startFake(() => {
      stop.abort();
    });
    const result = contactCenter.request(callerWith({ signal: stop.signal }), call, json);
    await expect(result).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('reports every attempt with its status', async () => {
    const { contactCenter } = await startFake((_request, number, response) => {
      if (number === 1) response.writeHead(500).end();
      if (number === 2) response.destroy();
      return number === 3 ? {} : undefined;
    });
    const calls: unknown[] = [];
    const caller = callerWith({ watch: { onCall: (one) => calls.push(one) } });
    await contactCenter.request(caller, call, json);
    expect(calls).toEqual(
      [500, undefined, 200].map((status) => ({ doing: 'asking for something', status })),
    );
  });
});

describe('error bodies', () => {
  it.each([
    [{ trackingId: 't-1', error: { key: '401', message: [{ description: 'why' }] } }, 'why', 't-1'],
    [{ trackingId: 't-1', error: { key: 401, message: 'why' } }, 'why', 't-1'],
    [{ error: 'why', trackingId: 't-1' }, 'why', 't-1'],
    [{ errors: [{ key: 'x', message: 'why' }] }, 'why', 't-header'],
    [
      { data: null, errors: [{ message: 'why' }, { message: 'and why' }] },
      'why; and why',
      't-header',
    ],
    [{ message: 'what', errors: [{ description: 'why' }], trackingId: 't-1' }, 'what; why', 't-1'],
    [{ message: 5, errors: 'nonsense', error: [], trackingId: {} }, undefined, 't-header'],
    [{ errors: [null, 3, { message: 'why' }] }, 'why', 't-header'],
    [[], undefined, 't-header'],
    [null, undefined, 't-header'],
    ['why', undefined, 't-header'],
  ])('reads %j', async (body, detail, trackingId) => {
    const { contactCenter } = await startFake((_request, _number, response) => {
      response.setHeader('TrackingID', 't-header');
      sendJson(response, 400, body);
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toMatchObject({
      status: 400,
      detail,
      trackingId,
    });
  });

  it('names its own tracking id where the answer has none, and cuts long words short', async () => {
    const { server, contactCenter } = await startFake((_request, _number, response) => {
      sendJson(response, 400, { message: 'x\n'.repeat(5_000) });
    });
    await expect(contactCenter.request(callerWith(), call, json)).rejects.toSatisfy(
      ({ trackingId, detail }: ApiError) =>
        trackingId === server.requests[0]?.headers['trackingid'] &&
        detail?.length === 500 &&
        !detail.includes('\n'),
    );
  });
});
