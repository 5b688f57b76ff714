import { expect, test, vi } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { type FakeWebex, reportsId } from './fake-webex.ts';
import {
  accept,
  createRig,
  createTestInbox,
  eventOf,
  linesSaid,
  receive,
  startRig,
  textsHeard,
} from './listener-rig.ts';
import { idOf, testNowMs } from './support.ts';

const minutesAgo = (minutes: number) => new Date(testNowMs - minutes * 60_000).toISOString();

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test('handles an event once that is delivered a hundred times at once', async () => {
  const rig = await startRig();
  const body = eventOf(rig.fake.message('first'));

  const statuses = await receive(rig, ...Array<Buffer>(100).fill(body));

  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(rig.messages).toHaveLength(1);
});

test('handles it once across a restart, too', async () => {
  const rig = await startRig();
  const body = eventOf(rig.fake.message('first'));
  await receive(rig, body);

  const restarted = await startRig({ fake: rig.fake, inbox: rig.inbox });
  await receive(restarted, body);

  expect([rig.messages.length, restarted.messages.length]).toEqual([1, 0]);
});

test('answers before the handler is done, and counts the event as open until then', async () => {
  const handled = deferred();
  const rig = await startRig({ deps: { onMessage: () => handled.promise } });
  const id = rig.fake.message('first');

  const status = await accept(rig.listener, eventOf(id));
  const openMeanwhile = await rig.inbox.open();
  handled.resolve();
  await rig.idle();

  expect(status).toBe(200);
  expect(openMeanwhile).toEqual([id]);
  expect(await rig.inbox.open()).toEqual([]);
});

test('does not pick up again what is being handled', async () => {
  const handled = deferred();
  let runs = 0;
  const onMessage = async () => {
    runs++;
    await handled.promise;
  };
  const rig = await startRig({ deps: { onMessage } });

  await accept(rig.listener, eventOf(rig.fake.message('first')));
  await vi.waitUntil(() => runs > 0);
  rig.timers.goOff(300_000);
  await vi.waitUntil(() => rig.timers.isSet(300_000));
  handled.resolve();
  await rig.idle();

  expect(runs).toBe(1);
});

test('drops a message that was deleted meanwhile, with a line in the log', async () => {
  const rig = await startRig();

  const statuses = await receive(rig, eventOf(idOf('MESSAGE', 'deleted')));

  expect(statuses).toEqual([200]);
  expect(linesSaid(rig)).toContain('an event is dropped, what it was about is gone');
  expect(await rig.inbox.open()).toEqual([]);
});

test('reads again when Webex is busy, broken or cut off', async () => {
  const rig = await startRig();
  const cut = { status: 200, headers: { 'content-length': '900', connection: 'close' } };
  const busy = { status: 429, headers: { 'retry-after': '3' } };
  rig.fake.script(/GET \/v1\/messages/, { status: 503 }, busy, { status: 500 });
  rig.fake.script(/GET \/v1\/people/, { ...cut, body: { id: 'cut' } }, { status: 502 });

  await receive(rig, eventOf(rig.fake.message('first')));

  expect(textsHeard(rig)).toEqual(['export today']);
});

test('keeps a message that cannot be read now, and handles it at the next check', async () => {
  const rig = await startRig();
  const id = rig.fake.message('first');
  rig.fake.script(/GET \/v1\/messages/, ...Array(5).fill({ status: 503 }));

  await receive(rig, eventOf(id));
  const openBetween = await rig.inbox.open();
  rig.timers.goOff(300_000);
  await vi.waitUntil(() => rig.messages.length > 0);
  await rig.idle();

  expect(openBetween).toEqual([id]);
  expect(textsHeard(rig)).toEqual(['export today']);
  expect(await rig.inbox.open()).toEqual([]);
});

test.each<[string, (fake: FakeWebex) => void, string[]]>([
  ['fails', (fake) => fake.script(/people/, ...Array(5).fill({ status: 500 })), ['kept']],
  ['is refused', (fake) => fake.script(/people/, ...Array(5).fill({ status: 429 })), ['kept']],
  ['is never answered', (fake) => fake.script(/people/, ...Array(5).fill('never')), ['kept']],
  ['finds nobody', (fake) => fake.script(/people/, { status: 404 }), []],
  ['finds nonsense', (fake) => fake.script(/people/, { status: 200, body: { id: 1 } }), []],
])('lives on when the look-up of the author %s', async (_how, breakFake, open) => {
  const rig = await startRig({ callMs: 100 });
  breakFake(rig.fake);

  await receive(rig, eventOf(rig.fake.message('first')));
  const openNow = (await rig.inbox.open()).map(() => 'kept');
  await receive(rig, eventOf(rig.fake.message('second', { text: 'help', html: null })));

  expect(openNow).toEqual(open);
  expect(textsHeard(rig)).toEqual(['help']);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
])('logs a handler that %s, and goes on', async (_how, onMessage) => {
  const rig = await startRig({ deps: { onMessage } });

  await receive(rig, eventOf(rig.fake.message('first')));
  await receive(rig, eventOf(rig.fake.message('second')));

  expect(linesSaid(rig).filter((line) => line === 'the handler of an event failed')).toHaveLength(
    2,
  );
  expect(await rig.inbox.open()).toEqual([]);
});

test('picks up at the start what was remembered and not done', async () => {
  const inbox = createTestInbox();
  const before = await createRig({ inbox });
  const { fake } = before;
  const young = fake.message('young', { created: minutesAgo(9), text: 'young', html: null });
  const old = fake.message('old', { created: minutesAgo(60), text: 'old', html: null });
  const action = fake.action('pressed', { created: minutesAgo(60) });
  const greeting = fake.membership(reportsId, { created: minutesAgo(60) });
  for (const id of [young, old]) await inbox.remember(id, 'message');
  await inbox.remember(action, 'action');
  await inbox.remember(greeting, 'membership');

  const rig = await startRig({ fake, inbox });
  await rig.idle();

  expect(rig.messages).toHaveLength(2);
  expect(rig.messages).toContainEqual(expect.objectContaining({ text: 'young', tooOld: false }));
  expect(rig.messages).toContainEqual(expect.objectContaining({ text: 'old', tooOld: true }));
  expect(rig.actions).toMatchObject([{ id: action, tooOld: true }]);
  expect(rig.added).toEqual([]);
  expect(await inbox.open()).toEqual([]);
});

test('accepts events before it has started, and handles them', async () => {
  const rig = await createRig();
  rig.fake.person('ana');

  const statuses = await receive(rig, eventOf(rig.fake.message('early')));

  expect(statuses).toEqual([200]);
  expect(textsHeard(rig)).toEqual(['export today']);
});

test('only remembers what arrives after it was closed', async () => {
  const rig = await startRig();
  const id = rig.fake.message('late');
  await rig.listener.close();

  const statuses = await receive(rig, eventOf(id));

  expect(statuses).toEqual([200]);
  expect(rig.messages).toEqual([]);
  expect(await rig.inbox.open()).toEqual([id]);
});

test('keeps an event for the next start when the bot left before it could answer', async () => {
  const rig = await startRig({ deps: { onMessage: () => Promise.reject(new CancelledError()) } });
  const id = rig.fake.message('first');

  await receive(rig, eventOf(id));
  const open = await rig.inbox.open();
  const restarted = await startRig({ fake: rig.fake, inbox: rig.inbox });
  await restarted.idle();

  expect([open, restarted.messages.length]).toEqual([[id], 1]);
});
