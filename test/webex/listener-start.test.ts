import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTestServer } from '../helpers/server.ts';
import { botId, type FakeWebex, reportsId, startFakeWebex } from './fake-webex.ts';
import {
  accept,
  createRig,
  createTestInbox,
  eventOf,
  type Rig,
  secret,
  startRig,
} from './listener-rig.ts';
import { botToken, idOf, personJson, sendDated } from './support.ts';

const targetUrl = 'https://bot.example.org/webex/events';
/** As the framework names its webhooks: the host they point to, and the bot. */
const ownName = Buffer.from('bot.example.org export@webex.bot').toString('base64');
const everyFiveMinutes = 300_000;

const foreign = {
  ...{ id: idOf('WEBHOOK', 'foreign'), name: 'of another program', status: 'inactive' },
  ...{ targetUrl: 'https://other.example.org', resource: 'all', event: 'all' },
};

const own = (fake: FakeWebex) => [...fake.webhooks.values()].filter(({ name }) => name === ownName);
const shapes = (fake: FakeWebex) =>
  own(fake).map(({ resource, event, status }) => `${resource} ${event} ${status}`);
const working = ['all all active', 'attachmentActions created active'];

test('registers its two webhooks, with the first secret', async () => {
  const rig = await createRig();
  const before = rig.listener.ready;

  await rig.listener.start();

  expect([before, rig.listener.ready]).toEqual([false, true]);
  expect(shapes(rig.fake)).toEqual(working);
  expect(own(rig.fake)).toMatchObject([
    { targetUrl, secret },
    { targetUrl, secret },
  ]);
  expect(rig.listener.state).toEqual({
    started: true,
    events: { active: true, checkedAtMs: rig.clock.now() },
  });
});

test('sends every request with its own client, and asks for nothing it does not need', async () => {
  const rig = await createRig();
  rig.fake.joined(reportsId);
  rig.fake.joined(idOf('ROOM', 'other'));

  await rig.listener.start();

  const agents = rig.fake.requests.map(({ headers }) => headers['user-agent']);
  const tokens = rig.fake.requests.map(({ headers }) => headers.authorization);
  expect(rig.fake.lines().sort()).toEqual([
    'GET /v1/memberships?max=1000',
    'GET /v1/people/me',
    'GET /v1/webhooks?max=100',
    'POST /v1/webhooks',
    'POST /v1/webhooks',
  ]);
  expect(new Set(agents)).toEqual(new Set(['wxcc-export-bot']));
  expect(new Set(tokens)).toEqual(new Set([`Bearer ${botToken}`]));
});

test('connects to nothing but the API, whatever the framework brings along', async () => {
  const connect = vi.spyOn(Socket.prototype, 'connect');
  onTestFinished(() => connect.mockRestore());
  const rig = await startRig();
  rig.fake.person('ana');

  await accept(rig.listener, eventOf(rig.fake.message('first')));
  await rig.idle();

  const ports = connect.mock.calls.flat(2).flatMap((argument: unknown) => portOf(argument) ?? []);
  expect(rig.messages).toHaveLength(1);
  expect(new Set(ports)).toEqual(new Set([new URL(rig.fake.url).port]));
});

function portOf(argument: unknown): string | undefined {
  const isTarget = typeof argument === 'object' && argument !== null && 'port' in argument;
  return isTarget ? String(argument.port) : undefined;
}

test('replaces its webhooks of the last run and leaves those of others alone', async () => {
  const fake = await startFakeWebex();
  const old = { name: ownName, targetUrl, resource: 'all', event: 'all', status: 'inactive' };
  fake.webhooks.set('old', { ...old, id: 'old' });
  fake.webhooks.set(foreign.id, foreign);

  await startRig({ fake });

  expect(shapes(fake)).toEqual(working);
  expect(fake.webhooks.has('old')).toBe(false);
  expect(fake.webhooks.get(foreign.id)).toEqual(foreign);
});

test('discovers the spaces of every page', async () => {
  const far = idOf('ROOM', 'far');
  const fake = await startFakeWebex();
  const front = await startTestServer(async (request, response) => {
    if (request.path === '/v1/memberships?max=1000') {
      const link = { link: `<${front.url}/v1/memberships?max=1000&page=2>; rel="next"` };
      return sendDated(response, 200, { items: [] }, link);
    }
    if (request.path.includes('page=2')) {
      return sendDated(response, 200, { items: [{ id: 'm', roomId: far, personId: botId }] });
    }
    const { method, body, path } = request;
    const answer = await fetch(fake.url + path, { method, ...(body && { body }) });
    sendDated(response, answer.status, await answer.json());
  });
  const rig = await createRig({ fake: { ...fake, url: front.url } });
  fake.person('ana');
  await rig.listener.start();

  await accept(rig.listener, eventOf(fake.message('first', { roomId: far })));
  await rig.idle();

  expect(rig.messages).toMatchObject([{ roomId: far }]);
  expect(front.requests.some(({ path }) => path.includes(`roomId=${far}`))).toBe(false);
});

test.each<[string, RegExp]>([
  ['who it is', /GET \/v1\/people\/me/],
  ['its webhooks', /GET \/v1\/webhooks/],
  ['its spaces', /GET \/v1\/memberships/],
])('starts although Webex fails a few times to tell %s', async (_what, route) => {
  const fake = await startFakeWebex();
  fake.script(route, ...Array(7).fill({ status: 503 }));

  const rig = await startRig({ fake });

  expect(rig.listener.ready).toBe(true);
  expect(shapes(fake)).toEqual(working);
});

test.each<[string, RegExp, ('pass' | { status: number })[]]>([
  ['the first webhook', /POST \/v1\/webhooks/, [{ status: 500 }]],
  ['the second webhook', /POST \/v1\/webhooks/, ['pass', { status: 502 }]],
  ['removing an old one', /DELETE/, Array(5).fill({ status: 500 })],
])(
  'begins anew when Webex fails at %s, and leaves no webhook twice',
  async (_what, route, faults) => {
    const fake = await startFakeWebex();
    const old = { name: ownName, targetUrl, resource: 'all', event: 'all', status: 'active' };
    fake.webhooks.set('old', { ...old, id: 'old' });
    fake.script(route, ...faults);

    const rig = await startRig({ fake });

    expect(rig.listener.ready).toBe(true);
    expect(shapes(fake)).toEqual(working);
  },
);

test.each<[string, RegExp, object]>([
  ['refuses its webhooks', /POST \/v1\/webhooks/, { status: 403, code: 'api_refused' }],
  ['never lists its spaces', /GET \/v1\/memberships/, { status: 500, code: 'api_unavailable' }],
  ['asks it to come back in an hour', /GET \/v1\/webhooks/, { status: 429, code: 'rate_limited' }],
])('does not start when Webex %s, and says why', async (_how, route, expected) => {
  const rig = await createRig();
  const { status } = { status: 500, ...expected };
  const headers = status === 429 ? { 'retry-after': '3600' } : {};
  rig.fake.script(route, ...Array(50).fill({ status, headers }));

  const starting = rig.listener.start();

  await expect(starting).rejects.toMatchObject(expected);
  expect(rig.listener.ready).toBe(false);
});

test.each<[string, (fake: FakeWebex) => void]>([
  ['is refused', (fake) => fake.script(/people\/me/, { status: 401 })],
  [
    'belongs to a person',
    (fake) => fake.script(/people\/me/, { status: 200, body: personJson('ana') }),
  ],
])('does not start with a token that %s, and names the setting', async (_what, prepare) => {
  const rig = await createRig();
  prepare(rig.fake);

  const starting = rig.listener.start();

  await expect(starting).rejects.toMatchObject({
    code: 'config_invalid',
    problems: [expect.stringContaining('WEBEX_BOT_TOKEN')],
  });
});

test('gives up a start that comes to no end', async () => {
  const rig = await createRig();
  rig.fake.script(/GET \/v1\/memberships/, ...Array(50).fill('never'));

  const starting = rig.listener.start();
  await vi.waitUntil(() => rig.fake.lines().includes('GET /v1/memberships?max=1000'));
  rig.timers.goOff(120_000);

  await expect(starting).rejects.toMatchObject({
    code: 'api_unavailable',
    message: expect.stringContaining('not up within 120000 ms'),
  });
});

test('neither framework nor SDK writes anything, in good days and in bad ones', async () => {
  const writes = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) => {
    const spy = vi.spyOn(console, method).mockImplementation(() => {});
    onTestFinished(() => spy.mockRestore());
    return spy;
  });
  const rig = await createRig();
  rig.fake.person('ana');
  rig.fake.script(/POST \/v1\/webhooks/, { status: 500 });
  await rig.listener.start();
  rig.fake.script(/GET \/v1\/memberships/, { status: 403 });

  await accept(rig.listener, eventOf(rig.fake.message('first')));
  await rig.idle();

  expect(writes.flatMap((spy) => spy.mock.calls)).toEqual([]);
});

test('keeps the words of people out of the debug output of the framework', async () => {
  const own = createRequire(import.meta.url);
  const requireOfFramework = createRequire(own.resolve('webex-node-bot-framework'));
  // The copy of the framework, which has no types.
  const debug = requireOfFramework('debug') as { enable(names: string): void; disable(): void };
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => {
    debug.disable();
    write.mockRestore();
  });
  debug.enable('framework,bot');
  const rig = await startRig();
  rig.fake.person('ana');

  await accept(rig.listener, eventOf(rig.fake.message('first')));
  await rig.idle();

  expect(rig.messages).toHaveLength(1);
  expect(write.mock.calls).toEqual([]);
});

/** The five minutes are over, and the check has come to its end. */
async function checkNow({ timers }: Rig): Promise<void> {
  timers.goOff(everyFiveMinutes);
  await vi.waitUntil(() => timers.isSet(everyFiveMinutes));
}

test('is not ready while a webhook stays switched off, and is again when it works', async () => {
  const rig = await startRig();
  const [first] = own(rig.fake);
  rig.fake.webhooks.set(String(first?.['id']), { ...first, status: 'disabled' });
  rig.fake.script(/PUT/, { status: 400 });

  await checkNow(rig);
  const meanwhile = rig.listener.state;
  await checkNow(rig);

  expect(meanwhile).toMatchObject({ started: true, events: { active: false } });
  expect(rig.listener.ready).toBe(true);
});

test('goes on checking when the inbox cannot be read', async () => {
  const inbox = { ...createTestInbox(), unsettled: () => Promise.reject(new Error('damaged')) };
  const rig = await startRig({ inbox });

  await checkNow(rig);

  expect(rig.listener.ready).toBe(true);
});

test('ends its checks and is not ready any more when it is closed; its webhooks stay', async () => {
  const rig = await startRig();

  await rig.listener.close();

  expect(rig.timers.isSet(everyFiveMinutes)).toBe(false);
  expect(rig.listener.ready).toBe(false);
  expect(shapes(rig.fake)).toEqual(working);
});
