import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLog } from '../../src/log.ts';
import { findFreePort } from '../../src/sandbox/listen.ts';
import { createApp } from '../../src/server/app.ts';
import { listen } from '../../src/server/listen.ts';
import { loginRoutes } from '../../src/server/login-pages.ts';

type AppDeps = Parameters<typeof createApp>[0];

async function startApp(changes: Partial<AppDeps> = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stdout: { write: (line) => void lines.push(line) } });
  const port = await findFreePort();
  const app = createApp({
    listener: { accept: async (body) => (body.toString() === 'good' ? 200 : 401) },
    loginRoutes: loginRoutes({
      logins: {
        page: () => undefined,
        start: async () => undefined,
        decline: async () => false,
        callback: async ({ parameters }) =>
          parameters.get('state') === 'good' ? 'signed_in' : 'unknown',
      },
      publicUrl: new URL(`http://127.0.0.1:${port}`),
      webexUrl: new URL('https://webex.example/v1'),
      log,
    }),
    notReady: () => undefined,
    trustProxy: undefined,
    https: false,
    ...changes,
    log,
  });
  const server = await listen(app, { host: '127.0.0.1', port });
  onTestFinished(() => server.close());
  const ask = async (path: string, headers: Record<string, string> = {}, body?: string) => {
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body !== undefined && { body }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const statuses = async (times: number, ...args: Parameters<typeof ask>) => {
    const all: number[] = [];
    for (let time = 0; time < times; time++) all.push((await ask(...args)).status);
    return all;
  };
  return { ask, statuses, lines };
}

describe('a flood of bad callbacks', () => {
  it('is cut off, without an echo, and does not touch good ones of others', async () => {
    const { ask, statuses } = await startApp({ trustProxy: 1 });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const bad = await statuses(70, '/oauth/callback?state=hunter2', from('192.0.2.1'));
    const refused = await ask('/oauth/callback?state=hunter2', from('192.0.2.1'));
    const good = await statuses(100, '/oauth/callback?state=good', from('192.0.2.2'));
    expect(bad.filter((status) => status === 429)).toHaveLength(10);
    expect(refused.text).toContain('Too many requests');
    expect(refused.text).not.toContain('hunter2');
    expect(new Set(good)).toEqual(new Set([303]));
  });

  it('does not keep out others behind the same address', async () => {
    const { ask, statuses } = await startApp();
    await statuses(70, '/oauth/callback?state=x');
    expect((await ask('/oauth/callback?state=x')).status).toBe(429);
    expect((await ask('/oauth/callback?state=good')).status).toBe(303);
  });

  it('is not forgiven for an address that the client made up', async () => {
    const { statuses } = await startApp({ trustProxy: 1 });
    const all: number[] = [];
    for (let time = 0; time < 70; time++) {
      // Our own proxy adds the last one.
      const headers = { 'x-forwarded-for': `203.0.113.${time}, 192.0.2.1` };
      all.push(...(await statuses(1, '/oauth/callback?state=x', headers)));
    }
    expect(all.filter((status) => status === 429)).toHaveLength(10);
  });

  it('counts one network of IPv6 as one client', async () => {
    const { statuses } = await startApp({ trustProxy: 1 });
    const all: number[] = [];
    for (let time = 0; time < 70; time++) {
      const headers = { 'x-forwarded-for': `2001:db8::${time.toString(16)}` };
      all.push(...(await statuses(1, '/login/nothing', headers)));
    }
    expect(all.filter((status) => status === 429)).toHaveLength(10);
  });
});

it('cuts off a flood of forged events', async () => {
  const { statuses } = await startApp();
  const forged = await statuses(310, '/webex/events', {}, 'forged');
  expect(forged.filter((status) => status === 429)).toHaveLength(10);
  expect(forged[0]).toBe(401);
});

it('takes every one of a burst of good events, and good ones during a flood', async () => {
  const { ask, statuses } = await startApp();
  const burst = await Promise.all(
    Array.from({ length: 500 }, () => ask('/webex/events', {}, 'good')),
  );
  await statuses(310, '/webex/events', {}, 'forged');
  const late = await ask('/webex/events', {}, 'good');
  expect(new Set([...burst, late].map(({ status }) => status))).toEqual(new Set([200]));
});

describe('a proxy that TRUST_PROXY does not fit', () => {
  it.each<[string, AppDeps['trustProxy'], Record<string, string>, RegExp]>([
    ['is there although it is not set', undefined, { 'x-forwarded-for': '192.0.2.1' }, /not set/],
    [
      'is one of fewer',
      2,
      { 'x-forwarded-for': '192.0.2.1' },
      /1 addresses are forwarded.* says 2/,
    ],
    ['is not there', 1, {}, /0 addresses are forwarded/],
    ['has another address', '10.1.2.3', { 'x-forwarded-for': '192.0.2.1' }, /look like one/],
    ['is in another subnet', '10.0.0.0/8', { 'x-forwarded-for': '192.0.2.1' }, /look like one/],
    ['forwards nothing', 'loopback', {}, /forwards no address/],
    [
      'would be the clients as well',
      'loopback, 192.0.2.0/24',
      { 'x-forwarded-for': '192.0.2.1' },
      /clients can choose theirs/,
    ],
  ])('%s is said once', async (_name, trustProxy, headers, trouble) => {
    const { statuses, lines } = await startApp({ trustProxy });
    await statuses(3, '/oauth/done', headers);
    const said = lines.filter((line) => line.includes('TRUST_PROXY does not fit'));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(trouble);
    expect(said[0]).not.toContain('192.0.2.1');
  });

  it.each<[string, AppDeps['trustProxy'], string, Record<string, string>]>([
    ['without one', undefined, '/oauth/done', {}],
    ['with the right one', 1, '/oauth/done', { 'x-forwarded-for': '192.0.2.1' }],
    ['with the right address', 'loopback', '/oauth/done', { 'x-forwarded-for': '192.0.2.1' }],
    [
      'with the right subnet and an address that was made up',
      '127.0.0.0/8,10.0.0.0/8',
      '/oauth/done',
      { 'x-forwarded-for': '10.9.9.9, 192.0.2.1, 10.0.0.1' },
    ],
    ['past one that is known by its address', '10.0.0.1', '/oauth/done', {}],
    ['for a check of health, which comes past it', 1, '/healthz', {}],
  ])('is not found %s', async (_name, trustProxy, path, headers) => {
    const { statuses, lines } = await startApp({ trustProxy });
    await statuses(2, path, headers);
    expect(lines).toEqual([]);
  });

  it('is said again when the trouble changes, and once an hour while it lasts', async () => {
    let nowMs = 0;
    const { ask, lines } = await startApp({ trustProxy: 2, now: () => nowMs });
    const said = async (forwardedFor: string | undefined) => {
      const before = lines.length;
      await ask(
        '/oauth/done',
        forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
      );
      return lines.length - before;
    };
    const first = [await said(undefined), await said(undefined)];
    const changed = [await said('192.0.2.1'), await said(undefined), await said('192.0.2.1')];
    const fits = await said('192.0.2.1, 10.0.0.1');
    nowMs += 3_600_000;
    const later = [await said(undefined), await said(undefined), await said('192.0.2.1')];
    expect({ first, changed, fits, later }).toEqual({
      first: [1, 0],
      changed: [1, 0, 0],
      fits: 0,
      later: [1, 0, 1],
    });
  });
});
