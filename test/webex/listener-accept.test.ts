import { expect, test } from 'vitest';
import { sign } from '../../src/webex/signature.ts';
import { reportsId } from './fake-webex.ts';
import {
  accept,
  createRig,
  createTestInbox,
  eventOf,
  receive,
  secret,
  startRig,
  textsHeard,
} from './listener-rig.ts';
import { idOf } from './support.ts';

test('refuses a wrong signature, remembers nothing and asks nobody', async () => {
  const rig = await createRig();
  const body = eventOf(rig.fake.message('first'));
  const before = rig.fake.requests.length;

  const statuses = await Promise.all([
    rig.listener.accept(body, sign(body, 'a wrong secret')),
    rig.listener.accept(body, undefined),
    rig.listener.accept(Buffer.concat([body, Buffer.from(' ')]), sign(body, secret)),
  ]);

  expect(statuses).toEqual([401, 401, 401]);
  expect(rig.fake.requests).toHaveLength(before);
  expect(await rig.inbox.open()).toEqual([]);
});

test('tells of forgeries at most once a minute, so that nobody can fill the log', async () => {
  const rig = await createRig();
  const forge = () => rig.listener.accept(Buffer.from('{}'), 'nonsense');

  for (let sent = 0; sent < 100; sent++) await forge();
  rig.clock.advance(60_000);
  await forge();

  expect(rig.lines.map(({ refused }) => refused)).toEqual([1, 100]);
});

test('accepts what an older secret has signed', async () => {
  const rig = await createRig();
  rig.fake.person('ana');
  const body = eventOf(rig.fake.message('first'));

  const status = await rig.listener.accept(body, sign(body, 'the-secret-before-it'));
  await rig.idle();

  expect(status).toBe(200);
  expect(rig.messages).toHaveLength(1);
});

test.each([
  ['escaped slashes', (text: string) => text.replaceAll('/', '\\/')],
  ['escaped letters', (text: string) => text.replace('"created"', '"\\u0063reated"')],
  ['an accented letter', (text: string) => text.replace('{', '{"title":"caf\\u00e9",')],
  ['a float without fraction', (text: string) => text.replace('{', '{"version":1.0,')],
  ['white space everywhere', (text: string) => JSON.stringify(JSON.parse(text), undefined, '\t')],
  ['an unknown member', (text: string) => text.replace('{', '{"__proto__":{"polluted":1},')],
  ['a member twice', (text: string) => text.replace('{', '{"resource":"rooms",')],
])('understands a body with %s', async (_what, change) => {
  const rig = await createRig();
  rig.fake.person('ana');
  const body = Buffer.from(change(eventOf(rig.fake.message('first')).toString()));

  const statuses = await receive(rig, body);

  expect(statuses).toEqual([200]);
  expect(textsHeard(rig)).toEqual(['export today']);
});

test.each([
  ['nothing', ''],
  ['half a body', '{"resource":"messages"'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"messages"'],
  ['no resource', '{"event":"created","data":{"id":"a"}}'],
  ['a resource of another type', '{"resource":1,"event":"created","data":{"id":"a"}}'],
  ['no id', '{"resource":"messages","event":"created","data":{}}'],
  ['no data', '{"resource":"attachmentActions","event":"created"}'],
  ['an id that leads elsewhere', '{"resource":"messages","event":"created","data":{"id":".."}}'],
  [
    'an id of great length',
    `{"resource":"messages","event":"created","data":{"id":"${'a'.repeat(600)}"}}`,
  ],
])('answers 400 to %s, even with a valid signature', async (_what, body) => {
  const rig = await createRig();

  const statuses = await receive(rig, Buffer.from(body));

  expect(statuses).toEqual([400]);
  expect(rig.messages).toEqual([]);
});

test.each([
  ['messages', 'deleted'],
  ['messages', 'updated'],
  ['rooms', 'updated'],
  ['memberships', 'updated'],
  ['meetings', 'started'],
])('takes note of %s %s and does nothing', async (resource, event) => {
  const rig = await createRig();

  const statuses = await receive(rig, eventOf(rig.fake.message('first'), { resource, event }));

  expect(statuses).toEqual([200]);
  expect(await rig.inbox.unsettled()).toEqual([]);
  expect(rig.messages).toEqual([]);
});

test('tells of others who join a space, and asks nobody who they are', async () => {
  const joined: string[] = [];
  const onJoined = ({ roomId }: { readonly roomId: string }) => void joined.push(roomId);
  const rig = await startRig({ deps: { onJoined } });
  const before = rig.fake.requests.length;
  const event = (data: Record<string, unknown>) =>
    eventOf(idOf('MEMBERSHIP', 'of-bob'), { resource: 'memberships', data });

  const statuses = await receive(
    rig,
    event({ personId: idOf('PEOPLE', 'bob'), roomId: reportsId }),
    event({ personId: idOf('PEOPLE', 'bob') }),
  );

  expect(statuses).toEqual([200, 200]);
  expect(joined).toEqual([reportsId]);
  expect(rig.added).toEqual([]);
  expect(rig.fake.requests).toHaveLength(before);
});

test('does not answer 200 when the event could not be remembered', async () => {
  const failing = { ...createTestInbox(), remember: () => Promise.reject(new Error('disk full')) };
  const rig = await createRig({ inbox: failing });

  const accepting = accept(rig.listener, eventOf(rig.fake.message('first')));

  await expect(accepting).rejects.toThrow('disk full');
  expect(rig.messages).toEqual([]);
});
