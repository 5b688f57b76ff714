import { describe, expect, test } from 'vitest';
import type { ExportOrder } from '../../src/export/order.ts';
import { bucketsOf } from '../helpers/oracle.ts';
import { dayMs, lastWeek, nowMs } from './orders.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

const search = 'POST /search';
const captures = 'POST /v1/captures/query';
const fewMonths = { fromMs: nowMs - 90 * dayMs, toMs: nowMs, zone: 'Europe/Berlin' };

/** As far as a job gets by itself. */
async function start(rig: Rig, order: Partial<ExportOrder> = {}) {
  const jobs = await rig.openJobs();
  const job = await jobs.accept(rig.orderOfAdmin(order));
  jobs.start(job.ref);
  await jobs.idle();
  const answer = async (toMe: boolean) => {
    await jobs.answer(job.ref, { toMe });
    jobs.start(job.ref);
    await jobs.idle();
  };
  return { jobs, job, answer };
}

const months: RigOptions = { dataset: { days: 90, count: 300 } };

describe('an export of more than 31 days', () => {
  test('waits before anything is fetched, with what the contact center counts', async () => {
    const rig = await startRig(months);
    const { job } = await start(rig, { window: fewMonths, channel: 'all' });
    const [estimate] = rig.estimates;
    const listed = bucketsOf(rig.dataset, { ...fewMonths, fits: () => true });
    expect([job.state, rig.said]).toEqual(['waiting_for_answer', [`shall ${job.ref} run`]]);
    expect(estimate?.conversations).toBe(listed.length);
    for (const shares of [estimate?.byChannel ?? [], estimate?.byQueue ?? []]) {
      expect(shares.reduce((sum, { count }) => sum + count, 0)).toBe(listed.length);
      expect(shares.length).toBeGreaterThan(1);
    }
    const questions = rig.door.requests(search).map(({ body }) => body);
    expect(questions.filter((body) => body.includes('query Tasks'))).toEqual([]);
    expect(rig.door.requests(captures)).toEqual([]);
  });

  test('goes on when it may, and asks no second time', async () => {
    const rig = await startRig(months);
    const { job, answer } = await start(rig, { window: fewMonths });
    await answer(false);
    const found = bucketsOf(rig.dataset, fewMonths).length;
    expect(rig.said.filter((said) => said.startsWith('shall'))).toHaveLength(1);
    expect(rig.reports.map(({ balance }) => balance?.found)).toEqual([found]);
    expect(rig.files().map(({ roomType }) => roomType)).toEqual(['group']);
    expect(job.finished?.outcome).toBe('complete');
  });

  test('goes to its person alone when that is the answer, as what is kept of it says', async () => {
    const rig = await startRig(months);
    const { job, answer } = await start(rig, { window: fewMonths });
    await answer(true);
    expect(rig.files().map(({ roomType }) => roomType)).toEqual(['direct']);
    expect(job.finished?.order.toMe).toBe(true);
    expect(job.finished?.posts.map(({ place }) => place)).toEqual(['direct']);
  });

  test('is asked about all the same when the contact center does not take its count apart', async () => {
    const rig = await startRig(months);
    rig.door.script(search, [
      'pass',
      ...Array.from({ length: 4 }, () => ({ status: 400, body: '{"error":"no groups"}' })),
    ]);
    await start(rig, { window: fewMonths });
    const found = bucketsOf(rig.dataset, fewMonths).length;
    expect(rig.estimates).toMatchObject([
      { conversations: found, byChannel: [], byQueue: [], work: { files: 1 } },
    ]);
  });

  test('is not asked about when it holds nothing', async () => {
    const rig = await startRig({ dataset: { tasks: [] } });
    await start(rig, { window: fewMonths });
    expect([rig.estimates, rig.reports.map(({ outcome }) => outcome)]).toEqual([[], ['empty']]);
  });

  test.each<[string, Partial<ExportOrder>]>([
    ['a schedule, for which nobody is there', { schedule: { ref: 'K7Q2', dueMs: nowMs } }],
  ])('runs at once for %s', async (_what, order) => {
    const rig = await startRig(months);
    await start(rig, { window: fewMonths, ...order });
    expect([rig.estimates, rig.reports.map(({ outcome }) => outcome)]).toEqual([[], ['complete']]);
  });

  test('runs at once as a retry', async () => {
    const rig = await startRig(months);
    const { jobs, job, answer } = await start(rig, { window: fewMonths });
    rig.door.script('GET /files/:id', [{ status: 404 }]);
    await answer(false);
    const again = await jobs.accept(
      rig.orderOfAdmin({ window: fewMonths, addendumTo: job.ref, command: `retry ${job.ref}` }),
    );
    jobs.start(again.ref);
    await jobs.idle();
    expect(rig.estimates).toHaveLength(1);
    expect(rig.reports.map(({ outcome }) => outcome)).toEqual(['partial', 'complete']);
  });
});

describe('an export of more than 5,000 conversations', () => {
  const busy: RigOptions = { dataset: { kind: 'chats', count: 5_100, days: 6 } };

  test('waits, and says what it would cost', async () => {
    const rig = await startRig(busy);
    const { job } = await start(rig);
    const conversations = bucketsOf(rig.dataset, lastWeek).length;
    expect(conversations).toBeGreaterThan(5_000);
    expect(job.state).toBe('waiting_for_answer');
    expect(rig.estimates).toMatchObject([
      {
        conversations,
        byChannel: [{ name: 'chat', count: conversations }],
        work: {
          calls: Math.ceil(conversations / 250) + Math.ceil(conversations / 10),
          sizeBytes: conversations * 3_500,
          files: 1,
        },
      },
    ]);
    expect(rig.door.requests(captures)).toEqual([]);
  });

  test('counts those only that are wanted, where the contact center does not filter by channel', async () => {
    const rig = await startRig({
      dataset: { count: 8_000, days: 6 },
      contactCenter: { refuseChannelValues: ['chat', 'telephony'] },
    });
    await start(rig);
    // All of them are more than 5,000, the chats among them are not.
    expect([rig.estimates, rig.reports.length]).toEqual([[], 1]);
    expect(rig.reports[0]?.balance?.found).toBeGreaterThan(5_000);
  });
});

test('an export of the usual size asks nothing that it did not need anyway', async () => {
  const rig = await startRig();
  await start(rig);
  const questions = rig.door.requests(search).map(({ body }) => /query (\w+)/.exec(body)?.[1]);
  expect(questions.sort()).toEqual(['Count', 'Tasks']);
  expect(rig.estimates).toEqual([]);
});
