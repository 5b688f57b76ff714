import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Job } from '../../src/export/job.ts';
import type { JournalRecord } from '../../src/export/journal.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { nowMs, orderWith } from './orders.ts';

const order = { version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith() } as const;
const state = (name: 'running' | 'waiting_for_login'): JournalRecord => ({
  kind: 'state',
  state: name,
  atMs: nowMs + 1,
});
const running = state('running');
const waiting = state('waiting_for_login');
const interrupted: JournalRecord = { kind: 'interrupted', atMs: nowMs + 2 };

/** As an earlier process left it. */
async function reopen(...records: JournalRecord[]) {
  const jobs = await makeTempFolder();
  const first = await Job.create(jobs, order);
  await first.journal.append(...records);
  await first.journal.close();
  const reopened = await Job.reopen(first.folder);
  await reopened?.job?.journal.close();
  return { ...reopened, folder: first.folder };
}

test('comes back with its order, its state and since when it is in it', async () => {
  const { job, order: known } = await reopen(running, waiting);
  expect(known).toEqual(order);
  expect(job).toMatchObject({
    ref: 'E7K2',
    state: 'waiting_for_login',
    stateSinceMs: nowMs + 1,
    hasRun: true,
    cancelled: false,
  });
});

test('has nothing left to do once it has ended', async () => {
  const { job, order: known } = await reopen(running, {
    kind: 'ended',
    outcome: 'complete',
    atMs: nowMs,
  });
  expect([job, known]).toEqual([undefined, order]);
});

test.each<[number, string, JournalRecord[]]>([
  [0, 'when it never ran', []],
  [0, 'when it waits for its person', [running, waiting]],
  [
    0,
    'when it was interrupted in order, however often',
    [running, interrupted, running, interrupted],
  ],
  [1, 'when it was cut off while it ran', [running]],
  [1, 'when it was cut off once and interrupted later', [running, running, interrupted]],
  [2, 'when it was cut off before and after waiting', [running, running, waiting, running]],
  [3, 'when it was cut off again and again', [running, running, running]],
])('counts %i crashes %s', async (crashes, _name, records) => {
  const { job } = await reopen(...records);
  expect(job?.crashes).toBe(crashes);
});

test('is nothing at all when a crash came before its order was on disk', async () => {
  expect(await Job.reopen(await makeTempFolder())).toBeUndefined();
});

test.each([
  ['is no order', 'order.json', '{"version":2}'],
  ['is no JSON', 'order.json', '{'],
  ['is no journal', 'journal.ndjson', 'x\n'],
])('is refused, and left as it is, when a file of it %s', async (_name, file, content) => {
  const { folder } = await reopen();
  await writeFile(join(folder, file), content);
  await expect(Job.reopen(folder)).rejects.toMatchObject({
    code: 'store_corrupt',
    file: join(folder, file),
  });
});

test('tells whether it was stopped for good or only for a restart', async () => {
  const jobs = await makeTempFolder();
  const restarted = await Job.create(jobs, order);
  const cancelled = await Job.create(jobs, { ...order, ref: 'E7K3' });
  restarted.stop({ forGood: false });
  cancelled.stop({ forGood: false });
  cancelled.stop({ forGood: true });
  await Promise.all([restarted.journal.close(), cancelled.journal.close()]);
  expect([restarted.cancelled, cancelled.cancelled]).toEqual([false, true]);
  expect(restarted.stopping.signal.reason).toMatchObject({ code: 'cancelled' });
});
