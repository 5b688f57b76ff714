import { expect, test } from 'vitest';
import { createWebhookWatch } from '../../src/webex/webhook-watch.ts';
import { createTestClock } from '../helpers/clock.ts';
import { type FakeWebex, startFakeWebex } from './fake-webex.ts';
import { createTestClient, idOf } from './support.ts';

const targetUrl = 'https://bot.example.org/webex/events';
const secret = 'secret-of-the-webhooks';
const own = { name: 'ours', targetUrl, secret };
const working = ['all all active', 'attachmentActions created active'];

const foreign = {
  ...{ id: idOf('WEBHOOK', 'foreign'), name: 'of another program', status: 'inactive' },
  ...{ targetUrl: 'https://other.example.org', resource: 'all', event: 'all' },
};

/** Two webhooks of ours are registered, beside a sleeping one of somebody else. */
async function startWatch() {
  const fake = await startFakeWebex();
  const clock = createTestClock();
  const { client, log, lines } = createTestClient(fake.url, { clock });
  const registered = [
    await client.createWebhook({ ...own, resource: 'all', event: 'all' }),
    await client.createWebhook({ ...own, resource: 'attachmentActions', event: 'created' }),
  ];
  fake.webhooks.set(foreign.id, foreign);
  const { now } = clock;
  const watch = createWebhookWatch({ client, registered, targetUrl, secret, now, log });
  const [first] = registered;
  return { fake, clock, lines, watch, firstId: first?.id ?? '' };
}

function shapes(fake: FakeWebex): string[] {
  const ours = [...fake.webhooks.values()].filter(({ name }) => name === own.name);
  return ours.map(({ resource, event, status }) => `${resource} ${event} ${status}`).sort();
}

function change(fake: FakeWebex, id: string, changes: object): void {
  fake.webhooks.set(id, { ...fake.webhooks.get(id), ...changes });
}

test.each<[string, (fake: FakeWebex, id: string) => void]>([
  ['is inactive', (fake, id) => change(fake, id, { status: 'inactive' })],
  ['is disabled', (fake, id) => change(fake, id, { status: 'disabled' })],
  ['is gone', (fake, id) => fake.webhooks.delete(id)],
  ['points elsewhere', (fake, id) => change(fake, id, { targetUrl: 'https://old.example.org' })],
])('repairs a webhook of ours that %s, and leaves those of others alone', async (_how, breakIt) => {
  const { fake, lines, watch, firstId } = await startWatch();
  breakIt(fake, firstId);

  await watch.check();

  const targets = [...fake.webhooks.values()].filter(({ name }) => name === own.name);
  expect(shapes(fake)).toEqual(working);
  expect(targets).toMatchObject([
    { targetUrl, secret },
    { targetUrl, secret },
  ]);
  expect(fake.webhooks.get(foreign.id)).toEqual(foreign);
  expect(lines.map(({ msg }) => msg)).toEqual(['a webhook of the bot was repaired']);
});

test('changes nothing while all is well, and notes when it looked', async () => {
  const { fake, clock, watch } = await startWatch();
  const before = fake.requests.length;
  clock.advance(300_000);

  await watch.check();

  expect(fake.lines().slice(before)).toEqual(['GET /v1/webhooks?max=100']);
  expect(watch.state).toEqual({ active: true, checkedAtMs: clock.now() });
});

test('says that a webhook does not work until it is repaired', async () => {
  const { fake, watch, firstId } = await startWatch();
  change(fake, firstId, { status: 'disabled' });
  fake.script(/PUT/, { status: 400 });

  await watch.check();
  const meanwhile = watch.state.active;
  await watch.check();

  expect([meanwhile, watch.state.active]).toEqual([false, true]);
});

test('keeps to what it saw last when Webex cannot be asked', async () => {
  const { fake, lines, watch } = await startWatch();
  fake.script(/GET/, ...Array(5).fill({ status: 503 }));

  await watch.check();

  expect(watch.state.active).toBe(true);
  expect(lines.at(-1)?.msg).toBe('the webhooks could not be checked or repaired');
});
