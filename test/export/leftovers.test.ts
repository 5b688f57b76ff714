import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import { Job } from '../../src/export/job.ts';
import { Jobs } from '../../src/export/jobs.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import { createJobRunner, type RunnerDeps } from '../../src/export/run-job.ts';
import { Spool } from '../../src/export/spool.ts';
import { createLog } from '../../src/log.ts';
import { createVault } from '../../src/store/vault.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const order: ExportOrder = {
  version: 1,
  ref: 'E7K2',
  requester: {
    personId: 'person',
    personUuid: '00000000-0000-4000-8000-00000000000a',
    orgUuid: '11111111-2222-4333-8444-555555555555',
    displayName: 'Ana Petrova',
    email: 'ana@example.org',
  },
  place: { roomId: 'room', roomType: 'group', parentId: 'command', messageId: 'command' },
  command: 'export last 7 days',
  window: { fromMs: 0, toMs: 1, zone: 'UTC' },
  by: 'created',
  channel: 'chat',
  queues: 'all',
  filters: 'live chat, all queues',
  orderedAtMs: 0,
};
const vaultWith = (byte: number) => createVault([{ kid: `k${byte}`, key: Buffer.alloc(32, byte) }]);
const log = createLog({ level: 'fatal' });

/** A job as a process leaves it that is killed while it uploads the workbook. */
async function leaveJob() {
  const folder = await makeTempFolder();
  const job = await Job.create(folder, order);
  const spool = await Spool.open(job.folder, vaultWith(1), order.ref);
  await spool.close();
  await mkdir(join(job.folder, 'out'));
  for (const name of ['order.json', 'spool.key']) {
    await writeFile(join(job.folder, `${name}.0123456789abcdef.tmp`), 'half of');
  }
  await writeFile(join(job.folder, 'out', 'workbook.xlsx'), 'readable by whoever reads the disk');
  return { folder, job };
}

test('what a killed process left half done is gone after the next start', async () => {
  const { folder, job } = await leaveJob();
  await job.journal.close();
  const jobs = new Jobs({
    folder,
    run: () => Promise.reject(new Error('nothing is run here')),
    voice: {
      askForLogin: async () => {},
      askFirst: async () => {},
      unanswered: async () => {},
      continuing: async () => {},
      follow: () => () => {},
      finished: async () => {},
    },
    isSignedIn: async () => false,
    finished: await FinishedExports.open(join(await makeTempFolder(), 'exports.json')),
    clock: createTestClock(),
    log,
  });
  await jobs.load();
  const names = await readdir(join(folder, order.ref));
  const found = jobs.find(order.ref);
  await jobs.close();
  expect(names.sort()).toEqual(['journal.ndjson', 'order.json', 'spool.bin', 'spool.key']);
  expect(found?.state).toBe('accepted');
});

test('it is gone as well when the job cannot be continued because its key is lost', async () => {
  const { job } = await leaveJob();
  // Nothing else is asked before the spool is open.
  const run = createJobRunner({ vault: vaultWith(2), log } as unknown as RunnerDeps);
  await expect(run(job)).rejects.toMatchObject({ code: 'store_corrupt' });
  const names = await readdir(job.folder);
  await job.journal.close();
  expect(names).not.toContain('out');
});
