import { expect, test } from 'vitest';
import { startTestServer } from '../helpers/server.ts';
import {
  botToken,
  createTestClient,
  idOf,
  linesOf,
  org,
  personJson,
  scripted,
  sendDated,
} from './support.ts';

const posted = { id: idOf('MESSAGE', 'posted'), roomId: idOf('ROOM', 'reports') };

test('reads a person with the token of the bot, and adds the UUIDs', async () => {
  const server = await scripted({
    status: 200,
    body: personJson('ana', { timezone: 'Europe/Berlin', avatar: null, nickName: null }),
  });
  const { client } = createTestClient(server.url);

  const person = await client.person(idOf('PEOPLE', 'ana'));

  expect(person).toEqual({
    id: idOf('PEOPLE', 'ana'),
    uuid: '616e612e-2e2e-2e2e-2e2e-2e2e2e2e2e2e',
    orgId: org.id,
    orgUuid: org.uuid,
    emails: ['ana@example.org'],
    displayName: 'ana',
    type: 'person',
    timezone: 'Europe/Berlin',
  });
  expect(server.requests[0]).toMatchObject({
    method: 'GET',
    path: `/v1/people/${idOf('PEOPLE', 'ana')}`,
    headers: { authorization: `Bearer ${botToken}` },
  });
});

test('takes null for a member that is missing', async () => {
  const message = {
    ...{ id: idOf('MESSAGE', 'a'), roomId: idOf('ROOM', 'a'), roomType: 'group' },
    ...{ parentId: null, text: null, html: null, mentionedPeople: null },
    ...{ personId: idOf('PEOPLE', 'ana'), created: '2026-11-20T09:41:00.000Z' },
  };
  const server = await scripted({ status: 200, body: message });
  const { client } = createTestClient(server.url);

  const read = await client.message(message.id);

  expect(read).toMatchObject({
    ...{ parentId: undefined, text: '', html: undefined, mentionedPeople: [] },
    createdMs: Date.UTC(2026, 10, 20, 9, 41),
  });
});

test.each([
  ['no id', { id: undefined }, 'id invalid_type'],
  ['an id without UUID', { id: 'ana' }, 'id custom'],
  ['an organization without UUID', { orgId: 'example' }, 'orgId custom'],
  ['addresses of another type', { emails: 'ana@example.org' }, 'emails invalid_type'],
])(
  'refuses a person with %s, naming the member but not its value',
  async (_what, change, issue) => {
    const server = await scripted({ status: 200, body: personJson('ana', change) });
    const { client } = createTestClient(server.url);

    const reading = client.person('ana');

    await expect(reading).rejects.toMatchObject({
      code: 'answer_invalid',
      message: `reading a person: unexpected answer from Webex: ${issue}`,
    });
    expect(server.requests).toHaveLength(1);
  },
);

test('posts a message into a thread', async () => {
  const server = await scripted({ status: 200, body: posted });
  const { client } = createTestClient(server.url);

  const answer = await client.postMessage({ roomId: 'r', parentId: 'p' }, '**hello**');

  expect(answer).toEqual(posted);
  expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/messages' });
  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    roomId: 'r',
    parentId: 'p',
    markdown: '**hello**',
  });
});

test('posts a message to a person', async () => {
  const server = await scripted({ status: 200, body: posted });
  const { client } = createTestClient(server.url);

  await client.postMessage({ personId: 'ana' }, 'hello');

  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    toPersonId: 'ana',
    markdown: 'hello',
  });
});

test('posts a longer text as several messages, in order, and returns the last one', async () => {
  const server = await startTestServer((_request, response) => {
    sendDated(response, 200, { ...posted, id: `message-${server.requests.length}` });
  });
  const { client } = createTestClient(server.url);

  const last = await client.postMessage({ roomId: 'r' }, 'word '.repeat(3_000));

  const sizes = server.requests.map(({ body }) => Buffer.byteLength(JSON.parse(body).markdown));
  expect(last.id).toBe('message-3');
  expect(sizes).toEqual([7_439, 7_439, 119]);
});

test('posts a card with its fallback, alone in a message', async () => {
  const server = await scripted({ status: 200, body: posted });
  const { client } = createTestClient(server.url);
  const card = { type: 'AdaptiveCard', version: '1.3', body: [] };

  await client.postCard({ personId: 'ana' }, card, 'Please sign in.');

  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    toPersonId: 'ana',
    markdown: 'Please sign in.',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
  });
});

test('edits and deletes by PUT and DELETE, which may be repeated', async () => {
  const server = await scripted(
    { status: 502 },
    { status: 200, body: {} },
    { status: 500 },
    { status: 204 },
  );
  const { client } = createTestClient(server.url);

  await client.editMessage({ id: 'm/1', roomId: 'r' }, 'half done');
  await client.deleteMessage('m/1');

  expect(linesOf(server)).toEqual([
    'PUT /v1/messages/m%2F1',
    'PUT /v1/messages/m%2F1',
    'DELETE /v1/messages/m%2F1',
    'DELETE /v1/messages/m%2F1',
  ]);
  expect(JSON.parse(server.requests[1]?.body ?? '')).toEqual({
    roomId: 'r',
    markdown: 'half done',
  });
});

test('counts a message that is gone already as deleted', async () => {
  const server = await scripted({ status: 404, body: { message: 'not found' } });
  const { client } = createTestClient(server.url);

  await expect(client.deleteMessage('m')).resolves.toBeUndefined();
});

test('switches a webhook on again with everything Webex wants to be told', async () => {
  const server = await scripted({ status: 200, body: {} });
  const { client } = createTestClient(server.url);
  const settings = { name: 'n', targetUrl: 'https://bot/x', secret: 's' };

  await client.activateWebhook('w', { ...settings, resource: 'all', event: 'all' });

  expect(linesOf(server)).toEqual(['PUT /v1/webhooks/w']);
  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ ...settings, status: 'active' });
});
