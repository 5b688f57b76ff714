import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import { createRecall } from '../../src/export/recall.ts';
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
