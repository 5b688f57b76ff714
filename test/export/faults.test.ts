import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { StorageFullError } from '../../src/errors.ts';
import { uuidFor } from '../../src/sandbox/dataset/task.ts';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import { readAccount, tallyOfMessage, tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
import { bucketsOf, sorted } from '../helpers/oracle.ts';
import { canLimitFileSize, withFileSizeLimit } from '../store/file-size-limit.ts';
import { dayMs, lastWeek, nowMs } from './orders.ts';
import { type Rig, runExport, startRig } from './rig.ts';

const anyFile = 'GET /files/:id';

async function onlyFile(rig: Rig) {
  const [message, ...others] = rig.files();
  if (!message || others.length > 0) throw new Error(`not one file; said: ${rig.said}`);
  return { text: message.text, ...(await readAccount(message.file?.bytes)) };
}

test('a thousand conversations, each tenth with something wrong, are accounted for one by one', async () => {
  const wrong: readonly (readonly [
    count: number,
    fault: Fault,
    reason: RegExp,
    attempts: number,
  ])[] = [
    [30, { status: 404 }, /\(404\)/, 1],
    [20, { body: '[{"id":' }, /JSON is broken/, 1],
    [10, { never: true }, /could not reach/, 5],
  ];
  const name = (index: number) => uuidFor(`conversation ${index}`);
  const tasks = Array.from({ length: 1_000 }, (_, index) => ({
    id: name(index),
    createdTime: nowMs - dayMs + index,
    ...(index >= 960 && { transcripts: [] }),
  }));
  const rig = await startRig({ dataset: { tasks }, limits: { attemptMs: 500 } });
  let next = 0;
  for (const [count, fault] of wrong) {
    // Far from each other, as they are in life.
    for (let one = 0; one < count; one++, next += 15) {
      rig.door.script(`GET /files/${name(next)}.0`, [fault], { repeat: true });
    }
  }
  await runExport(rig);
  const file = await onlyFile(rig);

  const tally = { found: 1_000, exported: 900, no_transcript: 40, failed: 60 };
  expect(tallyOfMessage(file.text)).toEqual(tally);
  expect(tallyOfSummary(file)).toEqual(tally);
  expect(tallyOfRows(file)).toEqual(tally);
  expect(rig.reports).toMatchObject([{ outcome: 'partial', balance: tally }]);
  next = 0;
  for (const [count, , reason, attempts] of wrong) {
    for (let one = 0; one < count; one++, next += 15) {
      const row = file.missing.get(name(next));
      expect(row).toMatchObject({ bucket: 'failed', attempts });
      expect(row?.reason).toMatch(reason);
    }
  }
}, 60_000);

test('ten thousand rows of one conversation are one conversation, and said to be', async () => {
  const id = uuidFor('the only one');
  const rig = await startRig({ dataset: { tasks: [{ id, createdTime: nowMs - dayMs }] } });
  const row = {
    id,
    channelType: 'chat',
    status: 'ended',
    isActive: false,
    createdTime: nowMs - dayMs,
  };
  const answer = (taskDetails: unknown): Fault => ({
    body: JSON.stringify({ data: { taskDetails } }),
  });
  const aggregation = [{ name: 'tasks', value: 10_000 }];
  const pages = Array.from({ length: 40 }, (_, page) =>
    answer({
      tasks: Array.from({ length: 250 }, () => row),
      pageInfo: { hasNextPage: page < 39, endCursor: page < 39 ? String(page + 1) : null },
    }),
  );
  rig.door.script('POST /search', [answer({ tasks: [{ aggregation }], pageInfo: null }), ...pages]);
  // Of a schedule, which is not asked first.
  await runExport(rig, { schedule: { ref: 'K7Q2', dueMs: nowMs } });
  const file = await onlyFile(rig);
  expect(file.text).toContain('The contact center counts 10,000: it listed 9,999 a second time.');
  expect(tallyOfRows(file)).toEqual({ found: 1, exported: 1 });
  expect(rig.reports).toMatchObject([{ outcome: 'complete' }]);
});

describe('a storage that is down for minutes', () => {
  test('costs hardly a conversation, and is left alone meanwhile', async () => {
    const rig = await startRig({ dataset: { kind: 'chats', days: 5, count: 300 } });
    const downMs = 5 * 60_000;
    rig.door.script(anyFile, [{ status: 503 }], { repeat: true });
    const startMs = rig.clock.elapsed();
    rig.beforeSleep(() => {
      if (rig.clock.elapsed() - startMs > downMs) rig.door.script(anyFile, []);
    });
    await runExport(rig);
    const file = await onlyFile(rig);
    const refused = rig.door.requests(anyFile).filter(({ status }) => status === 503).length;
    const { failed = 0, exported = 0, found } = tallyOfRows(file);
    expect(tallyOfMessage(file.text)).toEqual(tallyOfRows(file));
    expect([found, failed + exported]).toEqual([300, 300]);
    // Those whose last attempts were spent on looking.
    expect(failed).toBeLessThanOrEqual(16);
    expect(refused).toBeLessThan(41 + 16 + downMs / 10_000);
  });

  test('is waited for, which an export tells', async () => {
    const rig = await startRig({ dataset: { kind: 'chats', days: 5, count: 60 } });
    rig.door.script(anyFile, Array(60).fill({ hangUp: true }));
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    const waits: number[] = [];
    rig.beforeSleep((ms) => {
      const untilMs = job.progress?.waitingUntilMs;
      if (ms >= 10_000 && untilMs !== undefined) waits.push(untilMs - rig.clock.now());
    });
    jobs.start(job.ref);
    await jobs.idle();
    expect(waits.length).toBeGreaterThan(0);
    expect(waits.every((ms) => ms >= 10_000 && ms < 15_001)).toBe(true);
  });
});

test.runIf(canLimitFileSize)(
  'a disk that fills up behind the post does not make it a failure',
  async () => {
    const rig = await startRig();
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    let run = Promise.resolve();
    const posted = new Promise<void>((resolve) => {
      rig.door.onRequest(({ path, method }) => {
        if (method === 'POST' && path.startsWith('/v1/messages')) resolve();
      });
    });
    const posting = new Promise<void>((resolve) => {
      rig.door.onArrival(({ path, method }) => {
        if (method !== 'POST' || !path.startsWith('/v1/messages')) return;
        // From now on not one byte more can be written down.
        run = withFileSizeLimit(1, () => posted.then(() => jobs.idle()));
        resolve();
      });
    });
    jobs.start(job.ref);
    await posting;
    await run;
    const file = await onlyFile(rig);
    expect(sorted(file.buckets)).toEqual(sorted(bucketsOf(rig.dataset, lastWeek)));
    expect(rig.said).toEqual([]);
    expect(rig.reports).toMatchObject([{ outcome: 'complete', posted: true }]);
  },
);

test.runIf(canLimitFileSize)(
  'a disk that is full at whatever write costs the export, and nothing else',
  async () => {
    const rig = await startRig();
    const ends = new Map<string, number>();
    const note = (end: string) => ends.set(end, (ends.get(end) ?? 0) + 1);
    // From the order, over journal, spool and key, to the workbook.
    const sizes = [1, 200, 400, 800, 900, 1_000, 1_200, 2_000, 4_000, 8_000, 16_000, 24_000];
    for (const bytes of sizes) {
      const jobs = await rig.openJobs();
      const said = rig.said.length;
      await withFileSizeLimit(bytes, async () => {
        try {
          const job = await jobs.accept(rig.orderOfAdmin());
          jobs.start(job.ref);
          await jobs.idle();
          const last = rig.said.at(-1) ?? '';
          if (rig.said.length === said) note('posted');
          else note(/storage is full/.test(last) ? 'said' : last);
        } catch (error) {
          note(error instanceof StorageFullError ? 'refused' : String(error));
        }
      });
      await jobs.close();
      const left = await readdir(rig.folder, { recursive: true });
      expect(left.filter((name) => /spool|out|tmp/.test(name))).toEqual([]);
    }
    const before = rig.files().length;
    await runExport(rig);
    expect([...ends.keys()].filter((end) => !/^(?:posted|said|refused)$/.test(end))).toEqual([]);
    expect(ends.get('refused')).toBeGreaterThan(0);
    expect(ends.get('said')).toBeGreaterThan(2);
    expect(rig.files()).toHaveLength(before + 1);
  },
);
