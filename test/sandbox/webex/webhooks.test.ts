import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestServer } from '../../helpers/server.ts';
import { type Call, startTestWebex } from './start.ts';

const secret = 'not-so-secret-secret';

function register(call: Call, targetUrl: string, fields: object = {}) {
  const body = { name: 'hook', targetUrl, resource: 'all', event: 'all', secret, ...fields };
  return call('POST', '/webhooks', { body });
}

async function startReceiver(status = 200) {
  const server = await startTestServer((_request, response) => {
    response.writeHead(status).end();
  });
  return { ...server, events: () => server.requests.map(({ body }) => JSON.parse(body)) };
}

describe('webhooks', () => {
  it('are created with their name echoed, listed, changed and deleted', async () => {
    const { call } = await startTestWebex();
    const created = await register(call, 'http://127.0.0.1:1/hook', { name: 'ZXhwb3J0ZXI' });
    const path = `/webhooks/${created.body.id}`;
    const changed = await call('PUT', path, {
      body: { name: 'new', targetUrl: 'http://127.0.0.1:1/other', status: 'inactive' },
    });
    const listed = await call('GET', '/webhooks');
    const deleted = await call('DELETE', path);
    const gone = await call('GET', path);
    expect(created.body).toMatchObject({ name: 'ZXhwb3J0ZXI', status: 'active', resource: 'all' });
    expect(created.body).not.toHaveProperty('secret');
    expect(changed.body).toMatchObject({ name: 'new', status: 'inactive' });
    expect(listed.body.items).toEqual([changed.body]);
    expect([deleted.status, gone.status]).toEqual([204, 404]);
  });

  it.each([
    { name: '' },
    { targetUrl: 'nowhere' },
    { resource: 'people' },
    { resource: 'attachmentActions', event: 'all' },
    { resource: 'all', event: 'created' },
  ])('are refused with %j', async (fields) => {
    const { call } = await startTestWebex();
    const answer = await register(call, 'http://127.0.0.1:1/hook', fields);
    expect(answer.status).toBe(400);
  });

  it('bring signed metadata and never the words of a message', async () => {
    const { webex, call } = await startTestWebex();
    const receiver = await startReceiver();
    const { body: hook } = await register(call, `${receiver.url}/hook`);
    const { admin } = webex.people;
    const said = webex.say({ person: admin, text: 'export last 7 days' });
    await webex.delivered();
    const [received] = receiver.requests;
    const { body = '', headers } = received ?? {};
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-spark-signature': createHmac('sha1', secret).update(body).digest('hex'),
    });
    expect(JSON.parse(body)).toMatchObject({
      id: hook.id,
      name: 'hook',
      resource: 'messages',
      event: 'created',
      actorId: admin.id,
      data: {
        id: said.id,
        roomId: webex.space.id,
        personId: admin.id,
        personEmail: admin.email,
        mentionedPeople: [webex.bot.id],
      },
    });
    expect(body).not.toContain('last 7 days');
    expect(body).toBe(JSON.stringify(JSON.parse(body)));
    expect(webex.deliveries()).toMatchObject([{ status: 200, body }]);
  });

  it('tell a bot only of what it may see, its own words among it', async () => {
    const { webex, call } = await startTestWebex();
    const receiver = await startReceiver();
    await register(call, receiver.url);
    const { admin, colleague, outsider } = webex.people;
    webex.say({ person: admin, text: 'not for you', mention: false });
    webex.addGroupSpace('Elsewhere', admin, [colleague]);
    webex.addMember(webex.space.id, outsider);
    webex.say({ person: admin, roomId: webex.directSpace(admin).id, text: 'hi' });
    const own = await call('POST', '/messages', { body: { roomId: webex.space.id, text: 'own' } });
    await call('DELETE', `/messages/${own.body.id}`);
    await webex.delivered();
    const told = receiver
      .events()
      .map(({ resource, event, data }) => [
        `${resource}:${event}`,
        data.personId === webex.bot.id ? 'bot' : data.personId,
      ]);
    // Deliveries run side by side, so their order is not promised.
    expect(told).toHaveLength(5);
    expect(told).toEqual(
      expect.arrayContaining([
        ['memberships:created', outsider.id],
        ['memberships:created', 'bot'],
        ['messages:created', admin.id],
        ['messages:created', 'bot'],
        ['messages:deleted', 'bot'],
      ]),
    );
  });

  it('bring pressed cards only where they were asked for by name', async () => {
    const { webex, call } = await startTestWebex();
    const [all, actions] = [await startReceiver(), await startReceiver()];
    await register(call, all.url);
    await register(call, actions.url, { resource: 'attachmentActions', event: 'created' });
    const content = {
      type: 'AdaptiveCard',
      version: '1.3',
      actions: [{ type: 'Action.Submit', title: 'Go' }],
    };
    const contentType = 'application/vnd.microsoft.card.adaptive';
    const { body } = await call('POST', '/messages', {
      body: { roomId: webex.space.id, text: 'card', attachments: [{ contentType, content }] },
    });
    const action = webex.press({ person: webex.people.admin, messageId: body.id });
    await webex.delivered();
    expect(all.events()).toMatchObject([{ resource: 'messages' }]);
    expect(actions.events()).toMatchObject([
      {
        resource: 'attachmentActions',
        data: { id: action.id, type: 'submit', messageId: body.id, roomId: webex.space.id },
      },
    ]);
    expect(actions.events()[0].data).not.toHaveProperty('inputs');
  });

  it('are switched off after 100 failures within five minutes, again at once when too early', async () => {
    let nowMs = 0;
    const { webex, call } = await startTestWebex({ now: () => nowMs });
    const receiver = await startReceiver(503);
    const { body: hook } = await register(call, receiver.url);
    const status = () => webex.webhooks()[0]?.status;
    const fail = async (times: number) => {
      for (let count = 0; count < times; count++) {
        webex.say({ person: webex.people.admin, text: 'hello' });
      }
      await webex.delivered();
    };
    const activate = () =>
      call('PUT', `/webhooks/${hook.id}`, {
        body: { name: 'hook', targetUrl: receiver.url, status: 'active' },
      });
    const seen: unknown[] = [];
    await fail(60);
    nowMs += 5 * 60_000;
    await fail(99);
    seen.push(status());
    await fail(1);
    seen.push(status());
    await activate();
    seen.push(status());
    await fail(1);
    seen.push(status());
    nowMs += 5 * 60_000;
    await activate();
    await fail(1);
    seen.push(status());
    expect(seen).toEqual(['active', 'inactive', 'active', 'inactive', 'active']);
  });
});
