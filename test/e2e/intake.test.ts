import { type Dispatcher, request } from 'undici';
import { expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { sign } from '../../src/sandbox/webex/webhooks.ts';
import { gate, hold } from '../helpers/gate.ts';
import { type Conversation, startConversation, transports } from '../helpers/sandbox.ts';

/** What a browser is told with every answer, whatever was asked. */
const fixedHeaders = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
/** What would tell a stranger more than needed, or bind them to an https that is not there. */
const absentHeaders = ['x-powered-by', 'server', 'etag', 'strict-transport-security'];

interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: string;
}

async function ask(
  { sandbox }: Conversation,
  method: Dispatcher.HttpMethod,
  path: string,
  body?: string,
): Promise<Answer> {
  const answer = await request(`${sandbox.publicUrl}${path}`, { method, body: body ?? null });
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
}

/** The event Webex would send of this message. */
function eventOf({ id, roomId, roomType, author }: Message) {
  return {
    id: 'a-webhook',
    name: 'a name',
    resource: 'messages',
    event: 'created',
    actorId: author.id,
    data: { id, roomId, roomType, personId: author.id, personEmail: author.email },
  };
}

/** How often the bot has asked Webex for this message. */
function readsOf({ sandbox }: Conversation, { id }: Message): number {
  return sandbox.door.requests(`GET /v1/messages/${id}`).length;
}

/** What the bot has said in the thread of this message. */
function answersTo({ sandbox }: Conversation, { id, roomId }: Message): Message[] {
  const { webex } = sandbox;
  return webex.messages(roomId).filter(({ parentId }) => parentId === id);
}

test('shows strangers the same few answers and nothing they sent', async () => {
  const conversation = await startConversation({ transport: 'webhook' });
  const canary = 'canary-7f3a';
  const { sandbox } = conversation;
  const routes: readonly [Dispatcher.HttpMethod, string, number][] = [
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/oauth/done?r=ok', 200],
    ['GET', '/', 404],
    ['GET', `/${canary}`, 404],
    ['GET', `/..%2f${canary}`, 404],
    ['GET', '/webex/events', 404],
    ['PUT', '/webex/events', 404],
    ['POST', '/healthz', 404],
    ['GET', '/metrics', 404],
    ['GET', `/login/${canary}`, 404],
    ['GET', '/login/%', 400],
    ['DELETE', `/login/${canary}`, 405],
    ['GET', `/login/${canary}/start`, 405],
    ['POST', `/login/${canary}/start`, 403],
    ['POST', '/oauth/callback', 405],
    ['HEAD', '/oauth/callback', 405],
    ['GET', `/oauth/callback?code=${canary}&state=${canary}`, 400],
    ['GET', `/oauth/callback?state=${canary}&state=${canary}`, 400],
    ['POST', `/webex/events?${canary}`, 401],
  ];
  const answers = new Map<string, Answer>();
  for (const [method, path] of routes) {
    answers.set(`${method} ${path}`, await ask(conversation, method, path));
  }
  const tooLarge = await ask(conversation, 'POST', '/webex/events', canary.repeat(10_000));
  answers.set('too large', tooLarge);

  for (const [method, path, status] of routes) {
    expect(answers.get(`${method} ${path}`), `${method} ${path}`).toMatchObject({ status });
  }
  expect(tooLarge.status).toBe(413);
  for (const [route, { headers, body }] of answers) {
    expect(headers, route).toMatchObject(fixedHeaders);
    expect(headers['content-security-policy'], route).toMatch(
      /^default-src 'none';.*frame-ancestors 'none'/,
    );
    expect(
      absentHeaders.filter((name) => name in headers),
      route,
    ).toEqual([]);
    expect(body, route).not.toContain(canary);
  }
  expect(sandbox.door.requests('GET /v1/messages/:id')).toEqual([]);
});

test('answers each message once: forged, repeated, odd, late or followed by a restart', async () => {
  const conversation = await startConversation({ transport: 'webhook' });
  const { webex, door } = conversation.sandbox;
  // From here on the events come by hand, in every shape they can have.
  for (const { id } of webex.webhooks()) webex.disableWebhook(id);

  const forged = conversation.say('status');
  const body = JSON.stringify(eventOf(forged));
  const refusals = [
    await conversation.sendEvent(body, { signature: '' }),
    await conversation.sendEvent(body, { signature: '0'.repeat(40) }),
    await conversation.sendEvent(body, { signature: 'not hexadecimal' }),
    await conversation.sendEvent(`${body} `, { signature: sign(body, conversation.webhookSecret) }),
    await conversation.sendEvent(body, { signature: sign(body, 'another secret of some length') }),
  ];
  const nonsense = [
    await conversation.sendEvent(''),
    await conversation.sendEvent('{"resource":'),
    await conversation.sendEvent('[]'),
    await conversation.sendEvent(JSON.stringify({ ...eventOf(forged), data: { id: '../people' } })),
  ];

  const often = conversation.say('status');
  const oftenBody = JSON.stringify(eventOf(often));
  const acceptances = await Promise.all(
    Array.from({ length: 20 }, () => conversation.sendEvent(oftenBody)),
  );
  await conversation.answerTo(often);

  const odd = [
    (event: object) => JSON.stringify(event, null, '\t'),
    (event: object) => JSON.stringify({ future: { deep: [[[{}]]] }, number: 1.0, ...event }),
    (event: object) => JSON.stringify(event).replaceAll('/', '\\/').replaceAll('m', '\\u006d'),
    (event: object) => `\n${JSON.stringify(event)}\r\n`,
  ];
  for (const shape of odd) {
    const said = conversation.say('status');
    expect(await conversation.sendEvent(shape(eventOf(said)))).toBe(200);
    await conversation.answerTo(said);
  }

  const late = conversation.say('export last 7 days');
  const read = await request(`${webex.apiUrl}/messages/${late.id}`, {
    headers: { authorization: `Bearer ${webex.botToken}` },
  });
  const created = new Date(Date.now() - 11 * 60_000).toISOString();
  const old = JSON.stringify({ ...((await read.body.json()) as object), created });
  door.script(`GET /v1/messages/${late.id}`, [{ body: old }]);
  await conversation.sendEvent(JSON.stringify(eventOf(late)));
  const offline = await conversation.answerTo(late);

  const cutOff = conversation.say('status');
  const reading = hold();
  door.script(`GET /v1/messages/${cutOff.id}`, [reading.fault]);
  await conversation.sendEvent(JSON.stringify(eventOf(cutOff)));
  await reading.arrived;
  const readsOfForged = readsOf(conversation, forged);
  await conversation.bot.kill();
  await conversation.restart();
  await conversation.answerTo(cutOff);
  const again = await conversation.sendEvent(oftenBody);
  const after = conversation.say('status');
  await conversation.answerTo(after);

  expect(refusals).toEqual([401, 401, 401, 401, 401]);
  expect(nonsense).toEqual([400, 400, 400, 400]);
  // Its event was not believed. That it had been said in earnest, the look back after the start found out.
  expect(readsOfForged).toBe(0);
  expect(acceptances).toEqual(Array(20).fill(200));
  expect(offline.text).toBe('I was offline when you wrote this. Please send it again.');
  expect(again).toBe(200);
  // The last one came by the webhooks, which the start has switched on again.
  expect(webex.webhooks().map(({ status }) => status)).toEqual(['active', 'active']);
  for (const said of [often, late, cutOff, after])
    expect(answersTo(conversation, said)).toHaveLength(1);
  expect(readsOf(conversation, often)).toBe(1);
  expect(door.requests('POST /search')).toEqual([]);
});

test.each(transports)(
  'listens while five exports run: to people only, past errors and what is gone, by %s',
  async (transport) => {
    const names = ['Ada', 'Bo', 'Cem', 'Dea', 'Eli'];
    const conversation = await startConversation({
      transport,
      env: { ADMINS: ['ana', ...names].map((name) => `${name}@harbour.example`).join(',') },
      dataset: { tasks: [{}] },
    });
    const { webex, door } = conversation.sandbox;
    const held = gate();
    const downloads = gate();
    let running = 0;
    const until = () => {
      running += 1;
      if (running === names.length) downloads.open();
      return held.opened;
    };
    door.script('GET /files/:id', [{ until }], { repeat: true });
    const exports: Message[] = [];
    for (const [index, name] of names.entries()) {
      const person = webex.addPerson({
        displayName: name,
        email: `${name.toLowerCase()}@harbour.example`,
        organization: webex.organizations.home,
        contactCenterRole: 'supervisor',
      });
      const roomId = webex.directSpace(person).id;
      exports.push(conversation.say(`export last ${index + 2} days`, { person, roomId }));
      await conversation.login({ person });
    }
    await downloads.opened;

    // Of its own messages and those of other bots it hears, too.
    const otherBot = webex.addPerson({
      displayName: 'Reminder',
      email: 'reminder@webex.bot',
      organization: webex.organizations.home,
      type: 'bot',
    });
    webex.addMember(webex.space.id, otherBot);
    const ofBot = conversation.say('status', { person: otherBot });
    const deleted = conversation.say('status');
    const reading = hold();
    door.script(`GET /v1/messages/${deleted.id}`, [reading.fault]);
    await reading.arrived;
    webex.deleteMessage(deleted.id);
    reading.letGo();
    const busy = { status: 503, headers: { 'retry-after': '0' } };
    const unlucky = conversation.say('help');
    door.script(`GET /v1/messages/${unlucky.id}`, [busy]);
    door.script(`GET /v1/people/${unlucky.author.id}`, [busy]);
    const help = await conversation.answerTo(unlucky);
    const taken = await conversation.takenEvents();
    const stillRunning = exports.map((said) => answersTo(conversation, said).length);
    held.open();
    for (const said of exports) {
      await conversation.answerTo(said, ({ file }) => file !== undefined);
    }

    expect(help.text).toMatch(/^I export conversations/);
    expect(new Set(taken)).toEqual(new Set([true]));
    expect(taken.length).toBeGreaterThan(20);
    expect(stillRunning).toEqual([1, 1, 1, 1, 1]);
    expect(answersTo(conversation, ofBot)).toEqual([]);
    expect(answersTo(conversation, deleted)).toEqual([]);
    const own = webex.messages(webex.space.id).filter(({ author }) => author.id === webex.bot.id);
    expect(own.map((message) => readsOf(conversation, message))).toEqual(own.map(() => 0));
    // Each window, the shortest first, was searched with the token of the person who had asked for it.
    const searchers = new Map<number, Set<string | undefined>>();
    for (const { body, headers } of door.requests('POST /search')) {
      const { from } = JSON.parse(body).variables;
      const [, token = ''] = headers.authorization?.split(' ') ?? [];
      const owner = webex.authenticate(token)?.person.displayName;
      searchers.set(from, (searchers.get(from) ?? new Set()).add(owner));
    }
    const byLength = [...searchers].sort(([one], [other]) => other - one);
    expect(byLength.map(([, owners]) => [...owners])).toEqual(names.map((name) => [name]));
  },
);
