import { expect, test, vi } from 'vitest';
import { botId, reportsId } from './fake-webex.ts';
import { accept, eventOf, linesSaid, receive, startRig, textsHeard } from './listener-rig.ts';
import { idOf, testNowMs } from './support.ts';

const direct = 'handled without the framework';
const anaId = idOf('PEOPLE', 'ana');
const minutesAgo = (minutes: number) => new Date(testNowMs - minutes * 60_000).toISOString();

test('hands a message on through the framework, read from the API and without the mention', async () => {
  const rig = await startRig();
  const id = rig.fake.message('first', { parentId: idOf('MESSAGE', 'root') });

  const statuses = await receive(rig, eventOf(id, { data: { text: 'a forged text' } }));

  expect(statuses).toEqual([200]);
  expect(rig.messages).toEqual([
    {
      ...{ id, roomId: reportsId, roomType: 'group', parentId: idOf('MESSAGE', 'root') },
      person: expect.objectContaining({ displayName: 'ana', emails: ['ana@example.org'] }),
      ...{ text: 'export today', createdMs: testNowMs - 1_000, tooOld: false },
      spaceTitle: 'CC reports',
    },
  ]);
  expect(linesSaid(rig)).not.toContain(direct);
});

test('asks Webex for a message and its author once, whoever else wants to know', async () => {
  const rig = await startRig();
  const before = rig.fake.requests.length;

  await receive(rig, eventOf(rig.fake.message('first')));

  expect(rig.fake.lines().slice(before).sort()).toEqual([
    `GET /v1/messages/${idOf('MESSAGE', 'first')}`,
    `GET /v1/people/${anaId}`,
    `GET /v1/rooms/${reportsId}`,
  ]);
});

test('reads a message of a direct space, where nobody is mentioned', async () => {
  const rig = await startRig();
  const changes = { roomType: 'direct', text: 'help', html: null, mentionedPeople: null };

  await receive(rig, eventOf(rig.fake.message('first', changes)));

  expect(rig.messages).toMatchObject([{ roomType: 'direct', text: 'help' }]);
});

test('ignores its own messages without reading them', async () => {
  const rig = await startRig();
  const before = rig.fake.requests.length;
  const id = rig.fake.message('own', { personId: botId });

  const statuses = await receive(rig, eventOf(id, { actorId: botId }));

  expect(statuses).toEqual([200]);
  expect(rig.fake.requests).toHaveLength(before);
});

test('believes the API and not the event about who wrote a message', async () => {
  const rig = await startRig();
  rig.fake.person('helper', { type: 'bot' });
  const own = rig.fake.message('own', { personId: botId });
  const fromBot = rig.fake.message('bot', { personId: idOf('PEOPLE', 'helper') });
  rig.fake.person('Export Bot', { type: null });

  await receive(rig, eventOf(own), eventOf(fromBot));

  expect(rig.messages).toEqual([]);
  expect(await rig.inbox.open()).toEqual([]);
});

test('marks a message older than ten minutes, by the clock of Webex', async () => {
  const rig = await startRig();
  const old = rig.fake.message('old', { created: minutesAgo(11), text: 'old', html: null });
  const young = rig.fake.message('young', { created: minutesAgo(9), text: 'young', html: null });

  await receive(rig, eventOf(old));
  await receive(rig, eventOf(young));

  expect(rig.messages).toMatchObject([
    { text: 'old', tooOld: true },
    { text: 'young', tooOld: false },
  ]);
});

test('does not call a message old because its own clock is wrong', async () => {
  const rig = await startRig();
  const date = new Date(testNowMs).toUTCString();
  rig.fake.script(/GET \/v1\/messages/, { status: 503, headers: { date } });
  rig.clock.advance(60 * 60_000);

  await receive(rig, eventOf(rig.fake.message('first')));

  expect(rig.messages).toMatchObject([{ tooOld: false }]);
});

test('hands a message on from a space the framework did not know', async () => {
  const rig = await startRig();
  const roomId = idOf('ROOM', 'new');
  rig.fake.joined(roomId);

  await receive(rig, eventOf(rig.fake.message('first', { roomId })));

  expect(rig.messages).toMatchObject([{ roomId, text: 'export today' }]);
  expect(linesSaid(rig)).not.toContain(direct);
});

test('handles several messages at once in a space the framework did not know', async () => {
  const rig = await startRig();
  const roomId = idOf('ROOM', 'new');
  rig.fake.joined(roomId);
  const ids = ['a', 'b', 'c'].map((name) => rig.fake.message(name, { roomId }));

  await receive(rig, ...ids.map((id) => eventOf(id)));

  expect(rig.messages.map(({ id }) => id).sort()).toEqual(ids.sort());
});

test('handles a message itself when the framework cannot tell that the bot is in the space', async () => {
  const rig = await startRig();
  rig.fake.script(/GET \/v1\/memberships/, { status: 403 });

  await receive(rig, eventOf(rig.fake.message('first', { roomId: idOf('ROOM', 'odd') })));

  expect(textsHeard(rig)).toEqual(['export today']);
  expect(rig.lines).toContainEqual(expect.objectContaining({ msg: direct, reason: 'passed over' }));
});

test('handles a message itself after two seconds without dispatch, and never twice', async () => {
  const rig = await startRig({ callMs: 100 });
  const roomId = idOf('ROOM', 'slow');
  rig.fake.script(/GET \/v1\/memberships/, 'never');
  rig.fake.joined(roomId);

  await accept(rig.listener, eventOf(rig.fake.message('first', { roomId })));
  await vi.waitUntil(() => rig.timers.isSet(2_000));
  rig.timers.goOff(2_000);
  await rig.idle();
  const handledFirst = rig.messages.length;
  // The second attempt of the framework's own question is answered, and it dispatches after all.
  const asked = () => rig.fake.lines().filter((line) => line.includes(`roomId=${roomId}`)).length;
  await vi.waitUntil(() => asked() === 2);
  await receive(rig, eventOf(rig.fake.message('second', { roomId, text: 'help', html: null })));

  expect(handledFirst).toBe(1);
  expect(textsHeard(rig)).toEqual(['export today', 'help']);
  expect(rig.lines).toContainEqual(expect.objectContaining({ msg: direct, reason: 'too slow' }));
});

test('hands on a message that holds a file and no word', async () => {
  const rig = await startRig();
  const changes = { text: null, html: null, mentionedPeople: null, roomType: 'direct' };

  await receive(rig, eventOf(rig.fake.message('file', { ...changes, files: ['https://x'] })));

  expect(textsHeard(rig)).toEqual(['']);
});

test('hands on the answer to a card through the framework', async () => {
  const rig = await startRig();
  const id = rig.fake.action('pressed', { inputs: { answer: 'yes', count: 2 } });

  await receive(rig, eventOf(id, { resource: 'attachmentActions' }));

  expect(rig.actions).toEqual([
    {
      ...{ id, messageId: idOf('MESSAGE', 'card'), roomId: reportsId },
      person: expect.objectContaining({ displayName: 'ana' }),
      inputs: { answer: 'yes', count: 2 },
      ...{ createdMs: testNowMs - 1_000, tooOld: false },
    },
  ]);
  expect(linesSaid(rig)).not.toContain(direct);
});

test('says once that somebody added the bot, and by whom', async () => {
  const rig = await startRig();
  const roomId = idOf('ROOM', 'new');
  const body = eventOf(rig.fake.membership(roomId), {
    resource: 'memberships',
    data: { personId: botId, roomId },
  });

  await receive(rig, body, body);

  expect(rig.added).toEqual([{ roomId, roomType: 'group', addedById: anaId }]);
  expect(linesSaid(rig)).not.toContain(direct);
});

test('does not count as added to the direct space that it opened itself', async () => {
  const rig = await startRig();
  const roomId = idOf('ROOM', 'direct');
  const id = rig.fake.membership(roomId, { roomType: 'direct' });
  const data = { personId: botId, roomId };

  await receive(rig, eventOf(id, { resource: 'memberships', actorId: botId, data }));

  expect(rig.added).toEqual([]);
  expect(await rig.inbox.open()).toEqual([]);
});

test('hears of being added again after it was removed', async () => {
  const rig = await startRig();
  const left = {
    resource: 'memberships',
    event: 'deleted',
    data: { personId: botId, roomId: reportsId },
  };
  const id = rig.fake.membership(reportsId, { id: idOf('MEMBERSHIP', 'again') });

  await receive(rig, eventOf(idOf('MEMBERSHIP', 'before'), left));
  await receive(rig, eventOf(id, { ...left, event: 'created' }));

  expect(rig.added).toHaveLength(1);
  expect(linesSaid(rig)).not.toContain(direct);
});

test('hears of being added even where the removal went unnoticed', async () => {
  const rig = await startRig();
  const id = rig.fake.membership(reportsId, { id: idOf('MEMBERSHIP', 'again') });
  const data = { personId: botId, roomId: reportsId };

  await receive(rig, eventOf(id, { resource: 'memberships', data }));

  expect(rig.added).toHaveLength(1);
});
test('does not care who else enters or leaves a space', async () => {
  const rig = await startRig();
  const before = rig.fake.requests.length;
  const data = { personId: anaId, roomId: reportsId };

  const statuses = await receive(
    rig,
    eventOf(idOf('MEMBERSHIP', 'ana'), { resource: 'memberships', data }),
    eventOf(idOf('MEMBERSHIP', 'ana'), { resource: 'memberships', event: 'deleted', data }),
  );

  expect(statuses).toEqual([200, 200]);
  expect(rig.fake.requests).toHaveLength(before);
});
