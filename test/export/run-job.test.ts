import { cpSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NotSignedInError } from '../../src/errors.ts';
import { readJournal } from '../../src/export/journal.ts';
import { UnreachableError } from '../../src/http/errors.ts';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import { readAccount, tallyOfMessage, tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
import { bucketsOf, entryCountOf, sorted } from '../helpers/oracle.ts';
import { canLimitFileSize, withFileSizeLimit } from '../store/file-size-limit.ts';
import { dayMs, lastWeek, nowMs } from './orders.ts';
import { type Rig, runExport, startRig } from './rig.ts';

const files = 'POST /v1/messages';
const outage = new UnreachableError('webex', 'reading a person', 'ECONNREFUSED', {
  mayHaveArrived: false,
});

/** The one workbook of a rig, with the sentence it came with. */
async function onlyFile(rig: Rig) {
  const [message, ...others] = rig.files();
  if (!message || others.length > 0) {
    throw new Error(`there are ${others.length + (message ? 1 : 0)} files; said: ${rig.said}`);
  }
  return { message, text: message.text, ...(await readAccount(message.file?.bytes)) };
}

describe('an export', () => {
  test('accounts for every conversation alike in message, receipt and rows', async () => {
    const rig = await startRig();
    const job = await runExport(rig);
    const file = await onlyFile(rig);
    const expected = bucketsOf(rig.dataset, lastWeek);
    expect(sorted(file.buckets)).toEqual(sorted(expected));
    const tally = tallyOfRows({ buckets: expected });
    expect(tallyOfMessage(file.text)).toEqual(tally);
    expect(tallyOfSummary(file)).toEqual(tally);
    for (const [id, bucket] of expected) {
      const entries = bucket === 'exported' ? entryCountOf(rig.dataset, id) : undefined;
      expect([id, file.messages.get(id)]).toEqual([id, entries]);
    }
    expect(file.message.parentId).toBe(rig.command.id);
    expect(rig.said).toEqual([]);
    expect((await readdir(job.folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
  });

  test('waits for Webex with its finished file, and posts it once', async () => {
    let asked = 0;
    const rig = await startRig({
      runner: {
        isAllowed: async () => {
          asked++;
          // Allowed at its beginning; then nobody knows for a while.
          if (asked > 1 && asked < 10) throw outage;
          return true;
        },
      },
    });
    // More refusals than the client bears by itself.
    rig.door.script(files, Array(12).fill({ status: 503 }));
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    const waits: unknown[] = [];
    rig.beforeSleep(() => {
      if (job.progress?.waitingUntilMs !== undefined) waits.push(job.progress.phase);
    });
    jobs.start(job.ref);
    await jobs.idle();
    const file = await onlyFile(rig);
    expect(sorted(file.buckets)).toEqual(sorted(bucketsOf(rig.dataset, lastWeek)));
    expect(waits.length).toBeGreaterThanOrEqual(10);
    expect(new Set(waits)).toEqual(new Set(['delivering']));
  });

  test.each([7_200, 86_400])(
    'leaves Webex alone for the %i seconds that it asks for',
    async (seconds) => {
      const rig = await startRig();
      const pausedUntilMs: number[] = [];
      const meanwhile: string[] = [];
      rig.door.script(files, [{ status: 429, headers: { 'retry-after': String(seconds) } }]);
      rig.door.onRequest(({ status, method, path }) => {
        const untilMs = pausedUntilMs[0] ?? 0;
        if (rig.clock.now() < untilMs) meanwhile.push(`${method} ${path}`);
        if (status === 429) pausedUntilMs.push(rig.clock.now() + seconds * 1_000);
      });
      await runExport(rig);
      await onlyFile(rig);
      expect(pausedUntilMs).toHaveLength(1);
      expect(meanwhile).toEqual([]);
    },
  );

  test('asks for the permission again when it had to wait before posting', async () => {
    const rig = await startRig({
      runner: { isAllowed: async () => rig.door.requests(files).length === 0 },
    });
    rig.door.script(files, [{ status: 503 }], { repeat: true });
    await runExport(rig);
    expect(rig.files()).toEqual([]);
    expect(rig.said).toEqual([expect.stringContaining('permission for this export was withdrawn')]);
  });

  test('can be cancelled while it waits for Webex', async () => {
    const rig = await startRig();
    rig.door.script(files, [{ status: 503 }], { repeat: true });
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    const posting: boolean[] = [];
    let cancelled: Promise<void> | undefined;
    rig.beforeSleep(() => {
      const { progress, isPosting } = job;
      if (progress?.phase !== 'delivering' || progress.waitingUntilMs === undefined) return;
      posting.push(isPosting);
      cancelled ??= jobs.cancel(job.ref);
    });
    jobs.start(job.ref);
    await jobs.idle();
    await cancelled;
    expect([posting, rig.files()]).toEqual([[false], []]);
    expect((await readJournal(join(job.folder, 'journal.ndjson'))).at(-1)).toMatchObject({
      kind: 'ended',
      outcome: 'cancelled',
    });
  });

  test('posts nothing when it is cancelled in the last instant in which that is possible', async () => {
    const rig = await startRig();
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    const posting: boolean[] = [];
    let cancelled: Promise<void> | undefined;
    // The last thing before the upload.
    rig.door.onRequest(({ path }) => {
      if (!path.startsWith('/v1/memberships')) return;
      posting.push(job.isPosting);
      cancelled = jobs.cancel(job.ref);
    });
    jobs.start(job.ref);
    await jobs.idle();
    await cancelled;
    expect([posting, rig.files(), rig.door.requests(files)]).toEqual([[false], [], []]);
  });

  test('tells how many requests it has made', async () => {
    const told: (number | undefined)[] = [];
    const rig = await startRig({
      runner: {
        // Asked last when everything is collected.
        isAllowed: async () => {
          told.push(job.progress?.calls);
          return true;
        },
      },
    });
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    jobs.start(job.ref);
    await jobs.idle();
    const made = ['POST /search', 'POST /v1/captures/query'].flatMap((route) =>
      rig.door.requests(route),
    );
    expect(made.length).toBeGreaterThan(2);
    expect(told).toEqual([undefined, made.length]);
  });

  test('of a window without conversations says so and posts nothing', async () => {
    const rig = await startRig();
    const window = { ...lastWeek, fromMs: nowMs - 400 * dayMs, toMs: nowMs - 399 * dayMs };
    await runExport(rig, { window });
    expect(rig.files()).toEqual([]);
    expect(rig.said).toEqual([expect.stringMatching(/^No conversations in /)]);
  });

  test('of nothing but open conversations has a workbook that says so', async () => {
    const rig = await startRig({
      dataset: { tasks: [{ isActive: true }, { isActive: true }] },
    });
    await runExport(rig);
    const file = await onlyFile(rig);
    expect(tallyOfMessage(file.text)).toEqual({ found: 2, still_open: 2 });
    expect(tallyOfRows(file)).toEqual({ found: 2, still_open: 2 });
    expect([...file.messages]).toEqual([]);
  });

  test('survives times that no calendar has', async () => {
    const rig = await startRig({
      dataset: {
        tasks: [
          {
            transcripts: [
              {
                content: [
                  '+275760-09-13T00:00:00Z',
                  '-000001-01-01T00:00:00Z',
                  'soon',
                  8.64e15,
                ].map((timestamp) => ({ message: 'x', timestamp })),
              },
            ],
          },
        ],
      },
    });
    const [id = ''] = bucketsOf(rig.dataset, lastWeek).map(([one]) => one);
    const ended = { channelType: 'chat', status: 'ended', isActive: false };
    const task = (createdTime: unknown) => ({ id, ...ended, createdTime, endedTime: 1e18 });
    const page = {
      tasks: [{ ...task(nowMs - dayMs + 0.5) }],
      pageInfo: { hasNextPage: false, endCursor: null },
    };
    const body = JSON.stringify({ data: { taskDetails: page } });
    rig.door.script('POST /search', ['pass', { body }]);
    await runExport(rig);
    const file = await onlyFile(rig);
    expect([...file.messages]).toEqual([[id, 4]]);
  });

  test.each(['POST /search', 'POST /v1/captures/query'])(
    'waits for hours when %s is told to, and says until when',
    async (route) => {
      const rig = await startRig();
      rig.door.script(route, [{ status: 429, headers: { 'retry-after': '7200' } }]);
      const jobs = await rig.openJobs();
      const job = await jobs.accept(rig.orderOfAdmin());
      const waiting: unknown[] = [];
      rig.beforeSleep((ms) => {
        if (ms > 60_000) waiting.push(job.progress?.waitingUntilMs, job.progress?.phase);
      });
      jobs.start(job.ref);
      await jobs.idle();
      const file = await onlyFile(rig);
      expect(waiting).toEqual([
        expect.toSatisfy((untilMs: number) => untilMs >= nowMs + 7_200_000),
        route === 'POST /search' ? 'planning' : 'collecting',
      ]);
      expect(sorted(file.buckets)).toEqual(sorted(bucketsOf(rig.dataset, lastWeek)));
    },
  );

  test('tells refused hosts with the line that would allow them', async () => {
    const rig = await startRig({ dataset: { tasks: [{}] } });
    const [id] = [...rig.dataset.tasks({ by: 'createdTime', ...lastWeek })].map((one) => one.id);
    const filePath = 'https://files.elsewhere.example/x.json?signature=secret';
    rig.door.script('POST /v1/captures/query', [
      { body: JSON.stringify({ data: [{ taskId: id, transcription: [{ filePath }] }] }) },
    ]);
    await runExport(rig);
    const file = await onlyFile(rig);
    expect(file.text).toContain('TRANSCRIPT_HOSTS=files.elsewhere.example');
    expect(file.summary.get('Refused transcript hosts')).toBe('files.elsewhere.example');
    expect(file.missing.get(id ?? '')).toMatchObject({ bucket: 'failed', attempts: 0 });
  });

  test.each([
    ['a grant that was never there', [], 'sign in: first'],
    ['a grant that was lost midway', ['token', 'token', 'token', 'token'], 'sign in: lost'],
  ])('waits for %s, and fetches nothing twice', async (_name, tokens, asked) => {
    const left: string[] = [...tokens];
    const endless = { accessToken: async () => 'token' };
    const scarce = {
      accessToken: async () => {
        const token = left.shift();
        if (token === undefined) throw new NotSignedInError('no grant', 'Please sign in.');
        return token;
      },
    };
    const grant = { current: scarce };
    const rig = await startRig({
      contactCenter: { pageSize: 10 },
      runner: { accessToken: () => grant.current.accessToken() },
    });
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    jobs.start(job.ref);
    await jobs.idle();
    const { state } = job;
    grant.current = endless;
    jobs.start(job.ref);
    await jobs.idle();
    const file = await onlyFile(rig);
    expect([state, rig.said]).toEqual(['waiting_for_login', [asked]]);
    expect(sorted(file.buckets)).toEqual(sorted(bucketsOf(rig.dataset, lastWeek)));
  });

  test('ends when the permission was withdrawn while it ran, and posts nothing', async () => {
    const answers = [true, false];
    const rig = await startRig({ runner: { isAllowed: async () => answers.shift() ?? false } });
    await runExport(rig);
    expect(rig.files()).toEqual([]);
    expect(rig.said).toEqual([expect.stringContaining('permission for this export was withdrawn')]);
  });

  test('says that the disk is full, leaves nothing there, and the next one works', async () => {
    const rig = await startRig();
    const jobs = await rig.openJobs();
    const job = await jobs.accept(rig.orderOfAdmin());
    // The kernel's own full disk: whatever is written there is refused.
    await symlink('/dev/full', join(job.folder, 'spool.bin'));
    jobs.start(job.ref);
    await jobs.idle();
    expect(rig.said).toEqual([expect.stringContaining('My storage is full')]);
    expect((await readdir(job.folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
    await runExport(rig);
    expect(rig.files()).toHaveLength(1);
  });

  test.runIf(canLimitFileSize)(
    'says so when the disk is full while the workbook is written, and posts no half of it',
    async () => {
      const rig = await startRig({ dataset: { count: 2 } });
      const jobs = await rig.openJobs();
      const job = await jobs.accept(rig.orderOfAdmin());
      // Enough for journal and spool of two conversations, not for the smallest of workbooks.
      await withFileSizeLimit(6_000, async () => {
        jobs.start(job.ref);
        await jobs.idle();
      });
      const inJournal = await readFile(join(job.folder, 'journal.ndjson'), 'utf8');
      expect(inJournal).toContain('"kind":"settled"');
      expect(rig.said).toEqual([expect.stringContaining('My storage is full')]);
      expect(rig.files()).toEqual([]);
      expect((await readdir(job.folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
      await runExport(rig);
      expect(rig.files()).toHaveLength(1);
    },
  );

  test.each<[string, string, Fault]>([
    ['captures are forbidden', 'POST /v1/captures/query', { status: 403 }],
    ['the search is forbidden', 'POST /search', { status: 403 }],
    ['the search fails', 'POST /search', { status: 503 }],
  ])('that cannot go on because %s says what to do', async (_name, route, fault) => {
    const rig = await startRig();
    rig.door.script(route, [fault], { repeat: true });
    const job = await runExport(rig);
    const sentence =
      'status' in Object(fault) && Object(fault).status === 403
        ? /refused this \(403\)\. The account needs the administrator or supervisor role there\.$/
        : /has a problem of its own \(503\)\. Please try again later\.$/;
    expect(rig.files()).toEqual([]);
    expect(rig.said).toEqual([expect.stringMatching(sentence)]);
    expect((await readdir(job.folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
  });
});

describe('the count of the contact center', () => {
  const search = 'POST /search';
  const counted = (value: unknown): Fault => ({
    body: JSON.stringify({
      data: {
        taskDetails: {
          tasks: [{ aggregation: [{ name: 'tasks', value }] }],
          pageInfo: { hasNextPage: false, endCursor: null },
        },
      },
    }),
  });

  test.each<[string, readonly Fault[], RegExp, 'complete' | 'partial']>([
    [
      'that agrees the second time is said and does no harm',
      [counted(99), 'pass', 'pass'],
      /counted 99 at first and \d+ at the end; conversations came or went/,
      'complete',
    ],
    [
      'that stays different makes the export incomplete',
      [counted(99), 'pass', counted(98)],
      /itself counts 98, I found \d+: treat this export as incomplete/,
      'partial',
    ],
    [
      'that cannot be had a second time makes the export incomplete',
      [counted(99), 'pass', { status: 403 }],
      /itself counts 99, I found \d+: treat this export as incomplete/,
      'partial',
    ],
    [
      'that is no number is said to be missing',
      [counted('many')],
      /own count was not available/,
      'complete',
    ],
  ])('%s', async (_name, faults, sentence, outcome) => {
    const rig = await startRig();
    rig.door.script(search, faults);
    await runExport(rig);
    const file = await onlyFile(rig);
    expect(file.text).toMatch(sentence);
    expect(rig.reports.map((report) => report.outcome)).toEqual([outcome]);
    expect(tallyOfMessage(file.text)).toEqual(tallyOfRows(file));
    expect(sorted(file.buckets)).toEqual(sorted(bucketsOf(rig.dataset, lastWeek)));
  });

  test('is not compared by numbers alone: a search that broke off is incomplete', async () => {
    const rig = await startRig({ contactCenter: { pageSize: 7 } });
    rig.door.script(search, ['pass', 'pass', { status: 500 }], { repeat: true });
    await runExport(rig);
    const file = await onlyFile(rig);
    expect(file.text).toMatch(/The search broke off, so conversations may be missing/);
    expect(tallyOfMessage(file.text)).toEqual(tallyOfRows(file));
    expect(file.summary.get('The search broke off')).toMatch(/\(500\)/);
    expect(rig.reports).toMatchObject([{ outcome: 'partial', balance: { found: 7 } }]);
  });
});

describe('posting the file', () => {
  test.each<[string, readonly Fault[], number]>([
    ['is asked for too fast', [{ status: 429, headers: { 'retry-after': '1' } }], 1],
    ['is locked for a moment', [{ status: 423, headers: { 'retry-after': '2' } }], 1],
    ['is not available for a moment', [{ status: 503 }, { status: 503 }], 1],
    ['fails without saying whether it worked', [{ status: 502 }], 1],
    ['loses the connection before the answer', [{ hangUp: true }], 1],
    ['loses the connection behind it', [{ hangUp: 'after' }], 2],
    ['cuts its answer', [{ truncate: true }], 2],
    ['answers nonsense', [{ body: 'thanks', status: 200 }], 1],
  ])('succeeds although Webex %s', async (_name, faults, posts) => {
    const rig = await startRig();
    rig.door.script(files, faults);
    const job = await runExport(rig);
    const posted = rig.files();
    expect(posted).toHaveLength(posts);
    expect(new Set(posted.map(({ parentId }) => parentId))).toEqual(new Set([rig.command.id]));
    for (const { text, file } of posted) {
      expect(text).toContain(`ref ${job.ref} `);
      expect(tallyOfRows(await readAccount(file?.bytes))).toEqual(tallyOfMessage(text));
    }
    expect(rig.said).toEqual([]);
  });

  test('that Webex does not confirm twice fails with a sentence, after two tries', async () => {
    const rig = await startRig();
    rig.door.script(files, [{ status: 500 }], { repeat: true });
    const job = await runExport(rig);
    expect(rig.door.requests(files)).toHaveLength(2);
    expect(rig.said).toEqual([
      expect.stringMatching(/did not confirm that it took the file\. If it is not here/),
    ]);
    expect((await readdir(job.folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
  });

  test('makes one copy too many at most, however often Webex is down in between', async () => {
    const rig = await startRig();
    const down = Array(12).fill({ status: 503 });
    rig.door.script(files, [{ hangUp: 'after' }, ...down, { hangUp: 'after' }, 'pass']);
    await runExport(rig);
    expect(rig.files()).toHaveLength(2);
    expect(rig.said).toEqual([expect.stringContaining('did not confirm')]);
  });

  test('makes one copy too many at most, also over a restart', async () => {
    const rig = await startRig();
    rig.door.script(files, [{ hangUp: 'after' }, { hangUp: 'after' }, 'pass']);
    const first = await rig.openJobs();
    const job = await first.accept(rig.orderOfAdmin());
    // While it waits to post once more.
    rig.beforeSleep(() => first.interrupt());
    first.start(job.ref);
    await first.close();
    const second = await rig.openJobs();
    rig.beforeSleep(() => {});
    await second.continueAll();
    const posting = second.find(job.ref);
    await second.idle();
    expect(rig.files()).toHaveLength(2);
    expect(posting?.isPosting).toBe(true);
    expect(rig.said).toEqual([`continuing ${job.ref}`, expect.stringContaining('did not confirm')]);
  });

  test('that never ends is given up at its deadline and tried once more', async () => {
    const rig = await startRig({ uploadMs: 300 });
    rig.door.script(files, [{ never: true }]);
    await runExport(rig);
    expect(rig.files()).toHaveLength(1);
  });

  test('happens in the space itself when the command is gone', async () => {
    const rig = await startRig();
    rig.webex.deleteMessage(rig.command.id);
    await runExport(rig);
    const file = await onlyFile(rig);
    expect([file.message.roomId, file.message.parentId]).toEqual([rig.webex.space.id, undefined]);
  });

  test('goes to the person alone when that was asked for, and the thread hears of it', async () => {
    const rig = await startRig();
    await runExport(rig, { toMe: true });
    const file = await onlyFile(rig);
    expect(file.message.roomType).toBe('direct');
    expect(file.text).toMatch(/found/);
    expect(rig.webex.messages(rig.webex.space.id).at(-1)).toMatchObject({
      parentId: rig.command.id,
      text: 'Done. I sent the file to you directly, as you asked. Ana Petrova',
    });
    expect(rig.door.requests('GET /v1/memberships')).toEqual([]);
  });

  test.each<[string, (rig: Rig) => void]>([
    [
      'somebody from outside is there',
      ({ webex }) => webex.addMember(webex.space.id, webex.people.outsider),
    ],
    [
      'the members cannot be read',
      ({ door }) => door.script('GET /v1/memberships', [{ status: 500 }], { repeat: true }),
    ],
    [
      'the space cannot be read',
      ({ door }) => door.script('GET /v1/rooms/:id', [{ hangUp: true }], { repeat: true }),
    ],
    ['the space refuses it', ({ door }) => door.script(files, [{ status: 403 }, { status: 403 }])],
  ])('goes to the person alone when %s, and the space is told', async (_name, arrange) => {
    const rig = await startRig();
    arrange(rig);
    await runExport(rig);
    const file = await onlyFile(rig);
    expect(file.message.roomType).toBe('direct');
    const inSpace = rig.webex.messages(rig.webex.space.id);
    expect(inSpace.at(-1)).toMatchObject({
      parentId: rig.command.id,
      text: expect.stringContaining('so I sent it to you directly'),
    });
  });
});

describe('a crash', () => {
  /** The folder as a crash would leave it behind each of some requests, with torn ends. */
  const crashEverywhere = async (rig: Rig, every: number) => {
    const copies: { folder: string; behind: string }[] = [];
    let number = 0;
    const stopWatching = rig.door.onRequest(({ service, method, path }) => {
      if (number++ % every !== 0) return;
      const folder = `${rig.folder}-${number}`;
      cpSync(rig.folder, folder, { recursive: true });
      copies.push({ folder, behind: `${number}: ${service} ${method} ${path.split('?')[0]}` });
    });
    const { ref } = await runExport(rig);
    stopWatching();
    for (const { folder } of copies) {
      await appendFile(join(folder, ref, 'journal.ndjson'), '{"kind":"settled","tasks":[{"id"');
      await appendFile(join(folder, ref, 'spool.bin'), 'torn');
      await mkdir(join(folder, ref, 'out'), { recursive: true });
      await writeFile(join(folder, ref, 'out', 'half.xlsx'), 'torn');
    }
    return { ref, copies };
  };

  test('at any moment loses and doubles nothing, and nothing that is safe is fetched again', async () => {
    const rig = await startRig({ contactCenter: { pageSize: 10 } });
    const { ref, copies } = await crashEverywhere(rig, 3);
    const expected = sorted(bucketsOf(rig.dataset, lastWeek));
    const filesOf = (id: string) =>
      rig.dataset.captures(id).filter(({ kind, extraVersion }) => {
        return kind === 'transcription' && !extraVersion;
      });
    for (const { folder, behind } of copies) {
      const posted = rig.files().length;
      rig.said.length = 0;
      rig.door.clear();
      const records = await readJournal(join(folder, ref, 'journal.ndjson'));
      if (records.some(({ kind }) => kind === 'posted')) continue;
      const safe = new Set(
        records.flatMap((one) => (one.kind === 'settled' ? one.tasks : [])).map(({ id }) => id),
      );
      const jobs = await rig.openJobs({ folder });
      await jobs.continueAll();
      await jobs.idle();
      const [message, ...others] = rig.files().slice(posted);
      const file = await readAccount(message?.file?.bytes);
      const unsafe = expected.flatMap(([id, bucket]) =>
        safe.has(id) || bucket === 'still_open' ? [] : filesOf(id),
      );
      expect({
        behind,
        others,
        said: rig.said,
        buckets: sorted(file.buckets),
        tally: tallyOfMessage(message?.text ?? ''),
        downloads: rig.door.requests('GET /files/:id').length,
        left: (await readdir(join(folder, ref))).sort(),
      }).toEqual({
        behind,
        others: [],
        said: [`continuing ${ref}`],
        buckets: expected,
        tally: tallyOfSummary(file),
        downloads: unsafe.length,
        left: ['journal.ndjson', 'order.json'],
      });
    }
    expect(copies.length).toBeGreaterThan(10);
  });

  test('behind the post says nothing more than that it continues', async () => {
    const rig = await startRig();
    const { ref } = await runExport(rig);
    const folder = join(rig.folder, ref);
    const journal = join(folder, 'journal.ndjson');
    const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
    expect(lines.at(-1)).toContain('"ended"');
    await writeFile(journal, `${lines.slice(0, -1).join('\n')}\n`);
    const jobs = await rig.openJobs();
    await jobs.continueAll();
    await jobs.idle();
    expect(rig.files()).toHaveLength(1);
    expect(rig.said).toEqual([`continuing ${ref}`]);
    expect((await readdir(folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
  });
});

describe('a file above the upload limit', () => {
  const uploadLimitBytes = 30_000;
  const dataset = { kind: 'chats', count: 40 } as const;

  /** The account of all parts together. */
  const readParts = async (rig: Rig) => {
    const accounts = [];
    for (const { file } of rig.files()) accounts.push(await readAccount(file?.bytes));
    return { accounts, buckets: accounts.flatMap(({ buckets }) => buckets) };
  };

  test('is posted in parts that hold each conversation once, each with the whole balance', async () => {
    const rig = await startRig({ dataset, runner: { uploadLimitBytes } });
    await runExport(rig);
    const parts = rig.files();
    const { accounts, buckets } = await readParts(rig);
    expect(parts.length).toBeGreaterThan(1);
    for (const { file } of parts) expect(file?.bytes.length).toBeLessThanOrEqual(uploadLimitBytes);
    expect(sorted(buckets)).toEqual(sorted(bucketsOf(rig.dataset, lastWeek)));
    expect(parts.map(({ file }) => file?.name)).toEqual(
      parts.map((_, index) =>
        expect.stringContaining(`_part-${index + 1}-of-${parts.length}.xlsx`),
      ),
    );
    const tally = tallyOfRows({ buckets });
    expect(accounts.map(tallyOfSummary)).toEqual(accounts.map(() => tally));
    expect(accounts.map(({ summary }) => summary.get('Part'))).toEqual(
      parts.map((_, index) => `part ${index + 1} of ${parts.length}`),
    );
  });

  test('is completed after a crash by the parts that are missing, in the same division', async () => {
    const rig = await startRig({ dataset, runner: { uploadLimitBytes } });
    const copy = `${rig.folder}-copy`;
    let posts = 0;
    const stopWatching = rig.door.onRequest(({ method, path }) => {
      if (method !== 'POST' || path !== '/v1/messages') return;
      posts++;
      // As a crash finds it when the third part has arrived: two are recorded at least.
      if (posts === 3) cpSync(rig.folder, copy, { recursive: true });
    });
    await runExport(rig);
    stopWatching();
    const before = rig.files().length;
    const [ref = ''] = await readdir(copy);
    const records = await readJournal(join(copy, ref, 'journal.ndjson'));
    const known = records.filter(({ kind }) => kind === 'posted').length;
    const jobs = await rig.openJobs({ folder: copy });
    await jobs.continueAll();
    await jobs.idle();
    const all = rig.files();
    const again = all.slice(before);
    expect(known).toBeGreaterThanOrEqual(2);
    expect(again.map(({ file }) => file?.name)).toEqual(
      all.slice(known, before).map(({ file }) => file?.name),
    );
    const accounts = [];
    for (const { file } of [...all.slice(0, known), ...again]) {
      accounts.push(await readAccount(file?.bytes));
    }
    expect(sorted(accounts.flatMap(({ buckets }) => buckets))).toEqual(
      sorted(bucketsOf(rig.dataset, lastWeek)),
    );
  });

  test('ends the export when one conversation alone is above it, with the setting to change', async () => {
    const rig = await startRig({ runner: { uploadLimitBytes: 1_000 } });
    await runExport(rig);
    expect(rig.files()).toEqual([]);
    expect(rig.said).toEqual([expect.stringContaining('UPLOAD\\_LIMIT\\_MB')]);
  });
});
