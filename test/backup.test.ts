import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm as rmFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { lockFolder } from '../src/store/folder-lock.ts';
import { silent } from './contact-center/fake.ts';
import { makeTempFolder } from './helpers/temp.ts';

const tool = fileURLToPath(new URL('../dist/tools/backup.js', import.meta.url));

function run(dir: string, ...args: string[]) {
  return new Promise<{ code: number; out: string }>((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', DATA_DIR: dir, ENV_FILE: '/dev/null' };
    execFile(process.execPath, [tool, ...args], { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? 1 : 0;
      resolve({ code, out: stdout + stderr });
    });
  });
}

async function createData() {
  const root = await makeTempFolder();
  const dir = join(root, 'data');
  await mkdir(join(dir, 'jobs', 'E7K2'), { recursive: true, mode: 0o700 });
  await writeFile(join(dir, 'grants.json'), '{"version":1}', { mode: 0o600 });
  await writeFile(join(dir, 'jobs', 'E7K2', 'spool.bin'), Buffer.alloc(100_000, 7), {
    mode: 0o600,
  });
  return { root, dir, copy: join(root, 'copy') };
}

test('what was saved comes back byte by byte, for its owner alone', async () => {
  const { root, dir, copy } = await createData();
  const saved = await run(dir, 'save', copy);
  const verified = await run(dir, 'verify', copy);
  const fresh = join(root, 'fresh');
  const restored = await run(fresh, 'restore', copy);

  expect(saved).toEqual({ code: 0, out: expect.stringContaining('Saved 2 files') });
  expect(verified).toEqual({ code: 0, out: `${copy} is whole and unchanged.\n` });
  expect(restored).toEqual({ code: 0, out: `Restored 2 files to ${fresh}.\n` });
  expect((await readdir(fresh)).sort()).toEqual(['grants.json', 'jobs']);
  expect(await readFile(join(fresh, 'jobs/E7K2/spool.bin'))).toEqual(Buffer.alloc(100_000, 7));
  const modes = [fresh, join(fresh, 'jobs/E7K2'), join(fresh, 'grants.json')].map(
    async (path) => (await stat(path)).mode & 0o777,
  );
  expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o600]);
});

test('a folder that a running bot holds is not copied', async () => {
  const { dir, copy } = await createData();
  const lock = await lockFolder(dir, silent);
  onTestFinished(() => lock.release());
  const { code, out } = await run(dir, 'save', copy);
  expect(code).toBe(2);
  expect(out).toContain(dir);
  expect(await readdir(copy)).toEqual([]);
});

test.each<[string, (copy: string) => Promise<void>, string]>([
  ['lost a file', (copy) => rmFile(join(copy, 'grants.json')), 'grants.json is missing\n'],
  [
    'was changed',
    (copy) => writeFile(join(copy, 'grants.json'), '{"version":2}'),
    'grants.json has changed\n',
  ],
])('a copy that %s is not restored', async (_what, spoil, words) => {
  const { root, dir, copy } = await createData();
  await run(dir, 'save', copy);
  await spoil(copy);
  const fresh = join(root, 'fresh');
  expect(await run(fresh, 'restore', copy)).toEqual({ code: 1, out: words });
  expect(await readdir(root)).not.toContain('fresh');
});

test('a copy that was cut off is none', async () => {
  const { dir, copy } = await createData();
  await run(dir, 'save', copy);
  await rmFile(join(copy, 'backup.json'));
  expect(await run(dir, 'verify', copy)).toEqual({
    code: 2,
    out: expect.stringContaining('or one that was cut off'),
  });
});

test('a path that leads out of the folder is refused', async () => {
  const { root, dir, copy } = await createData();
  await run(dir, 'save', copy);
  const path = join(copy, 'backup.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"grants.json"', '"../copy/grants.json"'));
  expect((await run(join(root, 'fresh'), 'restore', copy)).code).toBe(2);
});

test.each([
  ['save', 'copy'],
  ['restore', 'data'],
])('%s puts nothing into a folder that holds something', async (command, name) => {
  const { root, dir, copy } = await createData();
  await run(dir, 'save', copy);
  const { code, out } = await run(dir, command, copy);
  expect({ code, out }).toEqual({
    code: 2,
    out: expect.stringContaining(`${join(root, name)} is not empty`),
  });
});

test('anything else is answered with what there is', async () => {
  const { dir, copy } = await createData();
  for (const args of [[], ['save'], ['keep', copy], ['save', copy, copy]]) {
    const { code, out } = await run(dir, ...args);
    expect({ code, out }).toEqual({ code: 2, out: expect.stringContaining('backup restore') });
  }
});
