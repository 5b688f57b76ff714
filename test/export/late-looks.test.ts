import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NotSignedInError } from '../../src/errors.ts';
import { createAccounts } from '../../src/export/accounts.ts';
import { type FinishedExport, FinishedExports } from '../../src/export/finished-exports.ts';
import { LateLooks, pendingLooks } from '../../src/export/late-looks.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import type { JobReport } from '../../src/export/report.ts';
import { tallyOfMessage } from '../helpers/account.ts';
import { gate } from '../helpers/gate.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { recordedLog } from '../store/fixtures.ts';
import { dayMs, nowMs, orderWith } from './orders.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const id = (number: number) => `${String(number).padStart(8, '0')}-1111-4111-8111-111111111111`;

/** So many without transcript, an hour apart. */
const untold = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: id(index),
    transcripts: [],
    createdTime: nowMs - (index + 1) * hourMs,
  }));

interface Options extends RigOptions {
  readonly isSignedIn?: () => boolean;
}

/** One export that has ended, and looks at what was not ready in it; no time passes but what a test says. */
async function startLooks({ isSignedIn = () => true, ...options }: Options = {}) {
  const followed: string[] = [];
  const rig = await startRig({
    dataset: { tasks: untold(3) },
    voice: {
      follow: ({ ref }) => {
        followed.push(ref);
        return () => {};
      },
    },
    ...options,
  });
  const finished = await FinishedExports.open(join(await makeTempFolder(), 'exports.json'));
  const accounts = createAccounts({ folder: rig.folder, finished });
  const { log, lines } = recordedLog();
  const ended: { order: ExportOrder; report: JobReport }[] = [];
  let next: { afterMs: number; run: () => void } | undefined;
  const looks: { current?: LateLooks } = {};
  const jobs = await rig.openJobs({
    finished,
    onEnded: (order, report) => {
      ended.push({ order, report });
      looks.current?.wake();
    },
  });
  const begin = () => {
    looks.current = new LateLooks({
      ...{ finished, jobs, accounts, clock: rig.clock, webex: rig.client, log },
      isSignedIn: async () => isSignedIn(),
      timer: (afterMs, run) => {
        next = { afterMs, run };
        return () => {
          next = undefined;
        };
      },
    });
    looks.current.start();
  };
  /** Resolves when nothing is under way any more. */
  const settle = async () => {
    for (let before = -1; before < ended.length; ) {
      before = ended.length;
      await looks.current?.idle();
      await jobs.idle();
    }
  };
  const fire = (afterMs: number) => {
    rig.clock.advance(endedMs + afterMs - rig.clock.now());
    next?.run();
  };
  const order = async (more: Partial<ExportOrder> = {}) => {
    const { ref } = await jobs.accept(rig.orderOfAdmin(more));
    jobs.start(ref);
    return ref;
  };
  const ref = await order();
  await jobs.idle();
  const endedMs = finished.find(ref)?.endedAtMs ?? 0;
  rig.door.clear();
  return {
    ...{ rig, jobs, finished, accounts, lines, ref, order, begin, settle },
    nextMs: () => next?.afterMs,
    /** So long after the export ended the timer fires, if it is set; resolves when all it led to is over. */
    becomes: async (afterMs: number) => {
      fire(afterMs);
      await settle();
    },
    /** The same; resolves when what can be begun has been. */
    reaches: async (afterMs: number) => {
      fire(afterMs);
      await looks.current?.idle();
    },
    close: () => looks.current?.close(),
    /** Whose progress was told. */
    followed,
    /** Which looks have become a job, and what came of each. */
    taken: () =>
      ended
        .filter(({ order }) => order.lateLook !== undefined)
        .map(({ order, report }) => [order.lateLook, report.outcome]),
    /** What the bot posted with a file, oldest first. */
    texts: () => rig.files().map(({ text }) => text),
  };
}

const searches = ({ door }: Rig) => door.requests('POST /search').length;

describe('looks at late transcripts', () => {
  test('are four, say nothing when nothing came, and post what came with the balance of the whole', async () => {
    const { rig, begin, becomes, taken, texts, nextMs, ref, followed } = await startLooks();
    begin();
    await becomes(15 * minuteMs - 1);
    expect([taken(), searches(rig)]).toEqual([[], 0]);
    expect(nextMs()).toBe(1);
    await becomes(15 * minuteMs);
    expect(taken()).toEqual([[1, 'empty']]);
    expect([texts().length, rig.said]).toEqual([1, []]);
    // One question for all of them, and one for their links.
    expect([searches(rig), rig.door.requests('POST /v1/captures/query').length]).toEqual([1, 1]);

    rig.dataset.setTranscripts(id(0), [{}]);
    await becomes(hourMs - 1);
    expect(texts()).toHaveLength(1);
    await becomes(hourMs);
    const [, second = '', ...others] = texts();
    expect(others).toEqual([]);
    expect(second).toContain(`Addendum to export ${ref}: `);
    expect(second).toContain('1 of 3 conversations came');
    expect(tallyOfMessage(second)).toEqual({ found: 3, exported: 1, no_transcript: 2 });

    await becomes(6 * hourMs);
    rig.dataset.setTranscripts(id(2), [{}]);
    await becomes(24 * hourMs - 1);
    expect(texts()).toHaveLength(2);
    await becomes(24 * hourMs);
    const [, , third = ''] = texts();
    expect(third).toContain('1 of 2 conversations came');
    expect(tallyOfMessage(third)).toEqual({ found: 3, exported: 2, no_transcript: 1 });

    rig.dataset.setTranscripts(id(1), [{}]);
    await becomes(48 * hourMs);
    expect(texts()).toHaveLength(3);
    expect(taken().map(([look]) => look)).toEqual([1, 2, 3, 4]);
    expect(rig.said).toEqual([]);
    expect(followed).toEqual([ref]);
    const [thread] = rig.files().map(({ parentId }) => parentId);
    expect(rig.files().map(({ parentId }) => parentId)).toEqual([thread, thread, thread]);
  });

  test('that were missed become one, and the next comes at its time', async () => {
    const { begin, becomes, taken, settle, nextMs } = await startLooks();
    // The bot is down for seven hours.
    await becomes(7 * hourMs);
    begin();
    await settle();
    expect(taken()).toEqual([[3, 'empty']]);
    await becomes(24 * hourMs - 30_000);
    expect(nextMs()).toBeLessThanOrEqual(30_000);
    await becomes(24 * hourMs);
    expect(taken()).toEqual([
      [3, 'empty'],
      [4, 'empty'],
    ]);
  });

  test('end when nothing is missing any more', async () => {
    const { rig, begin, becomes, taken, finished, ref } = await startLooks();
    begin();
    for (const number of [0, 1, 2]) rig.dataset.setTranscripts(id(number), [{}]);
    await becomes(15 * minuteMs);
    await becomes(hourMs);
    await becomes(24 * hourMs);
    expect(taken()).toEqual([[1, 'complete']]);
    expect(pendingLooks(finished.list(), rig.clock.now())).toEqual([]);
    expect(finished.find(ref)?.looks).toBe(4);
  });

  test('take in what was open and has ended, and again what failed in a look', async () => {
    const createdTime = nowMs - 5 * hourMs;
    const { rig, begin, becomes, taken, texts } = await startLooks({
      dataset: { tasks: [{ id: id(1), isActive: true, createdTime }, ...untold(1)] },
    });
    begin();
    await becomes(15 * minuteMs);
    rig.dataset.add({ id: id(1), createdTime, transcripts: [{}] });
    rig.dataset.setTranscripts(id(0), [{ content: '{"cut' }]);
    await becomes(hourMs);
    expect(tallyOfMessage(texts()[1] ?? '')).toEqual({ found: 2, exported: 1, failed: 1 });
    rig.dataset.setTranscripts(id(0), [{}]);
    await becomes(6 * hourMs);
    expect(tallyOfMessage(texts()[2] ?? '')).toEqual({ found: 2, exported: 2 });
    expect(taken().map(([, outcome]) => outcome)).toEqual(['empty', 'partial', 'complete']);
  });

  test('do not look at what failed for good', async () => {
    const broken = { id: id(7), transcripts: [{ content: '{"cut' }] };
    const { rig, begin, becomes, taken } = await startLooks({ dataset: { tasks: [broken] } });
    begin();
    await becomes(24 * hourMs);
    expect([taken(), searches(rig)]).toEqual([[], 0]);
  });

  test('are left out one by one while nobody is signed in', async () => {
    let isSignedIn = false;
    const { rig, begin, becomes, taken, lines } = await startLooks({
      isSignedIn: () => isSignedIn,
    });
    begin();
    await becomes(15 * minuteMs);
    isSignedIn = true;
    // That one is over.
    await becomes(15 * minuteMs + 30_000);
    expect([taken(), searches(rig), rig.said]).toEqual([[], 0, []]);
    expect(lines.filter((line) => line.includes('is left out'))).toHaveLength(1);
    await becomes(hourMs);
    expect(taken()).toEqual([[2, 'empty']]);
  });

  test('ask nobody to sign in when the grant is lost on the way', async () => {
    let isLost = false;
    const { rig, begin, becomes, taken, texts } = await startLooks({
      runner: {
        accessToken: async () => {
          if (isLost) throw new NotSignedInError('no grant', 'Please sign in.');
          return 'token';
        },
      },
    });
    begin();
    rig.dataset.setTranscripts(id(0), [{}]);
    isLost = true;
    await becomes(15 * minuteMs);
    expect([taken(), rig.said, texts().length]).toEqual([[[1, 'failed']], [], 1]);
    isLost = false;
    await becomes(hourMs);
    expect(texts()).toHaveLength(2);
  });

  test('post nothing for whom the permission was withdrawn, and say nothing of it', async () => {
    let isAllowed = true;
    const { rig, begin, becomes, taken, texts } = await startLooks({
      runner: { isAllowed: async () => isAllowed },
    });
    begin();
    rig.dataset.setTranscripts(id(0), [{}]);
    isAllowed = false;
    await becomes(15 * minuteMs);
    expect([taken(), rig.said, texts().length]).toEqual([[[1, 'failed']], [], 1]);
    expect(searches(rig)).toBe(0);
  });

  test('go to the person where the space is not safe any more', async () => {
    const { rig, begin, becomes } = await startLooks();
    begin();
    rig.dataset.setTranscripts(id(0), [{}]);
    rig.webex.addMember(rig.webex.space.id, rig.webex.people.outsider);
    await becomes(15 * minuteMs);
    const direct = rig.webex.directSpace(rig.webex.people.admin).id;
    expect(rig.files().map(({ roomId }) => roomId)).toEqual([rig.webex.space.id, direct]);
  });

  test('end with the space', async () => {
    const { rig, begin, becomes, taken, finished, ref } = await startLooks();
    begin();
    rig.webex.removeMember(rig.webex.space.id, rig.webex.bot);
    await becomes(15 * minuteMs);
    expect([taken(), finished.find(ref)?.looks]).toEqual([[], 4]);
  });

  test('wait for a Webex that does not answer', async () => {
    const { rig, begin, becomes, taken, nextMs, lines } = await startLooks();
    begin();
    rig.door.script('GET /v1/rooms/:id', [{ status: 503 }], { repeat: true });
    await becomes(15 * minuteMs);
    expect([taken(), nextMs()]).toEqual([[], minuteMs]);
    expect(lines.some((line) => line.includes('could not be looked for'))).toBe(true);
    rig.door.clear();
    await becomes(17 * minuteMs);
    expect(taken()).toEqual([[1, 'empty']]);
  });

  test('wait until the person has no export of their own', async () => {
    const going = gate();
    let isHeld = false;
    const { rig, begin, reaches, taken, order, settle } = await startLooks({
      runner: {
        isAllowed: async ({ lateLook }) => {
          if (isHeld && lateLook === undefined) await going.opened;
          return true;
        },
      },
    });
    begin();
    isHeld = true;
    await order();
    await reaches(15 * minuteMs);
    await reaches(hourMs);
    expect(searches(rig)).toBe(0);
    // Its end wakes them: of the two that were due meanwhile one is made up for.
    going.open();
    await settle();
    expect(taken()).toEqual([[2, 'empty']]);
  });

  test('step aside for an export of the person, without a word, and come after it', async () => {
    const arrived = gate();
    let isStuck = true;
    const { rig, begin, becomes, taken, order, settle, texts, jobs } = await startLooks({
      runner: {
        isAllowed: ({ lateLook }) => {
          if (lateLook === undefined || !isStuck) return Promise.resolve(true);
          arrived.open();
          return new Promise<boolean>(() => {});
        },
      },
    });
    begin();
    rig.dataset.setTranscripts(id(0), [{}]);
    const due = becomes(15 * minuteMs);
    await arrived.opened;
    const { requester } = rig.orderOfAdmin();
    expect([jobs.of(requester).length, jobs.looksOf(requester).length]).toEqual([0, 1]);
    isStuck = false;
    await order({
      window: { fromMs: nowMs - 365 * dayMs, toMs: nowMs - 364 * dayMs, zone: 'UTC' },
    });
    await due;
    await settle();
    expect(taken()).toEqual([
      [1, 'cancelled'],
      [1, 'complete'],
    ]);
    expect(texts()).toHaveLength(2);
    // Of the export in between alone.
    expect(rig.said).toEqual([expect.stringContaining('No conversations in')]);
  });

  test('go on after a restart, without a word', async () => {
    const arrived = gate();
    let isStuck = true;
    const { rig, begin, becomes, jobs, finished, texts, close } = await startLooks({
      runner: {
        isAllowed: ({ lateLook }) => {
          if (lateLook === undefined || !isStuck) return Promise.resolve(true);
          arrived.open();
          return new Promise<boolean>(() => {});
        },
      },
    });
    begin();
    rig.dataset.setTranscripts(id(0), [{}]);
    const due = becomes(15 * minuteMs);
    await arrived.opened;
    await jobs.close();
    await close();
    await due;
    isStuck = false;
    const again = await rig.openJobs({ finished });
    await again.continueAll();
    await again.idle();
    expect(texts()).toHaveLength(2);
    expect(rig.said).toEqual([]);
    const [pending] = pendingLooks(finished.list(), rig.clock.now());
    expect(pending?.look).toBe(2);
  });
});

describe('pending looks', () => {
  const balance = {
    ...{ found: 3, exported: 1, no_transcript: 2, still_open: 0 },
    ...{ filtered_out: 0, failed: 0, cancelled: 0 },
  };
  const endedWith = (more: Partial<FinishedExport> & { order?: never } = {}, order = {}) => ({
    order: { version: 1 as const, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith(), ...order },
    outcome: 'complete' as const,
    balance,
    endedAtMs: nowMs,
    posts: [],
    unconfirmed: 0,
    ...more,
  });
  const look = (lateLook: number, more: Partial<FinishedExport> = {}) => ({
    ...endedWith({}, { ref: `E7K${lateLook + 4}`, addendumTo: 'E7K2', lateLook }),
    ...more,
  });
  const at = (all: readonly FinishedExport[], afterMs: number) =>
    pendingLooks(all, nowMs + afterMs).map((one) => [one.look, one.dueMs - nowMs]);

  test.each([
    [0, 1, 15 * minuteMs],
    [15 * minuteMs, 1, 15 * minuteMs],
    [hourMs - 1, 1, 15 * minuteMs],
    [hourMs, 2, hourMs],
    [23 * hourMs, 3, 6 * hourMs],
    [6 * dayMs, 4, 24 * hourMs],
  ])('of one that ended %d ms ago is number %d', (afterMs, number, dueMs) => {
    expect(at([endedWith()], afterMs)).toEqual([[number, dueMs]]);
  });

  test('come after those that are over, each in its own way', () => {
    expect(at([endedWith(), look(1)], hourMs - 1)).toEqual([[2, hourMs]]);
    expect(at([endedWith({ looks: 2 })], 2 * hourMs)).toEqual([[3, 6 * hourMs]]);
    expect(at([endedWith(), look(2), look(4)], 2 * dayMs)).toEqual([]);
    // What stepped aside is due still.
    const aside = look(1, { outcome: 'cancelled', balance: undefined });
    expect(at([endedWith(), aside], 20 * minuteMs)).toEqual([[1, 15 * minuteMs]]);
  });

  test.each<[string, readonly FinishedExport[]]>([
    ['had everything', [endedWith({ balance: { ...balance, exported: 3, no_transcript: 0 } })]],
    ['ended without a balance', [endedWith({ balance: undefined })]],
    ['was recalled', [endedWith({ recalledAtMs: nowMs })]],
    ['is an addendum itself', [endedWith({}, { addendumTo: 'AAAA' })]],
    ['is continued', [endedWith(), endedWith({ looks: 4 }, { ref: 'E7K3', continues: 'E7K2' })]],
  ])('are none for an export that %s', (_what, all) => {
    expect(at(all, 2 * dayMs)).toEqual([]);
  });

  test('are none after a week', () => {
    expect(at([endedWith()], 7 * dayMs + 1)).toEqual([]);
  });

  test('stay where the export that continues it did not get so far, or was recalled', () => {
    const order = { ref: 'E7K3', continues: 'E7K2' };
    const broken = endedWith({ outcome: 'failed', balance: undefined }, order);
    const recalled = endedWith({ recalledAtMs: nowMs }, order);
    expect(at([endedWith(), broken], 0)).toHaveLength(1);
    expect(at([endedWith(), recalled], 0)).toHaveLength(1);
  });
});
