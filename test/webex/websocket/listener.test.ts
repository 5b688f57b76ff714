import { expect, test, vi } from 'vitest';
import { findFreePort } from '../../../src/sandbox/listen.ts';
import { gate } from '../../helpers/gate.ts';
import { createTestInbox } from '../listener-rig.ts';
import {
  createWebsocketRig,
  goodbyeMs,
  pingMs,
  pongMs,
  startSandboxWebex,
  startWebsocketRig,
} from './rig.ts';

const catalog = 'GET /u2c/api/v1/catalog';
const listing = 'GET /wdm/api/v1/devices';
const registering = 'POST /wdm/api/v1/devices';

test('hears messages, buttons, and who comes into a space, each read again from the API', async () => {
  const rig = await startWebsocketRig();
  const { webex, door } = rig;
  const { space, bot, people } = webex;
  const message = rig.say('status');
  await rig.heard('status');
  const direct = webex.directSpace(people.secondAdmin);
  webex.say({ person: people.secondAdmin, roomId: direct.id, text: 'hello' });
  await rig.heard('hello');
  webex.addMember(space.id, people.outsider);
  webex.removeMember(space.id, bot);
  webex.addMember(space.id, bot);
  const file = { name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('a') };
  webex.say({ person: people.admin, text: 'with a file', file });
  await rig.heard('with a file');
  const card = await rig.postCard(space.id);
  const { id: actionId } = webex.press({ person: people.admin, messageId: card.id });
  await vi.waitUntil(() => rig.added.length === 2 && rig.pressed.length === 1);

  expect(rig.pressed).toEqual([actionId]);
  expect(rig.added).toEqual([direct.id, space.id]);
  expect(rig.joined).toEqual([space.id]);
  expect(door.requests(`GET /v1/messages/${message.id}`)).toHaveLength(1);
  expect(rig.listener.state).toMatchObject({ started: true, events: { active: true } });
  expect(rig.listener.state.lastEventMs).toBe(rig.clock.now());
  const sent = webex.mercury.sent();
  await vi.waitUntil(() => sent.every(({ frameId }) => webex.mercury.acknowledged(frameId)));
});

test('asks for nothing that the bot said itself, that was edited or that is none of its business', async () => {
  const rig = await startWebsocketRig();
  const { webex, door } = rig;
  const { bot, people, space } = webex;
  rig.say('first');
  await rig.heard('first');
  const asked = door.requests('GET /v1/messages/:id').length;
  const own = webex.say({ person: bot, text: 'of the bot', mention: false });
  const gone = webex.say({ person: people.admin, text: 'not for the bot', mention: false });
  webex.deleteMessage(own.id);
  webex.deleteMessage(gone.id);
  webex.changeSpace(space.id, { title: 'another' });
  rig.say('second');
  await rig.heard('second');
  await rig.listener.idle();

  expect(rig.texts).toEqual(['first', 'second']);
  expect(door.requests('GET /v1/messages/:id').length).toBe(asked + 1);
});

test('needs no webhooks, and removes those it has left itself', async () => {
  const webex = await startSandboxWebex();
  const name = Buffer.from(`bot.example.org ${webex.bot.email}`).toString('base64');
  const create = (called: string) =>
    fetch(`${webex.apiUrl}/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${webex.botToken}` },
      body: JSON.stringify({
        ...{ name: called, targetUrl: 'https://bot.example.org/webex/events' },
        ...{ resource: 'all', event: 'all' },
      }),
    });
  await create(name);
  await create('of another program');

  const rig = await startWebsocketRig({ webex });

  expect(webex.webhooks().map((webhook) => webhook.name)).toEqual(['of another program']);
  expect(rig.door.requests('POST /v1/webhooks')).toHaveLength(2);
  expect(rig.listener.ready).toBe(true);
});

test('believes nothing that is posted to it', async () => {
  const rig = await startWebsocketRig();
  const status = await rig.listener.accept(Buffer.from('{}'), '0'.repeat(40));
  expect(status).toBe(401);
});

test('handles once what Webex tells a hundred times', async () => {
  const rig = await startWebsocketRig();
  const { mercury } = rig.webex;
  const { id } = rig.say('status');
  await rig.heard('status');
  mercury.repeat('"verb":"post"', 100);
  rig.say('after');
  await rig.heard('after');
  await rig.listener.idle();

  expect(rig.texts).toEqual(['status', 'after']);
  expect(rig.door.requests(`GET /v1/messages/${id}`)).toHaveLength(1);
});

test('acknowledges an event only once it is remembered', async () => {
  const disk = gate();
  const known = createTestInbox();
  const inbox = {
    ...known,
    remember: async (...given: Parameters<typeof known.remember>) => {
      await disk.opened;
      return known.remember(...given);
    },
  };
  const rig = await startWebsocketRig({ deps: { inbox } });
  const { mercury } = rig.webex;
  const asked = rig.door.requests('GET /v1/memberships').length;
  rig.say('status');
  await vi.waitUntil(() => rig.door.requests('GET /v1/memberships').length > asked);
  const frameId = mercury.sent().at(-1)?.frameId ?? '';
  const before = mercury.acknowledged(frameId);
  disk.open();
  await rig.heard('status');
  await vi.waitUntil(() => mercury.acknowledged(frameId));

  expect(before).toBe(false);
});

test('looks for what it could not remember when it came', async () => {
  const known = createTestInbox();
  let isFull = true;
  const inbox = {
    ...known,
    aliveMs: Date.now() - 60_000,
    remember: async (...given: Parameters<typeof known.remember>) => {
      if (isFull) {
        isFull = false;
        throw new Error('no space left');
      }
      return known.remember(...given);
    },
  };
  const rig = await startWebsocketRig({ deps: { inbox } });
  rig.say('status');
  await rig.heard('status');

  const told = rig.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  expect(told).toEqual(['an event of the websocket could not be taken in']);
});

test('connects again after a cut, and answers what was said meanwhile', async () => {
  const rig = await startWebsocketRig();
  const { webex, door } = rig;
  const back = gate();
  door.script(catalog, [{ until: () => back.opened }]);
  webex.mercury.drop();
  await vi.waitUntil(() => !rig.listener.ready);
  rig.say('in between');
  back.open();
  await rig.heard('in between');
  rig.say('after');
  await rig.heard('after');

  expect(rig.listener.ready).toBe(true);
  expect(rig.texts).toEqual(['in between', 'after']);
});

test('tries again and again, at random moments that lie further and further apart', async () => {
  const rig = await startWebsocketRig();
  const { webex, door, clock } = rig;
  const pausesBefore = clock.pauses.length;
  door.script(catalog, Array(8).fill({ status: 503 }));
  webex.mercury.drop();
  await rig.reconnected();

  // Half of what is allowed, as the random source of the test has it.
  const pauses = clock.pauses.slice(pausesBefore);
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30].map((seconds) => seconds * 1_000));
  expect(rig.listener.ready).toBe(true);
});

test('notices a connection that is silently dead', async () => {
  const rig = await startWebsocketRig();
  const { mercury } = rig.webex;
  mercury.fallSilent();
  rig.say('into the void');
  rig.timers.goOff(pingMs);
  await vi.waitUntil(() => rig.timers.isSet(pongMs));
  const meanwhile = rig.listener.ready;
  rig.timers.goOff(pongMs);
  await rig.heard('into the void');

  expect(meanwhile).toBe(true);
  expect(mercury.open()).toBe(1);
});

test('stays on a connection whose pings are answered', async () => {
  const rig = await startWebsocketRig();
  for (let time = 0; time < 3; time++) {
    rig.timers.goOff(pingMs);
    await vi.waitUntil(() => rig.timers.isSet(pingMs));
  }
  expect(rig.timers.isSet(pongMs)).toBe(false);
  expect(rig.door.requests(catalog)).toHaveLength(1);
});

test('does not read a frame of any size, and hears what comes after it', async () => {
  const rig = await startWebsocketRig();
  rig.webex.mercury.send('x'.repeat(2_000_000));
  await rig.reconnected();
  rig.say('status');
  await rig.heard('status');
  expect(rig.webex.mercury.open()).toBe(1);
});

test('is not put off by nonsense, and tells the log nothing of it', async () => {
  const rig = await startWebsocketRig();
  const event = (activity: unknown) =>
    JSON.stringify({ id: 'f', data: { eventType: 'conversation.activity', activity } });
  const id = '11111111-2222-4333-8444-555555555555';
  const nonsense = [
    ...['', '{', 'null', '[]', '7', '"canary-7f3a"', '{"data":7}', '{"data":{"eventType":{}}}'],
    ...[event(undefined), event(null), event('canary-7f3a'), event({ id: '../people/me' })],
    event({ id, verb: 'post', actor: { entryUUID: 'canary-7f3a' }, target: { id } }),
    event({ id, verb: 'canary-7f3a', actor: { entryUUID: id }, target: { id } }),
    event({ id, verb: 'add', actor: { entryUUID: id }, object: null, target: null }),
  ];
  for (const text of nonsense) rig.webex.mercury.send(text);
  rig.say('status');
  await rig.heard('status');

  expect(rig.texts).toEqual(['status']);
  expect(rig.door.requests(catalog)).toHaveLength(1);
  expect(JSON.stringify(rig.lines)).not.toContain('canary-7f3a');
});

test('drops what happens in a space that it is not in, and looks around once more', async () => {
  const rig = await startWebsocketRig();
  const id = '11111111-2222-4333-8444-555555555555';
  const activity = { id, verb: 'post', actor: { entryUUID: id }, target: { id } };
  const data = { eventType: 'conversation.activity', activity };
  rig.webex.mercury.send(JSON.stringify({ id: 'stray', data }));
  await vi.waitUntil(() => rig.webex.mercury.acknowledged('stray'));
  await rig.listener.idle();

  expect(rig.texts).toEqual([]);
  expect(rig.door.requests('GET /v1/messages').length).toBeGreaterThan(0);
});

test.each<[string, (rig: Awaited<ReturnType<typeof createWebsocketRig>>) => void]>([
  ['where devices are registered', ({ door }) => door.script(listing, [{ status: 401 }])],
  ['by the websocket', ({ webex }) => webex.mercury.refuseTokens(1)],
])(
  'does not start with a token that is refused %s, and says what to do',
  async (_where, refuse) => {
    const rig = await createWebsocketRig();
    refuse(rig);
    await expect(rig.listener.start()).rejects.toMatchObject({
      code: 'config_invalid',
      problems: [expect.stringContaining('create a new one for the bot')],
    });
    expect(rig.listener.ready).toBe(false);
  },
);

test('says so when its token is refused later, and goes on asking with long pauses', async () => {
  const rig = await startWebsocketRig();
  const { mercury } = rig.webex;
  mercury.refuseTokens(2);
  mercury.drop();
  await rig.reconnected();

  const fatal = rig.lines.filter(({ level }) => level === 'fatal');
  expect(fatal.map(({ msg }) => msg)).toEqual(Array(2).fill('the bot hears nothing any more'));
  expect(JSON.stringify(fatal)).toContain('WEBEX_BOT_TOKEN is refused');
  expect(rig.clock.pauses.filter((ms) => ms === 300_000)).toHaveLength(2);
});

test.each<[string, string, number]>([
  ['lists no devices', listing, 503],
  ['cannot register one', registering, 500],
])('starts although Webex %s at first', async (_what, route, status) => {
  const rig = await createWebsocketRig();
  rig.door.script(route, [{ status }, { status }]);
  await rig.listener.start();
  expect(rig.listener.ready).toBe(true);
  expect(rig.webex.devices()).toHaveLength(1);
});

test('uses the device of the last start again, and leaves those of others alone', async () => {
  const first = await startWebsocketRig();
  const { webex } = first;
  await first.listener.close();
  await vi.waitUntil(() => webex.mercury.goodbyes() === 1);
  const [device] = webex.devices();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${webex.botToken}` };
  const register = (name: string) =>
    fetch(new URL('/wdm/api/v1/devices', webex.catalogUrl), {
      method: 'POST',
      headers,
      body: JSON.stringify({
        ...{ name, deviceType: 'WEB', model: 'm', localizedModel: 'm' },
        ...{ systemName: 's', systemVersion: '1' },
      }),
    });
  await register('somebody else');
  await register(device?.name ?? '');
  const second = await startWebsocketRig({ webex });
  second.say('status');
  await second.heard('status');

  expect(webex.devices().map(({ name }) => name)).toEqual(['wxcc-export-bot', 'somebody else']);
  expect(webex.devices()[0]).toEqual(device);
});

test('registers a new device when its own is gone', async () => {
  const rig = await startWebsocketRig();
  const [before] = rig.webex.devices();
  rig.webex.mercury.loseDevices();
  await rig.reconnected();
  const [after] = rig.webex.devices();
  expect(before?.id).not.toBe(after?.id);
  expect(rig.listener.ready).toBe(true);
});

test('replaces a device whose connection is refused again and again', async () => {
  const rig = await startWebsocketRig();
  const { webex, lines } = rig;
  const [before] = webex.devices();
  webex.mercury.refuseConnections(2);
  webex.mercury.drop();
  await rig.reconnected();
  expect(webex.devices()).toHaveLength(1);
  expect(webex.devices()[0]?.id).not.toBe(before?.id);
  expect(lines.map(({ msg }) => msg)).toContain('the websocket is refused, its device is replaced');
});

test('says why the websocket cannot be reached, and keeps its device for the next attempt', async () => {
  const rig = await startWebsocketRig();
  const { webex, door, lines } = rig;
  const [device] = webex.devices();
  const answer = {
    name: device?.name,
    url: new URL(`/wdm/api/v1/devices/${device?.id}`, webex.catalogUrl).href,
    // Nobody listens there.
    webSocketUrl: `ws://127.0.0.1:${await findFreePort()}/mercury`,
  };
  const body = JSON.stringify({ devices: [answer] });
  door.script(listing, [{ body }, { body }, { body }]);
  webex.mercury.drop();
  await rig.reconnected();

  const told = lines.filter(({ msg }) => msg.includes('could not be opened'));
  expect(told).toHaveLength(3);
  expect(JSON.stringify(told[0])).toContain('could not be reached (ECONNREFUSED)');
  expect(webex.devices()).toEqual([device]);
});

test('takes its websocket back from another process, and says who had it', async () => {
  const rig = await startWebsocketRig();
  rig.webex.mercury.drop(4000);
  await rig.reconnected();
  expect(rig.lines.map(({ msg }) => msg)).toContain(
    'another process has taken the websocket of this bot over, taking it back',
  );
});

test('sends its token to nobody outside of Webex', async () => {
  const rig = await createWebsocketRig();
  const links = { serviceLinks: { wdm: 'https://wdm.example.org/wdm/api/v1' } };
  rig.door.script(catalog, [{ body: JSON.stringify(links) }]);
  await expect(rig.listener.start()).rejects.toMatchObject({
    code: 'answer_invalid',
    message: expect.stringContaining('an address outside of Webex'),
  });
});

test('leaves with a goodbye, and hears nothing after it', async () => {
  const rig = await startWebsocketRig();
  await rig.listener.close();
  await vi.waitUntil(() => rig.webex.mercury.goodbyes() === 1);
  expect(rig.webex.mercury.open()).toBe(0);
  expect(rig.webex.devices()).toHaveLength(1);
  expect(rig.listener.ready).toBe(false);
  expect([pingMs, pongMs, goodbyeMs].map(rig.timers.isSet)).toEqual([false, false, false]);
  expect(rig.lines.map(({ msg }) => msg)).not.toContain('the websocket is open again');
});

test('leaves also where nobody says goodbye', async () => {
  const rig = await startWebsocketRig();
  rig.webex.mercury.fallSilent();
  const leaving = rig.listener.close();
  await vi.waitUntil(() => rig.timers.isSet(goodbyeMs));
  rig.timers.goOff(goodbyeMs);
  await leaving;
  expect(rig.listener.ready).toBe(false);
});

test('does not come back when it leaves while the connection is lost', async () => {
  const rig = await startWebsocketRig();
  const back = gate();
  rig.door.script(catalog, [{ until: () => back.opened }]);
  rig.webex.mercury.drop();
  await vi.waitUntil(() => rig.door.requests(catalog).length === 2);
  await rig.listener.close();
  back.open();
  // What was under way comes to its end, and says goodbye at once.
  await vi.waitUntil(() => rig.webex.mercury.goodbyes() === 1);
  expect(rig.webex.mercury.open()).toBe(0);
  expect(rig.listener.ready).toBe(false);
});
