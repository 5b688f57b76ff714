import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError, describeError } from '../../src/errors.ts';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import { Job } from '../../src/export/job.ts';
import { nextTimes } from '../../src/export/recurrence.ts';
import { Schedules } from '../../src/export/schedules.ts';
import { AuditLog, verifyAudit } from '../../src/store/audit-log.ts';
import { openStore } from '../../src/store/store.ts';
import { silent } from '../contact-center/fake.ts';
import { nowMs, orderWith } from '../export/orders.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { ana, keyOne, testVault } from '../store/fixtures.ts';
import { anyJson, mutated, withOtherMember } from './mutated.ts';

const seed = 20_261_120;
const secret = 'canary-token';
const order = { version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith() } as const;

/** A folder with one record of each kind, and how each of its files is opened. */
async function fillFolder(dir: string): Promise<void> {
  const store = await openFiles(dir);
  await store.grants.put(ana, {
    accessToken: secret,
    refreshToken: secret,
    obtainedMs: nowMs,
    accessExpiresMs: nowMs + 1_000,
    scopes: [],
    contactCenterOrgUuid: ana.orgUuid,
    loginId: 'login-1',
  });
  await store.inbox.remember('event-1', 'message');
  await store.close();
  const job = await Job.create(join(dir, 'jobs'), order);
  await job.enter('running', nowMs);
  await job.journal.append({ kind: 'ended', outcome: 'cancelled', atMs: nowMs });
  await job.journal.close();
  const finished = await FinishedExports.open(join(dir, 'exports.json'));
  if (job.finished) await finished.put(job.finished);
  const schedules = await Schedules.open(join(dir, 'schedules.json'));
  await schedules.add({
    ref: 'K7Q2',
    owner: order.requester,
    place: order.place,
    recurrence: { kind: 'monthly', day: 31, time: '08:00' },
    zone: 'Europe/Berlin',
    command: 'export last month',
    madeAtMs: nowMs,
    doneUntilMs: nowMs,
    run: { dueMs: nowMs, missed: 0 },
  });
  const audit = await openAudit(dir);
  await audit.note('login', { ...ana });
  await audit.close();
}

const openFiles = (dir: string) =>
  openStore({ dir, vault: testVault(), now: () => nowMs, log: silent });
const openAudit = (dir: string) =>
  AuditLog.open({ dir, keys: [keyOne], now: () => nowMs, log: silent });

/** All that a start reads. */
async function openEverything(dir: string): Promise<void> {
  const store = await openFiles(dir);
  store.grants.get(ana);
  await store.inbox.unsettled();
  await store.close();
  await FinishedExports.open(join(dir, 'exports.json'));
  const schedules = await Schedules.open(join(dir, 'schedules.json'));
  for (const { recurrence, zone } of schedules.list()) {
    nextTimes(recurrence, { afterMs: nowMs, zone, count: 3 });
  }
  const job = await Job.reopen(join(dir, 'jobs', 'E7K2'));
  if (job instanceof Job) await job.journal.close();
  await verifyAudit(dir, [keyOne]);
  await (await openAudit(dir)).close();
}

test('whatever stands in a stored file is read, or refused by name and left as it is', async () => {
  const template = await makeTempFolder();
  await fillFolder(template);
  const names = (await readdir(template, { recursive: true })).filter((name) =>
    /\.(json|ndjson)$/.test(name),
  );
  const work = await makeTempFolder();
  const texts = new Map<string, string>();
  for (const name of names) texts.set(name, await readFile(join(template, name), 'utf8'));
  let refused = 0;
  const changes = fc.constantFrom(...names).chain((name) => {
    const text = texts.get(name) ?? '';
    const whole = name.endsWith('.ndjson') ? [] : [withOtherMember([text])];
    return fc.record({
      name: fc.constant(name),
      text: fc.oneof(mutated([text]), anyJson, ...whole),
    });
  });
  await fc.assert(
    fc.asyncProperty(changes, async ({ name, text }) => {
      await cp(template, work, { recursive: true });
      await writeFile(join(work, name), text);
      try {
        await openEverything(work);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refused++;
        expect(JSON.stringify(describeError(error))).not.toContain(secret);
      }
    }),
    { seed, numRuns: 700 },
  );
  expect(names.length).toBeGreaterThan(7);
  expect(refused).toBeGreaterThan(150);
}, 120_000);
