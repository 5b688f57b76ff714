import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import { createRecall } from '../../src/export/recall.ts';
import { createSpaceWatch, postsToWatch } from '../../src/export/space-watch.ts';
import { silent } from '../contact-center/fake.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { dayMs } from './orders.ts';
import { type Rig, startRig } from './rig.ts';

async function exportOnce(rig: Rig) {
  const finished = await FinishedExports.open(join(await makeTempFolder(), 'exports.json'));
  const jobs = await rig.openJobs({ finished });
  const job = await jobs.accept(rig.orderOfAdmin());
  jobs.start(job.ref);
  await jobs.idle();
  const removals: { ref: string; messageIds: readonly string[] }[] = [];
  const recall = createRecall({
    finished,
    jobs,
    webex: rig.client,
    retentionDays: 30,
    onRemoved: (order, messageIds) => removals.push({ ref: order.ref, messageIds }),
    clock: rig.clock,
    log: silent,
  });
  return { recall, finished, removals, ref: job.ref };
}

test('removes the posts of an export, and remembers that it did', async () => {
  const rig = await startRig();
  const { recall, finished, ref } = await exportOnce(rig);
  const job = finished.find(ref);
  const before = rig.files().length;
  const removed = job && (await recall.recall(job));
  expect([before, removed, rig.files().length]).toEqual([1, 1, 0]);
  expect(finished.find(ref)).toMatchObject({ posts: [], recalledAtMs: expect.any(Number) });
});

test('can be asked again when Webex did not answer, and when a post is gone already', async () => {
  const rig = await startRig();
  const { recall, finished, ref } = await exportOnce(rig);
  const job = finished.find(ref);
  if (!job) throw new Error('the export is not kept');
  rig.door.script('DELETE /v1/messages/:id', [{ status: 403 }]);
  await expect(recall.recall(job)).rejects.toMatchObject({ status: 403 });
  const [message] = rig.files();
  if (message) rig.webex.deleteMessage(message.id);
  await expect(recall.recall(job)).resolves.toBe(1);
});

test('removes posts and records after the retention, not a day before', async () => {
  const rig = await startRig();
  const { recall, finished, removals, ref } = await exportOnce(rig);
  const messageIds = rig.files().map(({ id }) => id);
  rig.clock.advance(30 * dayMs - 1);
  await recall.sweep();
  const before = [rig.files().length, finished.find(ref)?.order.ref];
  rig.clock.advance(dayMs);
  rig.door.script('DELETE /v1/messages/:id', [{ status: 403 }]);
  await recall.sweep();
  const refused = [rig.files().length, finished.find(ref)?.order.ref];
  await recall.sweep();
  const tooSoon = rig.files().length;
  rig.clock.advance(3_600_000);
  await recall.sweep();
  expect(before).toEqual([1, ref]);
  expect(refused).toEqual([1, ref]);
  expect(tooSoon).toBe(1);
  expect(removals).toEqual([{ ref, messageIds }]);
  expect([rig.files().length, finished.find(ref)]).toEqual([0, undefined]);
  expect(await readdir(rig.folder)).toEqual([]);
});

/** Watches the space of the rig; `meanwhile` happens at the first pause. */
async function watchSpace(rig: Rig, meanwhile: () => void, roomType: 'group' | 'direct' = 'group') {
  const told: string[] = [];
  let pauses = 0;
  const done = new Promise<void>((resolve) => {
    const watch = createSpaceWatch({
      webex: rig.client,
      rules: {
        allowedOrgUuids: [rig.webex.organizations.home.uuid],
        allowedBots: [],
        ownPersonUuid: rig.webex.bot.uuid,
      },
      tell: async ({ ref }) => {
        told.push(ref);
        resolve();
      },
      clock: {
        now: () => 0,
        sleep: async () => {
          pauses++;
          if (pauses === 1) meanwhile();
          // After the last look.
          if (pauses === 4) setImmediate(() => setTimeout(resolve, 100));
        },
      },
      signal: new AbortController().signal,
      log: silent,
    });
    const order = rig.orderOfAdmin();
    const place = { ...order.place, roomType };
    const whole = { version: 1, ref: 'E7K2', orderedAtMs: 0, ...order, place } as const;
    watch({ order: whole, postedMs: 0 });
    // A second part of the same file.
    watch({ order: whole, postedMs: 0 });
    if (roomType === 'direct') setImmediate(resolve);
  });
  await done;
  return { told, pauses };
}

test('tells the person once when somebody from outside comes after the post', async () => {
  const rig = await startRig();
  const { outsider } = rig.webex.people;
  const { told } = await watchSpace(rig, () => rig.webex.addMember(rig.webex.space.id, outsider));
  expect(told).toEqual(['E7K2']);
});

test.each<[string, (rig: Rig) => void]>([
  ['nobody comes', () => {}],
  [
    'the members cannot be read',
    (rig) => rig.door.script('GET /v1/memberships', [{ status: 403 }], { repeat: true }),
  ],
])('says nothing when %s', async (_name, meanwhile) => {
  const rig = await startRig();
  const { told, pauses } = await watchSpace(rig, () => meanwhile(rig));
  expect([told, pauses]).toEqual([[], 4]);
});

test('does not watch a direct space, which nobody can join', async () => {
  const rig = await startRig();
  const { pauses } = await watchSpace(rig, () => {}, 'direct');
  expect(pauses).toBe(0);
});

test('looks after posts of an earlier process as long as it makes sense', async () => {
  const rig = await startRig();
  const order = { version: 1, ref: 'E7K2', orderedAtMs: 0, ...rig.orderOfAdmin() } as const;
  const posted = (place: 'space' | 'direct', atMs: number) => ({ order, posts: [{ place, atMs }] });
  const exports = [posted('space', 1_000), posted('direct', 1_000), { order, posts: [] }];
  expect(postsToWatch(exports, 600_000)).toEqual([{ order, postedMs: 1_000 }]);
  expect(postsToWatch(exports, 602_000)).toEqual([]);
});

test.each([
  ['in time', 0, [10_000, 15_000, 20_000, 20_000]],
  ['in the middle of the minute', 30_000, [0, 15_000, 20_000]],
  ['behind it', 500_000, [0]],
])('looks again %s', async (_name, nowMs, expected) => {
  const rig = await startRig();
  const pauses: number[] = [];
  const rules = {
    allowedOrgUuids: [rig.webex.organizations.home.uuid],
    allowedBots: [],
    ownPersonUuid: rig.webex.bot.uuid,
  };
  const order = { version: 1, ref: 'E7K2', orderedAtMs: 0, ...rig.orderOfAdmin() } as const;
  await new Promise<void>((resolve) => {
    createSpaceWatch({
      webex: rig.client,
      rules,
      tell: async () => {},
      clock: {
        now: () => nowMs,
        sleep: async (ms) => {
          pauses.push(ms);
          if (pauses.length === expected.length) resolve();
        },
      },
      signal: new AbortController().signal,
      log: silent,
    })({ order, postedMs: 0 });
  });
  expect(pauses).toEqual(expected);
});
