import { join } from 'node:path';
import { expect, test } from 'vitest';
import { continuationOf } from '../../src/bot/commands/continuation.ts';
import { defaultRequest } from '../../src/bot/grammar/command.ts';
import { createAccounts } from '../../src/export/accounts.ts';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import { dayMs, nowMs } from '../export/orders.ts';
import { type RigOptions, startRig } from '../export/rig.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const request = { ...defaultRequest, range: { kind: 'since_last' } } as const;
const zone = 'Europe/Berlin';

async function startExports(dataset: RigOptions['dataset'] = {}) {
  const rig = await startRig({ dataset, contactCenter: { pageSize: 3 } });
  const finished = await FinishedExports.open(join(await makeTempFolder(), 'exports.json'));
  const jobs = await rig.openJobs({ finished });
  const accounts = createAccounts({ folder: rig.folder, finished });
  const { requester, place } = rig.orderOfAdmin();
  const run = async (fromDay: number, toDay: number, more: Partial<ExportOrder> = {}) => {
    const window = { fromMs: nowMs - fromDay * dayMs, toMs: nowMs - toDay * dayMs, zone };
    const { ref } = await jobs.accept(rig.orderOfAdmin({ window, ...more }));
    jobs.start(ref);
    await jobs.idle();
    return ref;
  };
  const meant = async (asked: Partial<typeof defaultRequest> = {}, defaultQueue?: string) => {
    const deps = { finished, accounts, defaultQueue, redactionFloor: [] };
    return continuationOf({ ...request, ...asked }, { requester, place }, deps);
  };
  return { rig, finished, run, meant };
}

test('is the export that reaches furthest, not the one that ran last', async () => {
  const { run, meant } = await startExports();
  const furthest = await run(3, 1);
  await run(7, 5);
  expect(await meant()).toMatchObject({ ref: furthest, endMs: nowMs - dayMs });
  expect(await meant({ range: { kind: 'today' } })).toBeUndefined();
});

test('is of the same conversations, however the command was written', async () => {
  const { run, meant } = await startExports();
  const all = await run(7, 5);
  await run(3, 1, { channel: 'all' });
  await run(3, 1, { by: 'ended' });
  await run(3, 1, { containing: ['refund'] });
  // Without a default queue, naming none and naming all come to the same.
  expect(await meant()).toMatchObject({ ref: all });
  expect(await meant({ queues: 'all' })).toMatchObject({ ref: all });
  expect(await meant({}, 'Support')).toBeUndefined();
  // Format and place of the file are no filters.
  expect(await meant({ format: 'csv', toMe: true, redact: true })).toMatchObject({ ref: all });
});

test('is none whose search broke off, that was recalled, or that did not get to its end', async () => {
  const { rig, finished, run, meant } = await startExports();
  const good = await run(7, 6);
  rig.door.script('POST /search', ['pass', 'pass', { status: 500 }], { repeat: true });
  const broken = await run(7, 4);
  rig.door.script('POST /search', [{ status: 403 }], { repeat: true });
  const failed = await run(4, 3);
  rig.door.clear();
  const recalled = await run(3, 2);
  const record = finished.find(recalled);
  if (record) await finished.put({ ...record, posts: [], recalledAtMs: nowMs });
  expect([broken, failed].map((ref) => finished.find(ref)?.outcome)).toEqual(['partial', 'failed']);
  expect(await meant()).toMatchObject({ ref: good });
});

test('may have found nothing: what is new begins behind it all the same', async () => {
  const { run, meant } = await startExports({ tasks: [] });
  const ref = await run(7, 6);
  expect(await meant()).toEqual({ ref, endMs: nowMs - 6 * dayMs, again: 0 });
});
