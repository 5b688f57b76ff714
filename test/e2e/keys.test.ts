import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AuditLog, verifyAudit } from '../../src/store/audit-log.ts';
import { lockFolder } from '../../src/store/folder-lock.ts';
import { openStore } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { startConversation } from '../helpers/sandbox.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { ana, keyOne, keyTwo, recordedLog } from '../store/fixtures.ts';

const tool = fileURLToPath(new URL('../../dist/tools/keys.js', import.meta.url));
type Key = typeof keyOne;

const environment = (dir: string, keys: readonly Key[]) => ({
  ENV_FILE: '/dev/null',
  DATA_DIR: dir,
  STORE_KEYS: keys.map(({ kid, key }) => `${kid}:${key.toString('base64')}`).join(','),
});

async function runTool(command: string, dir: string, keys: readonly Key[]) {
  return promisify(execFile)(process.execPath, [tool, command], {
    env: environment(dir, keys),
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

/** A folder with so many sign-ins and unfinished exports, one login under way and an audit log. */
async function makeData(count: number, keys: readonly Key[] = [keyOne]) {
  const dir = join(await makeTempFolder(), 'data');
  const vault = createVault(keys);
  const { log } = recordedLog();
  const store = await openStore({ dir, vault, now: Date.now, log });
  for (let number = 0; number < count; number++) {
    const person = { ...ana, personUuid: `person-${number}` };
    const grant = { obtainedMs: 0, accessExpiresMs: 1, scopes: [], accessToken: `token-${number}` };
    await store.grants.put(person, { ...grant, loginId: 'l', contactCenterOrgUuid: ana.orgUuid });
    const job = join(dir, 'jobs', `J${String(number).padStart(3, '0')}`);
    await mkdir(job, { recursive: true });
    const key = vault.seal(Buffer.alloc(32, number), `spool/J${String(number).padStart(3, '0')}`);
    await writeFile(join(job, 'spool.key'), key, { mode: 0o600 });
  }
  await store.logins.add({
    ...{ ...ana, id: 'login-1', personId: 'p', displayName: 'Ana', email: 'ana@example.org' },
    ...{ waiting: { kind: 'login' }, askedAtMs: 0, expiresAtMs: 1 },
  });
  await store.logins.start('login-1', { stateHash: 's', cookieHash: 'c', verifier: 'verifier' });
  await store.close();
  const audit = await AuditLog.open({ dir, keys, now: Date.now, log });
  await audit.note('login', {});
  await audit.close();
  const tokens = async (ring: readonly Key[]) => {
    const opened = await openStore({ dir, vault: createVault(ring), now: Date.now, log });
    return opened.grants
      .list()
      .map((person) => opened.grants.get(person)?.grant.accessToken)
      .filter((token) => token !== undefined);
  };
  return { dir, tokens };
}

/** Whether any file below still holds something that this key has sealed. */
async function holdsSealsOf(kid: string, dir: string): Promise<boolean> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = names.filter((one) => one.isFile());
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
  );
  return texts.some((text) => text.includes(`v1.${kid}.`));
}

describe('keys rotate', () => {
  test('seals everything with the first key, so that the older one can be dropped', async () => {
    const { dir, tokens } = await makeData(3);
    const before = await runTool('check', dir, [keyTwo, keyOne]);
    const rotated = await runTool('rotate', dir, [keyTwo, keyOne]);
    const after = await runTool('check', dir, [keyTwo]);
    expect(before).toMatchObject({
      code: 0,
      stdout: [
        '3 × sign-in, key "k1", an older one',
        '1 × login under way, key "k1", an older one',
        '3 × unfinished export, key "k1", an older one',
        'keys rotate seals those of k1 with "k2".\n',
      ].join('\n'),
    });
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    expect(rotated.stdout).toMatch(/^Sealed 7 records again with key "k2"\.$/m);
    expect(rotated.stdout).toMatch(/^No record needs k1 any more/m);
    expect(after).toMatchObject({ code: 0, stdout: expect.not.stringContaining('k1') });
    expect(await tokens([keyTwo])).toHaveLength(3);
    expect(await holdsSealsOf('k1', dir)).toBe(false);
    // The audit log tells of it, and is proved without the older key.
    expect(await verifyAudit(dir, [keyTwo])).toMatchObject({ unproved: 0, troubles: [] });
    const audit = await readFile(join(dir, 'audit.ndjson'), 'utf8');
    expect(audit).toContain('"kind":"key_changed","facts":{"from":"k1","to":"k2"}');
    expect(audit).toContain('"kind":"keys_rotated","facts":{"to":"k2","records":7}');
  });

  test('keeps a record whose key is missing, says which one, and goes on when it is back', async () => {
    const { dir, tokens } = await makeData(2);
    const without = await runTool('rotate', dir, [keyTwo]);
    const checked = await runTool('check', dir, [keyTwo]);
    const back = await runTool('rotate', dir, [keyTwo, keyOne]);
    for (const { code, stdout } of [without, checked]) {
      expect(code).toBe(1);
      expect(stdout).toContain('2 × sign-in, key "k1", which is not in STORE_KEYS');
      expect(stdout).toContain('Bring key "k1" back to STORE_KEYS');
    }
    expect(back.code).toBe(0);
    expect(await tokens([keyTwo])).toEqual(['token-0', 'token-1']);
  });

  test('leaves what is damaged where it is, and says so', async () => {
    const { dir } = await makeData(1);
    const path = join(dir, 'jobs', 'J000', 'spool.key');
    const damaged = `${(await readFile(path, 'utf8')).slice(0, -3)}AAA`;
    await writeFile(path, damaged);
    const rotated = await runTool('rotate', dir, [keyTwo, keyOne]);
    expect(rotated.code).toBe(1);
    expect(rotated.stdout).toContain('1 × unfinished export, key "k1", damaged: it does not open');
    expect(await readFile(path, 'utf8')).toBe(damaged);
  });

  test('can be killed at any moment, and done again', async () => {
    const count = 20;
    const { dir, tokens } = await makeData(count);
    const ring = [keyTwo, keyOne];
    let cut = 0;
    for (let changes = 1; changes <= 61; changes += 6) {
      const [from, to] = changes % 4 === 1 ? [keyOne, keyTwo] : [keyTwo, keyOne];
      if (await killedAfter(changes, spawnRotate(dir, [to, from]), dir)) cut++;
      const checked = await runTool('check', dir, ring);
      expect(checked).toMatchObject({ code: 0 });
      expect(await tokens(ring)).toHaveLength(count);
    }
    const finished = await runTool('rotate', dir, ring);
    expect(cut).toBeGreaterThan(3);
    expect(finished.code).toBe(0);
    expect(await runTool('check', dir, [keyTwo])).toMatchObject({ code: 0 });
    expect(await tokens([keyTwo])).toHaveLength(count);
    expect(await verifyAudit(dir, [keyTwo])).toMatchObject({ unproved: 0, troubles: [] });
    expect(await holdsSealsOf('k1', dir)).toBe(false);
  }, 60_000);

  test('refuses to work beside a running bot, which seals its own records when it starts', async () => {
    const conversation = await startConversation();
    const { dataDir } = conversation.sandbox;
    conversation.say('login');
    await conversation.login();
    await conversation.waitForMessage(({ text }) => text.startsWith('You are signed in'));
    const refused = await runTool('rotate', dataDir, [keyTwo]);
    await conversation.bot.kill();
    const own = conversation.sandbox.botEnv()['STORE_KEYS'] ?? '';
    const second = `k2:${keyTwo.key.toString('base64')}`;
    await conversation.restart({ STORE_KEYS: `${second},${own}` });
    const answer = await conversation.answerTo(conversation.say('whoami'));
    await conversation.bot.stop();
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('in use by another'),
    });
    expect(answer.text).toContain('Sign-in: active');
    expect(await runTool('check', dataDir, [keyTwo])).toMatchObject({
      code: 0,
      stdout: '1 × sign-in, key "k2", the first one\n',
    });
  });
});

test.each([[[]], [['renew']], [['check', 'now']]])('explains itself: %j', async (args) => {
  const child = promisify(execFile)(process.execPath, [tool, ...args], { env: {} });
  await expect(child).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^keys check/),
  });
});

test('a folder can be held by one process at a time, whatever the length of its path', async () => {
  const { log, lines } = recordedLog();
  const dir = join(await makeTempFolder(), 'a'.repeat(60), 'b'.repeat(60));
  const lock = await lockFolder(dir, log);
  await expect(lockFolder(dir, log)).rejects.toMatchObject({ code: 'config_invalid' });
  await lock.release();
  const again = await lockFolder(dir, log);
  await again.release();
  expect([lines, await readdir(dir)]).toEqual([[], []]);
});

function spawnRotate(dir: string, keys: readonly Key[]): ChildProcess {
  const child = spawn(process.execPath, [tool, 'rotate'], {
    env: environment(dir, keys),
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Kills it once so much has changed on the disk. @returns whether that was before its end */
async function killedAfter(changes: number, child: ChildProcess, dir: string): Promise<boolean> {
  let seen = 0;
  const watcher = watch(dir, { recursive: true }, () => {
    if (++seen === changes) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'exit');
  watcher.close();
  return signal === 'SIGKILL';
}
