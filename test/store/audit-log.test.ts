import {
  appendFile,
  copyFile,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AuditLog, verifyAudit } from '../../src/store/audit-log.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { canLimitFileSize, withFileSizeLimit } from './file-size-limit.ts';
import { recordedLog } from './fixtures.ts';

const nowMs = Date.UTC(2026, 10, 20, 9, 42);
const dayMs = 86_400_000;
const keyOf = (kid: string) => ({ kid, key: Buffer.alloc(32, kid) });
const keys = [keyOf('k1')];

type Options = Partial<Parameters<typeof AuditLog.open>[0]>;

async function startAudit(options: Options = {}) {
  const dir = options.dir ?? (await makeTempFolder());
  const { log, lines } = recordedLog();
  const audit = await AuditLog.open({ keys, now: () => nowMs, log, ...options, dir });
  onTestFinished(() => audit.close());
  const noteSome = async (count: number, from = 1) => {
    for (let number = from; number < from + count; number++) await audit.note('login', { number });
  };
  return { dir, audit, noteSome, lines };
}

const current = (dir: string) => join(dir, 'audit.ndjson');
const linesIn = async (path: string) => (await readFile(path, 'utf8')).split('\n').slice(0, -1);

test('writes one line each, in their order, for its owner alone', async () => {
  const { dir, audit } = await startAudit();
  await Promise.all([1, 2, 3].map((number) => audit.note('login', { number, none: undefined })));
  const lines = (await linesIn(current(dir))).map((line) => JSON.parse(line));
  expect(lines).toMatchObject(
    [1, 2, 3].map((number) => ({
      seq: number,
      at: '2026-11-20T09:42:00.000Z',
      kind: 'login',
      facts: { number },
      kid: 'k1',
    })),
  );
  expect((await stat(current(dir))).mode & 0o777).toBe(0o600);
  expect(await verifyAudit(dir, keys)).toEqual({ lines: 3, first: 1, unproved: 0, troubles: [] });
});

test('goes on after a restart, over files that are full, and with other keys', async () => {
  const first = await startAudit({ maxBytes: 700 });
  await first.noteSome(9);
  await first.audit.close();
  const rotated = [keyOf('k2'), keyOf('k1')];
  const second = await startAudit({ dir: first.dir, keys: rotated, maxBytes: 700 });
  await second.noteSome(9, 10);
  const files = (await readdir(first.dir)).filter((name) => name.startsWith('audit-'));
  expect(files.length).toBeGreaterThan(2);
  // One of them says that the key has changed.
  expect(await verifyAudit(first.dir, rotated)).toMatchObject({ lines: 19, troubles: [] });
  // Lines whose key is gone are proved by those that follow.
  expect(await verifyAudit(first.dir, [keyOf('k2')])).toMatchObject({
    lines: 19,
    unproved: 0,
    troubles: [],
  });
  expect(await verifyAudit(first.dir, [keyOf('k9')])).toMatchObject({ unproved: 19 });
});

describe('verifying finds', () => {
  type Damage = (dir: string) => Promise<void>;
  const edit =
    (change: (lines: string[]) => string[]): Damage =>
    async (dir) => {
      const lines = await linesIn(current(dir));
      await writeFile(
        current(dir),
        change(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
    };
  test.each<[string, Damage, number, RegExp]>([
    [
      'a fact that was changed',
      edit((lines) => lines.with(3, (lines[3] ?? '').replace('"number":4', '"number":5'))),
      4,
      /it, or one before it, was changed/,
    ],
    [
      'a time that was changed',
      edit((lines) => lines.with(3, (lines[3] ?? '').replace('09:42', '10:42'))),
      4,
      /was changed/,
    ],
    ['a line that was taken out', edit((lines) => lines.toSpliced(3, 1)), 4, /number 5, not 4/],
    [
      'two lines that were exchanged',
      edit(([a = '', b = '', ...rest]) => [b, a, ...rest]),
      1,
      /number 2, not 1/,
    ],
    [
      'a line that was doubled',
      edit((lines) => lines.toSpliced(3, 0, lines[3] ?? '')),
      5,
      /number 4, not 5/,
    ],
    ['lines that were cut off', edit((lines) => lines.slice(0, -2)), 6, /2 lines are missing/],
    ['all lines gone', (dir) => rm(current(dir)), 0, /8 lines are missing/],
    [
      'a member that was added',
      edit((lines) => lines.with(2, (lines[2] ?? '').replace('{"seq"', '{"x":1,"seq"'))),
      3,
      /not a line/,
    ],
    [
      'a space that was added',
      edit((lines) => lines.with(2, (lines[2] ?? '').replace('{', '{ '))),
      3,
      /not a line/,
    ],
    [
      'lines that somebody without the key continued',
      async (dir) => {
        const other = await startAudit({ keys: [{ kid: 'k1', key: Buffer.alloc(32, 'x') }] });
        await other.noteSome(9);
        const [, , , , , , , , ninth] = await linesIn(current(other.dir));
        await appendFile(current(dir), `${ninth}\n`);
      },
      9,
      /was changed/,
    ],
    [
      'a head that was set back with the lines',
      async (dir) => {
        const head = JSON.parse(await readFile(join(dir, 'audit.json'), 'utf8'));
        head.data.head.seq = 6;
        await writeFile(join(dir, 'audit.json'), JSON.stringify(head));
        await edit((lines) => lines.slice(0, 6))(dir);
      },
      1,
      /head and count were changed/,
    ],
  ])('%s, and says where', async (_name, damage, line, reason) => {
    const { dir, audit, noteSome } = await startAudit();
    await noteSome(8);
    await audit.close();
    await damage(dir);
    const { troubles } = await verifyAudit(dir, keys);
    expect(troubles[0]).toMatchObject({ line, reason: expect.stringMatching(reason) });
  });

  test('a line cut off with the version of the head before it put back', async () => {
    const { dir, audit, noteSome } = await startAudit();
    await noteSome(8);
    await audit.close();
    await edit((lines) => lines.slice(0, -1))(dir);
    await rename(join(dir, 'audit.json.prev'), join(dir, 'audit.json')).catch(() => {});
    expect((await verifyAudit(dir, keys)).troubles).toMatchObject([
      { line: 7, reason: '1 lines are missing at the end' },
    ]);
  });

  test('that the head was taken away, before and after the bot has gone on', async () => {
    const { dir, audit, noteSome } = await startAudit();
    await noteSome(8);
    await audit.close();
    await edit((lines) => lines.slice(0, -1))(dir);
    await rm(join(dir, 'audit.json'));
    const before = (await verifyAudit(dir, keys)).troubles;
    const again = await startAudit({ dir });
    await again.audit.close();
    const last = JSON.parse((await linesIn(current(dir))).at(-1) ?? '');
    expect(before).toMatchObject([
      { file: 'audit.json', reason: expect.stringMatching(/^it is missing/) },
    ]);
    expect(last).toMatchObject({ kind: 'damage_found', facts: { trouble: before[0]?.reason } });
  });

  test('nothing where there never was a log, which is a finding as well', async () => {
    const { troubles } = await verifyAudit(await makeTempFolder(), keys);
    expect(troubles).toMatchObject([{ file: 'audit.json' }]);
  });

  test('what is wrong in a file that is full', async () => {
    const { dir, audit, noteSome } = await startAudit({ maxBytes: 700 });
    await noteSome(9);
    await audit.close();
    const [full = ''] = (await readdir(dir)).filter((name) => name.startsWith('audit-')).sort();
    const lines = await linesIn(join(dir, full));
    await writeFile(join(dir, full), `${lines.slice(1).join('\n')}\n`);
    const { troubles } = await verifyAudit(dir, keys);
    expect(troubles).toMatchObject([{ file: full, line: 1 }]);
  });
});

describe('a crash', () => {
  test('between a line and its head loses nothing', async () => {
    const { dir, audit, noteSome } = await startAudit();
    await noteSome(3);
    await copyFile(join(dir, 'audit.json'), join(dir, 'before'));
    await noteSome(1, 4);
    await audit.close();
    await copyFile(join(dir, 'before'), join(dir, 'audit.json'));
    const again = await startAudit({ dir });
    await again.noteSome(1, 5);
    expect(again.lines.join()).not.toContain('damaged');
    expect(await verifyAudit(dir, keys)).toMatchObject({ lines: 5, troubles: [] });
  });

  test('in the middle of a line leaves none of it', async () => {
    const { dir, audit, noteSome } = await startAudit();
    await noteSome(3);
    await audit.close();
    await appendFile(current(dir), '{"seq":4,"at":"2026');
    const again = await startAudit({ dir });
    await again.noteSome(1, 4);
    expect(await verifyAudit(dir, keys)).toMatchObject({ lines: 4, troubles: [] });
  });

  test('behind the change of files loses nothing', async () => {
    const { dir, audit, noteSome } = await startAudit();
    await noteSome(3);
    await audit.close();
    await rename(current(dir), join(dir, 'audit-0000000003.ndjson'));
    const again = await startAudit({ dir });
    await again.noteSome(1, 4);
    expect(await verifyAudit(dir, keys)).toMatchObject({ lines: 4, troubles: [] });
  });
});

test('goes on after damage, and writes down that it found some', async () => {
  const { dir, audit, noteSome } = await startAudit();
  await noteSome(4);
  await audit.close();
  await writeFile(current(dir), `${(await linesIn(current(dir))).slice(0, 2).join('\n')}\n`);
  const again = await startAudit({ dir });
  await again.noteSome(1);
  const kinds = (await linesIn(current(dir))).map((line) => JSON.parse(line).kind);
  expect(kinds).toEqual(['login', 'login', 'damage_found', 'login']);
  expect(again.lines.join()).toContain('the audit log is damaged');
  expect((await verifyAudit(dir, keys)).troubles).toHaveLength(1);
});

test('removes whole files that are old enough, and the rest stays proved', async () => {
  let atMs = nowMs;
  const { dir, audit, noteSome } = await startAudit({ maxBytes: 700, now: () => atMs });
  await noteSome(6);
  const full = () => readdir(dir).then((all) => all.filter((name) => name.startsWith('audit-')));
  const before = await full();
  for (const name of before) await utimes(join(dir, name), nowMs / 1_000, nowMs / 1_000);
  atMs += 29 * dayMs;
  await audit.prune(30);
  const kept = await full();
  atMs += 2 * dayMs;
  await audit.prune(30);
  await noteSome(2, 7);
  const verdict = await verifyAudit(dir, keys);
  expect(kept).toEqual(before);
  expect((await full()).filter((name) => before.includes(name))).toEqual([]);
  expect(verdict.troubles).toEqual([]);
  expect(verdict.first).toBeGreaterThan(1);
});

test.runIf(canLimitFileSize)('is as it was when the disk is full', async () => {
  const { dir, audit, noteSome } = await startAudit();
  await noteSome(2);
  const { size } = await stat(current(dir));
  await withFileSizeLimit(size + 10, async () => {
    await expect(audit.note('login', { number: 3 })).rejects.toMatchObject({
      code: 'storage_full',
    });
    await audit.noteIfRoom('login', { number: 3 });
  });
  await noteSome(1, 3);
  expect(await verifyAudit(dir, keys)).toMatchObject({ lines: 3, troubles: [] });
});
