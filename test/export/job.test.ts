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

const oneExported = {
  ...{ found: 1, exported: 1, no_transcript: 0 },
  ...{ still_open: 0, filtered_out: 0, failed: 0, cancelled: 0 },
};

/** As an earlier process left it. */
async function reopen(...records: JournalRecord[]) {
  const jobs = await makeTempFolder();
  const first = await Job.create(jobs, order);
  await first.journal.append(...records);
  await first.journal.close();
  const reopened = await Job.reopen(first.folder);
  if (reopened instanceof Job) await reopened.journal.close();
  return { reopened, folder: first.folder };
}

test('comes back with its order, its state and since when it is in it', async () => {
  const { reopened } = await reopen(running, waiting);
  expect(reopened).toBeInstanceOf(Job);
  expect(reopened).toMatchObject({
    order,
    ref: 'E7K2',
    state: 'waiting_for_login',
    stateSinceMs: nowMs + 1,
    hasRun: true,
    stoppedFor: undefined,
  });
});

test('is what is kept of it once it has ended', async () => {
  const posted = (part: number) =>
    ({ part, of: 2, place: 'space', messageId: `m${part}`, atMs: nowMs + 5 }) as const;
  const { reopened } = await reopen(
    running,
    { kind: 'unconfirmed', part: 1 },
    { kind: 'posted', ...posted(1) },
    interrupted,
    { ...running, atMs: nowMs + 4 } as JournalRecord,
    { kind: 'posted', ...posted(2), detour: 'unsafe' },
    { kind: 'ended', outcome: 'complete', atMs: nowMs + 6, balance: oneExported },
  );
  expect(reopened).toEqual({
    order,
    outcome: 'complete',
    balance: oneExported,
    startedAtMs: nowMs + 1,
    endedAtMs: nowMs + 6,
    posts: [posted(1), posted(2)],
    unconfirmed: 1,
  });
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
  const { reopened } = await reopen(...records);
  expect(reopened).toMatchObject({ crashes });
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
  restarted.interrupt();
  cancelled.interrupt();
  cancelled.stop('cancelled');
  await Promise.all([restarted.journal.close(), cancelled.journal.close()]);
  expect([restarted.stoppedFor, cancelled.stoppedFor]).toEqual([undefined, 'cancelled']);
  expect(restarted.stopping.signal.reason).toMatchObject({ code: 'cancelled' });
});
