import { describe, expect, test } from 'vitest';
import { closest } from '../../src/bot/grammar/closest.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import { makePlan, toTaskQuery } from '../../src/export/plan.ts';
import type { DoorRequest } from '../../src/sandbox/door.ts';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import { silent } from '../contact-center/fake.ts';
import { hold } from '../helpers/gate.ts';
import { bucketsOf } from '../helpers/oracle.ts';
import { dayMs, lastWeek, nowMs, orderWith } from './orders.ts';
import { type Rig, type RigOptions, startCollecting, startRig } from './rig.ts';

type PlanDeps = Parameters<typeof makePlan>[1];

const search = 'POST /search';
const queues = 'GET /organization/:org/v2/contact-service-queue';

async function plan(rig: Rig, order: Partial<ExportOrder> = {}, deps: Partial<PlanDeps> = {}) {
  const { plan: made } = await planned(rig, order, deps);
  return made;
}

function planned(rig: Rig, order: Partial<ExportOrder> = {}, deps: Partial<PlanDeps> = {}) {
  return makePlan(
    { version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith(), ...order },
    {
      contactCenter: rig.contactCenter,
      caller: rig.caller,
      defaultQueue: undefined,
      closest,
      log: silent,
      ...deps,
    },
  );
}

describe('the window', () => {
  test('of a week is one piece, with the count of the contact center', async () => {
    const rig = await startRig();
    const { pieces, counted, queueIds } = await plan(rig);
    expect([pieces, queueIds]).toEqual([[{ fromMs: lastWeek.fromMs, toMs: lastWeek.toMs }], []]);
    expect(counted).toBe(bucketsOf(rig.dataset, lastWeek).length);
  });

  test('is searched while it is counted, and its first page asked for once', async () => {
    const rig = await startRig();
    const counting = hold();
    rig.door.script(search, [counting.fault]);
    const planning = planned(rig);
    await counting.arrived;
    const pages = await new Promise<DoorRequest>((resolve) => rig.door.onRequest(resolve));
    counting.letGo();
    const { plan: made, opened } = await planning;
    const { collect, ledger } = await startCollecting(rig, { pieces: made.pieces, opened });
    await collect();
    expect(pages.body).toContain('query Tasks');
    expect(ledger.balance().found).toBe(made.counted);
    expect(rig.door.requests(search)).toHaveLength(2);
  });

  test('of more than a year is cut, and every conversation is found once', async () => {
    const rig = await startRig({ dataset: { kind: 'chats', days: 800, count: 300 } });
    const window = { ...lastWeek, fromMs: nowMs - 800 * dayMs };
    const { pieces, counted } = await plan(rig, { window });
    const { collect, ledger } = await startCollecting(rig, { pieces });
    await collect();
    expect(pieces.map(({ fromMs, toMs }) => (toMs - fromMs) / dayMs)).toEqual([365, 365, 70]);
    expect([counted, ledger.balance().exported, ledger.duplicates]).toEqual([300, 300, 0]);
  });

  test('with more rows than paging can reach is cut, also where many began together', async () => {
    const rowCeiling = 40;
    // At each of five instants so many conversations began that every cut has some beside it.
    const tasks = Array.from({ length: 150 }, (_, index) => ({
      createdTime: nowMs - dayMs - Math.floor(index / 30),
    }));
    const rig = await startRig({
      dataset: { tasks },
      contactCenter: { rowCeiling, pageSize: 10 },
    });
    const { plan: made, opened } = await planned(rig, {}, { rowCeiling });
    const { pieces, counted } = made;
    const { collect, ledger } = await startCollecting(rig, { pieces });
    const { searchBroke } = await collect();
    expect(pieces.length).toBeGreaterThan(3);
    expect(opened).toBeUndefined();
    expect([counted, ledger.balance().exported, ledger.duplicates]).toEqual([150, 150, 0]);
    expect(searchBroke).toBeUndefined();
  });

  test('is cut in spite of a single millisecond that holds too many, and that is said', async () => {
    const rowCeiling = 20;
    const tasks = Array.from({ length: 50 }, () => ({ createdTime: nowMs - dayMs }));
    const rig = await startRig({ dataset: { tasks }, contactCenter: { rowCeiling, pageSize: 10 } });
    const { pieces, counted } = await plan(rig, {}, { rowCeiling });
    const { collect, ledger } = await startCollecting(rig, { pieces });
    const { searchBroke } = await collect();
    expect(counted).toBe(50);
    expect(ledger.balance().found).toBe(20);
    expect(searchBroke).toMatch(/refused the request \(400\)/);
  });
});

describe('the count', () => {
  test.each<[string, RigOptions]>([
    ['is read from text', { contactCenter: { aggregationValues: 'text' } }],
    ['may have no row for nothing', { contactCenter: { countOfNothing: 'no row' } }],
  ])('%s', async (_name, options) => {
    const rig = await startRig(options);
    const empty = { ...lastWeek, fromMs: nowMs - 300 * dayMs, toMs: nowMs - 299 * dayMs };
    const counted = [await plan(rig), await plan(rig, { window: empty })];
    expect(counted.map((one) => one.counted)).toEqual([bucketsOf(rig.dataset, lastWeek).length, 0]);
  });

  test.each<[string, Fault]>([
    ['is no answer', { body: '<html>' }],
    ['has another form', { body: '{"data":{"taskDetails":{"tasks":[{"sum":3}]}}}' }],
  ])('that %s is missing, which ends nothing', async (_name, fault) => {
    const rig = await startRig();
    rig.door.script(search, [fault]);
    const made = await plan(rig);
    expect(made.counted).toBeUndefined();
    expect(made.pieces).toHaveLength(1);
  });

  test.each([403, 503])('that cannot be asked for (%i) ends the job', async (status) => {
    const rig = await startRig();
    rig.door.script(search, [{ status }], { repeat: true });
    await expect(plan(rig)).rejects.toMatchObject({ name: 'ApiError', status });
  });
});

describe('queues', () => {
  test('are found by name, whatever the case, and asked for by id', async () => {
    const rig = await startRig({ dataset: { count: 200 } });
    const [first, second] = rig.dataset.queues;
    const names = [first?.name.toUpperCase() ?? '', ` ${second?.name} `];
    const made = await plan(rig, { queues: names, channel: 'all' });
    const { collect, ledger } = await startCollecting(rig, {
      pieces: made.pieces,
      query: toTaskQuery({ ...orderOf(), channel: 'all' }, made),
    });
    await collect();
    const wanted = new Set([first?.id, second?.id]);
    const expected = [...rig.dataset.tasks({ by: 'createdTime', ...lastWeek })].filter(
      ({ lastQueue }) => wanted.has(lastQueue?.id ?? undefined),
    );
    expect(made.queueNames).toEqual([first?.name, second?.name]);
    expect(ledger.balance().found).toBe(expected.length);
    expect(expected.length).toBeGreaterThan(0);
  });

  test('that do not exist end the job with the nearest names', async () => {
    const rig = await startRig();
    const name = rig.dataset.queues[0]?.name ?? '';
    const typo = `${name.slice(0, -1)}x`;
    const made = plan(rig, { queues: [typo, 'Something else entirely'] });
    await expect(made).rejects.toMatchObject({
      code: 'command_bad',
      userMessage: expect.stringContaining(
        `There is no queue "${typo}"; the nearest one is "${name}". There is no queue "Something else entirely"`,
      ),
    });
  });

  test.each([
    ['a command that names none', 'default', true],
    ['no command that wants all of them', 'all', false],
  ] as const)('of the configuration serve %s', async (_name, wanted, isUsed) => {
    const rig = await startRig();
    const [queue] = rig.dataset.queues;
    const made = await plan(rig, { queues: wanted }, { defaultQueue: queue?.name ?? '' });
    expect(made.queueIds).toEqual(isUsed ? [queue?.id] : []);
    expect(rig.door.requests(queues)).toHaveLength(isUsed ? 1 : 0);
  });

  test('are read page by page, through what goes wrong on the way', async () => {
    const rig = await startRig({ contactCenter: { queuePageSize: 2 } });
    rig.door.script(queues, [
      { status: 429, headers: { 'retry-after': '3' } },
      { hangUp: true },
      'pass',
      { truncate: true },
      { status: 503 },
    ]);
    const last = rig.dataset.queues.at(-1);
    const made = await plan(rig, { queues: [last?.name ?? ''] });
    expect(made.queueIds).toEqual([last?.id]);
  });

  test.each<[string, Fault, object]>([
    ['may not be read', { status: 403 }, { name: 'ApiError', status: 403 }],
    ['cannot be read', { status: 500 }, { name: 'ApiError', status: 500, attempts: 5 }],
    ['are no list', { body: '{"data":7}' }, { code: 'answer_invalid' }],
  ])('that %s end the job', async (_name, fault, error) => {
    const rig = await startRig();
    rig.door.script(queues, [fault], { repeat: true });
    await expect(plan(rig, { queues: ['Any'] })).rejects.toMatchObject(error);
  });
});

function orderOf(): ExportOrder {
  return { version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith() };
}
