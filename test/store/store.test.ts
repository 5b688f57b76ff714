import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, StoreCorruptError } from '../../src/errors.ts';
import type { Grant } from '../../src/store/grants.ts';
import { openStore } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { createTestClock } from '../helpers/clock.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { canLimitFileSize, withFileSizeLimit } from './file-size-limit.ts';
import { ana, ben, keyOne, keyTwo, recordedLog, testVault } from './fixtures.ts';

const grant: Grant = {
  loginId: 'login-1',
  accessToken: 'canary-access',
  refreshToken: 'canary-refresh',
  obtainedMs: 0,
  accessExpiresMs: 3_600_000,
  scopes: ['cjp:config_read'],
  contactCenterOrgUuid: ana.orgUuid,
};

async function makeStore(options: Partial<Parameters<typeof openStore>[0]> = {}) {
  const dir = options.dir ?? join(await makeTempFolder(), 'data');
  const { log, lines } = recordedLog();
  const clock = createTestClock();
  const open = (changed: typeof options = {}) =>
    openStore({ dir, vault: testVault(), now: clock.now, log, ...options, ...changed });
  return { dir, lines, clock, open, store: await open() };
}

type Records = { version: number; data: { grants: { personUuid: string; sealed: string }[] } };
// The test made the file a moment ago.
const readGrants = async (dir: string) =>
  JSON.parse(await readFile(join(dir, 'grants.json'), 'utf8')) as Records;
const writeGrants = (dir: string, records: Records) =>
  writeFile(join(dir, 'grants.json'), JSON.stringify(records));
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the folder', () => {
  it('and its files are open to the owner alone, whatever the umask', async () => {
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const { dir, store } = await makeStore();
    await store.grants.put(ana, grant);
    await store.grants.put(ana, grant);
    const names = await readdir(dir);
    const modes = await Promise.all(names.map((name) => modeOf(join(dir, name))));
    expect(names).toEqual(['grants.json', 'grants.json.prev']);
    expect([await modeOf(dir), ...modes]).toEqual(['700', '600', '600']);
  });

  it('is closed to others, with a word in the log, where it was open to them', async () => {
    const { dir, store, open, lines } = await makeStore();
    await store.grants.put(ana, grant);
    await chmod(dir, 0o755);
    await chmod(join(dir, 'grants.json'), 0o644);
    await open();
    expect([await modeOf(dir), await modeOf(join(dir, 'grants.json'))]).toEqual(['700', '600']);
    expect(lines.filter((line) => line.includes('tightened'))).toHaveLength(2);
  });

  it('keeps the bot from starting where it belongs to everybody', async () => {
    const dir = join(await makeTempFolder(), 'shared');
    await mkdir(dir);
    await chmod(dir, 0o1777);
    await expect(makeStore({ dir })).rejects.toBeInstanceOf(ConfigError);
    expect(await modeOf(dir)).toBe('777');
  });

  it('keeps the bot from starting where it is a file', async () => {
    const dir = join(await makeTempFolder(), 'data');
    await writeFile(dir, 'x');
    await expect(makeStore({ dir })).rejects.toThrow(/DATA_DIR .* cannot be used \(EEXIST\)/);
  });

  it.each(['grants.json', 'logins.json', 'inbox.json'])(
    'keeps the bot from starting while %s is damaged, and leaves it as it is',
    async (name) => {
      const { dir, open } = await makeStore();
      await writeFile(join(dir, name), '{"version":1,"da', { mode: 0o600 });
      const error: unknown = await open().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreCorruptError);
      expect(error).toMatchObject({ file: join(dir, name) });
      expect(await readFile(join(dir, name), 'utf8')).toBe('{"version":1,"da');
    },
  );
});

describe('grants', () => {
  it('come back after a restart, and no token is readable in any file', async () => {
    const { dir, store, open } = await makeStore();
    await store.grants.put(ana, grant);
    await store.grants.put(ben, { ...grant, accessToken: 'canary-of-ben' });
    const again = (await open()).grants;
    const texts = await Promise.all(
      (await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8')),
    );
    expect(again.get(ana)).toMatchObject({ grant, needsLogin: false });
    expect(again.list().map(({ personUuid }) => personUuid)).toEqual([
      ana.personUuid,
      ben.personUuid,
    ]);
    expect(texts.join('\n')).not.toContain('canary');
  });

  it('belong to a person in one organization, in whatever case the ids come', async () => {
    const { store } = await makeStore();
    await store.grants.put(ana, grant);
    const elsewhere = { ...ana, orgUuid: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb' };
    const loud = { personUuid: ana.personUuid, orgUuid: ana.orgUuid.toUpperCase() };
    expect(store.grants.get(elsewhere)).toBeUndefined();
    expect(store.grants.get(loud)?.grant).toEqual(grant);
  });

  it('swapped between two people are both refused, kept, and told to the log', async () => {
    const { dir, store, open, lines } = await makeStore();
    await store.grants.put(ana, grant);
    await store.grants.put(ben, grant);
    const records = await readGrants(dir);
    const [first, second] = records.data.grants;
    if (!first || !second) throw new Error('two records were written');
    [first.sealed, second.sealed] = [second.sealed, first.sealed];
    await writeGrants(dir, records);
    const { grants } = await open();
    expect([grants.get(ana), grants.get(ben)]).toEqual([undefined, undefined]);
    expect(grants.list()).toHaveLength(2);
    expect(lines.filter((line) => line.includes('cannot be opened'))).toHaveLength(2);
    expect(lines.join('')).not.toContain('canary');
  });

  it('one damaged leaves the others usable, and a new login repairs it', async () => {
    const { dir, store, open } = await makeStore();
    await store.grants.put(ana, grant);
    await store.grants.put(ben, grant);
    const records = await readGrants(dir);
    const [first] = records.data.grants;
    if (first) first.sealed = first.sealed.slice(0, -2);
    await writeGrants(dir, records);
    const { grants } = await open();
    const before = [grants.get(ana)?.grant, grants.get(ben)?.grant];
    await grants.put(ana, grant);
    expect(before).toEqual([undefined, grant]);
    expect(grants.get(ana)?.grant).toEqual(grant);
  });

  it('sealed with a key that is gone are kept until it comes back', async () => {
    const { store, open } = await makeStore();
    await store.grants.put(ana, grant);
    const without = await open({ vault: createVault([keyTwo]) });
    const meanwhile = without.grants.get(ana);
    await without.grants.put(ben, grant);
    const { grants } = await open({ vault: createVault([keyTwo, keyOne]) });
    expect(meanwhile).toBeUndefined();
    expect([grants.get(ana)?.grant, grants.get(ben)?.grant]).toEqual([grant, grant]);
  });

  it('removed are in no file any more', async () => {
    const { dir, store } = await makeStore();
    await store.grants.put(ana, grant);
    await store.grants.put(ana, { ...grant, accessToken: 'second' });
    expect([await store.grants.remove(ana), await store.grants.remove(ana)]).toEqual([true, false]);
    expect(await readdir(dir)).toEqual(['grants.json']);
    expect(await readFile(join(dir, 'grants.json'), 'utf8')).not.toContain(ana.personUuid);
  });

  it('are replaced only in the version that was meant', async () => {
    const { store } = await makeStore();
    await store.grants.put(ana, grant);
    const old = store.grants.get(ana)?.revision ?? '';
    await store.grants.put(ana, { ...grant, accessToken: 'newer login' });
    expect([
      await store.grants.replace(ana, old, { ...grant, accessToken: 'late refresh' }),
      await store.grants.markNeedsLogin(ana, old),
    ]).toEqual([false, false]);
    expect(store.grants.get(ana)).toMatchObject({
      grant: { accessToken: 'newer login' },
      needsLogin: false,
    });
  });
});

describe('inbox', () => {
  it('takes an id once, however many come at the same time', async () => {
    const { store } = await makeStore();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => store.inbox.remember('message-1', 'message')),
    );
    expect(answers.filter((isNew) => isNew)).toHaveLength(1);
  });

  it('remembers for 24 hours, restarts included, and forgets after that', async () => {
    const { store, open, clock, dir } = await makeStore();
    const first = await store.inbox.remember('message-1', 'message');
    clock.advance(24 * 3_600_000 - 1);
    const afterRestart = await (await open()).inbox.remember('message-1', 'message');
    clock.advance(1);
    const aDayLater = await store.inbox.remember('message-2', 'message');
    expect([first, afterRestart, aDayLater]).toEqual([true, false, true]);
    expect(await readFile(join(dir, 'inbox.json'), 'utf8')).not.toContain('message-1');
  });

  it('hands back after a restart what was taken on and not done', async () => {
    const { store, open, clock } = await makeStore();
    await store.inbox.remember('message-1', 'message');
    await store.inbox.remember('action-1', 'action');
    await store.inbox.remember('added-1', 'membership');
    await store.inbox.settle('message-1');
    await store.inbox.settle('unheard-of');
    const { inbox } = await open();
    const left = await inbox.unsettled();
    clock.advance(24 * 3_600_000);
    expect(left).toEqual([
      { id: 'action-1', kind: 'action' },
      { id: 'added-1', kind: 'membership' },
    ]);
    expect(await inbox.unsettled()).toEqual([]);
  });

  it('does not take on again what is done', async () => {
    const { store } = await makeStore();
    await store.inbox.remember('message-1', 'message');
    await store.inbox.settle('message-1');
    expect(await store.inbox.remember('message-1', 'message')).toBe(false);
  });

  it('takes ids that are names of object members', async () => {
    const { store } = await makeStore();
    const names = ['__proto__', 'constructor', ''];
    const once = await Promise.all(names.map((name) => store.inbox.remember(name, 'message')));
    const twice = await Promise.all(names.map((name) => store.inbox.remember(name, 'message')));
    expect([once, twice]).toEqual([
      [true, true, true],
      [false, false, false],
    ]);
  });

  it.runIf(canLimitFileSize)('takes nothing it could not write down', async () => {
    const { store } = await makeStore();
    const id = 'x'.repeat(100 * 1024);
    await withFileSizeLimit(64 * 1024, async () => {
      await expect(store.inbox.remember(id, 'message')).rejects.toMatchObject({
        code: 'storage_full',
      });
    });
    expect(await store.inbox.remember(id, 'message')).toBe(true);
  });
});
