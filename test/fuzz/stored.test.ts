import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError, describeError } from '../../src/errors.ts';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import { Job } from '../../src/export/job.ts';
import { readJournal } from '../../src/export/journal.ts';
import { nextTimes } from '../../src/export/recurrence.ts';
import { restore } from '../../src/export/restore.ts';
import { Schedules } from '../../src/export/schedules.ts';
import { postsToWatch } from '../../src/export/space-watch.ts';
import { AuditLog, verifyAudit } from '../../src/store/audit-log.ts';
import { GrantStore } from '../../src/store/grants.ts';
import { Inbox } from '../../src/store/inbox.ts';
import { LoginStore, type TakenLogin } from '../../src/store/logins.ts';
import { openStore } from '../../src/store/store.ts';
import { silent } from '../contact-center/fake.ts';
import { nowMs, orderWith } from '../export/orders.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { ana, keyOne, testVault } from '../store/fixtures.ts';
import { anyJson, mutated, withOtherMember } from './mutated.ts';

const seed = 20_261_120;
const secret = 'canary-token';
const now = () => nowMs;
const vault = testVault();
const order = { version: 1, ref: 'E7K2', orderedAtMs: nowMs, ...orderWith() } as const;
const place = { segment: { offset: 0, length: 40 }, offset: 0, length: 12 };

/** A folder with records of each kind. */
async function fillFolder(dir: string): Promise<void> {
  const store = await openStore({ dir, vault, now, log: silent });
  await store.grants.put(ana, {
    ...{ accessToken: secret, refreshToken: secret, loginId: 'login-1' },
    ...{ obtainedMs: nowMs, accessExpiresMs: nowMs + 1_000, scopes: [] },
    contactCenterOrgUuid: ana.orgUuid,
  });
  await store.logins.add({
    ...{ id: 'login-1', personId: 'ana', displayName: 'Ana', email: 'ana@example.org', ...ana },
    ...{ waiting: { kind: 'login' }, askedAtMs: nowMs, expiresAtMs: nowMs + 1_000 },
  });
  await store.logins.start('login-1', { stateHash: 's', cookieHash: 'c', verifier: secret });
  await store.inbox.remember('event-1', 'message');
  await store.close();
  const job = await Job.create(join(dir, 'jobs'), order);
  await job.enter('running', nowMs);
  const pieces = [order.window];
  await job.journal.append({ kind: 'plan', pieces, queueIds: [], queueNames: ['A'], counted: 1 });
  const tasks = [{ id: 'task-1', createdMs: nowMs }];
  await job.journal.append({ kind: 'page', piece: 0, tasks, found: 1, dropped: [], place });
  const settled = { id: 'task-1', bucket: 'exported', entries: 1, place } as const;
  await job.journal.append({ kind: 'settled', tasks: [settled] });
  const post = { kind: 'posted', part: 1, of: 1, place: 'space', messageId: 'm' } as const;
  await job.journal.append({ ...post, atMs: nowMs });
  await job.journal.append({ kind: 'ended', outcome: 'cancelled', atMs: nowMs });
  await job.journal.close();
  const finished = await FinishedExports.open(join(dir, 'exports.json'));
  if (job.finished) await finished.put(job.finished);
  const schedules = await Schedules.open(join(dir, 'schedules.json'));
  await schedules.add({
    ...{ ref: 'K7Q2', owner: order.requester, place: order.place },
    ...{ recurrence: { kind: 'monthly', day: 31, time: '08:00' }, zone: 'Europe/Berlin' },
    ...{ command: 'export last month', madeAtMs: nowMs, doneUntilMs: nowMs },
    run: { dueMs: nowMs, missed: 0 },
  });
  const audit = await openAudit(dir);
  for (let line = 0; line < 3; line++) await audit.note('login', { ...ana });
  await audit.close();
}

const openAudit = (dir: string) => AuditLog.open({ dir, keys: [keyOne], now, log: silent });

async function openJob(dir: string): Promise<void> {
  const folder = join(dir, 'jobs', 'E7K2');
  restore(await readJournal(join(folder, 'journal.ndjson')));
  const job = await Job.reopen(folder);
  if (job instanceof Job) await job.journal.close();
}

async function openAuditLog(dir: string): Promise<void> {
  await verifyAudit(dir, [keyOne]);
  await (await openAudit(dir)).close();
}

function verifierOf({ openVerifier }: TakenLogin): string {
  try {
    return openVerifier();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return 'refused';
  }
}

interface Stored {
  /** The first one is changed, the others stand beside it. */
  readonly files: readonly [string, ...string[]];
  readonly runs: number;
  /** What is read of it at a start, and what a start makes of that. */
  readonly open: (dir: string) => Promise<unknown>;
}

const stored: readonly Stored[] = [
  {
    files: ['grants.json'],
    runs: 250,
    async open(dir) {
      const grants = await GrantStore.open(join(dir, 'grants.json'), { vault, log: silent });
      // Nobody without the key makes another one of it.
      const token = grants.get(ana)?.grant.accessToken;
      if (token !== undefined) expect(token).toBe(secret);
    },
  },
  {
    files: ['logins.json'],
    runs: 250,
    async open(dir) {
      const logins = await LoginStore.open(join(dir, 'logins.json'), { vault });
      logins.seals();
      for (const { stage } of logins.list()) {
        if (stage.kind !== 'started') continue;
        const taken = await logins.take(stage.stateHash);
        // The state is spent by then; the person signs in once more.
        if (taken) expect(verifierOf(taken)).toMatch(/^(canary-token|refused)$/);
      }
    },
  },
  {
    files: ['inbox.json'],
    runs: 200,
    open: async (dir) => (await Inbox.open(join(dir, 'inbox.json'), now)).unsettled(),
  },
  {
    files: ['exports.json'],
    runs: 250,
    async open(dir) {
      const finished = await FinishedExports.open(join(dir, 'exports.json'));
      postsToWatch(finished.list(), nowMs);
      finished.of(order.requester);
    },
  },
  {
    files: ['schedules.json'],
    runs: 250,
    async open(dir) {
      const schedules = await Schedules.open(join(dir, 'schedules.json'));
      for (const { recurrence, zone } of schedules.list()) {
        nextTimes(recurrence, { afterMs: nowMs, zone, count: 3 });
      }
    },
  },
  { files: ['jobs/E7K2/order.json', 'jobs/E7K2/journal.ndjson'], runs: 250, open: openJob },
  { files: ['jobs/E7K2/journal.ndjson', 'jobs/E7K2/order.json'], runs: 300, open: openJob },
  { files: ['audit.ndjson', 'audit.json'], runs: 100, open: openAuditLog },
  { files: ['audit.json', 'audit.ndjson'], runs: 100, open: openAuditLog },
];

describe('whatever stands in a stored file is read, or refused by name and left as it is:', () => {
  test.each(stored)(
    '$files.0',
    async ({ files, runs, open }) => {
      const template = await makeTempFolder();
      await fillFolder(template);
      const work = await makeTempFolder();
      const originals = new Map<string, string>();
      for (const name of files) {
        originals.set(name, await readFile(join(template, name), 'utf8'));
        await mkdir(dirname(join(work, name)), { recursive: true });
      }
      const [name] = files;
      const text = originals.get(name) ?? '';
      const outcomes = { read: 0, refused: 0 };
      const changed = name.endsWith('.ndjson')
        ? fc.oneof(mutated([text]), withOtherLine(text), anyJson)
        : fc.oneof(mutated([text]), withOtherMember([text]), anyJson);
      await fc.assert(
        fc.asyncProperty(changed, async (content) => {
          for (const [file, original] of originals) await writeFile(join(work, file), original);
          await writeFile(join(work, name), content);
          try {
            await open(work);
            outcomes.read++;
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            outcomes.refused++;
            expect(JSON.stringify(describeError(error)) + error.userMessage).not.toContain(secret);
            expect(await readFile(join(work, name), 'utf8')).toBe(Buffer.from(content).toString());
          }
        }),
        { seed, numRuns: runs },
      );
      // What is damaged in the audit log is said, and the bot goes on.
      if (name !== 'audit.ndjson') expect(outcomes.refused).toBeGreaterThan(runs / 10);
      expect(outcomes.read).toBeGreaterThan(runs / 50);
    },
    60_000,
  );
});

/** One line of several is another one. */
function withOtherLine(text: string): fc.Arbitrary<string> {
  const lines = text.trimEnd().split('\n');
  return fc
    .nat({ max: lines.length - 1 })
    .chain((at) =>
      withOtherMember([lines[at] ?? 'null']).map((line) =>
        lines.with(at, line).join('\n').concat('\n'),
      ),
    );
}
