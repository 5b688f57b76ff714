import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StorageFullError } from '../../src/errors.ts';
import {
  forgetPrevious,
  openAppendFile,
  removeLeftovers,
  replaceFile,
} from '../../src/store/durable.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { canLimitFileSize, withFileSizeLimit } from './file-size-limit.ts';

const read = (path: string) => readFile(path, 'utf8');
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('replacing a file', () => {
  it('leaves the new content, readable by the owner alone, and nothing else', async () => {
    const folder = await makeTempFolder();
    const path = join(folder, 'state.json');
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    await replaceFile(path, 'old');
    await chmod(path, 0o644);
    await replaceFile(path, Buffer.from('new ü'));
    expect(await read(path)).toBe('new ü');
    expect(await modeOf(path)).toBe(0o600);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('keeps the version before where it is asked to, and forgets it where it is asked to', async () => {
    const folder = await makeTempFolder();
    const path = join(folder, 'state.json');
    for (const text of ['one', 'two', 'three']) {
      await replaceFile(path, text, { keepPrevious: true });
    }
    expect(await read(`${path}.prev`)).toBe('two');
    expect(await modeOf(`${path}.prev`)).toBe(0o600);
    await forgetPrevious(path);
    await forgetPrevious(path);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('goes on after a crash between keeping the old version and writing the new one', async () => {
    const folder = await makeTempFolder();
    const path = join(folder, 'state.json');
    await replaceFile(path, 'one');
    await link(path, `${path}.prev`);
    await replaceFile(path, 'two', { keepPrevious: true });
    expect([await read(path), await read(`${path}.prev`)]).toEqual(['two', 'one']);
    expect((await readdir(folder)).length).toBe(2);
  });

  it('leaves nothing behind when the new version cannot take its place', async () => {
    const folder = await makeTempFolder();
    await mkdir(join(folder, 'state.json', 'in-the-way'), { recursive: true });
    await expect(replaceFile(join(folder, 'state.json'), 'new')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it.runIf(canLimitFileSize)('keeps the old content whole when there is no room', async () => {
    const folder = await makeTempFolder();
    const path = join(folder, 'state.json');
    await replaceFile(path, 'good');
    await withFileSizeLimit(64 * 1024, async () => {
      const attempt = replaceFile(path, 'x'.repeat(100 * 1024), { keepPrevious: true });
      await expect(attempt).rejects.toBeInstanceOf(StorageFullError);
    });
    expect(await read(path)).toBe('good');
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('ends with one whole version when many are written at once', async () => {
    const path = join(await makeTempFolder(), 'state.json');
    const texts = Array.from({ length: 40 }, (_, index) => String(index).repeat(5_000));
    await Promise.all(texts.map((text) => replaceFile(path, text, { keepPrevious: true })));
    expect(texts).toContain(await read(path));
  });

  it('removes the temporary files a killed process left, and only those', async () => {
    const folder = await makeTempFolder();
    const names = [
      'a.json',
      'a.json.0123456789abcdef.tmp',
      'a.json.tmp',
      'b.json.0123456789abcdef.tmp',
    ];
    for (const name of names) await writeFile(join(folder, name), 'x');
    await removeLeftovers(join(folder, 'a.json'));
    expect((await readdir(folder)).sort()).toEqual(['a.json', 'a.json.tmp', names[3]]);
  });

  it('shows a whole version after a kill at any moment', async () => {
    const folder = await makeTempFolder();
    const program = await compileWriter(folder);
    const path = join(folder, 'state.json');
    const found: string[] = [];
    for (let round = 1; round <= 8; round++) {
      const writer = spawn(process.execPath, [program, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      // The child says so after each version; the kill then meets one of the following in the middle.
      for (let seen = 0; seen < round; seen++) await once(writer.stdout, 'data');
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      found.push(await read(path), await read(`${path}.prev`));
    }
    expect(found.map((text) => /^(\d)\1{299999}$/.test(text))).toEqual(found.map(() => true));
  });
});

describe('appending to a file', () => {
  it('writes everything in the order of the calls and survives being opened again', async () => {
    const path = join(await makeTempFolder(), 'journal');
    const file = await openAppendFile(path);
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index}\n`);
    await Promise.all(lines.map((line) => file.append(line)));
    await file.close();
    const again = await openAppendFile(path);
    await again.append(Buffer.from('end'));
    await again.close();
    expect(await read(path)).toBe(`${lines.join('')}end`);
    expect(await modeOf(path)).toBe(0o600);
  });

  it('refuses to write after it was closed', async () => {
    const file = await openAppendFile(join(await makeTempFolder(), 'journal'));
    await file.close();
    await expect(file.append('late')).rejects.toThrow('closed');
  });

  it.runIf(canLimitFileSize)('cuts off what a full disk left half written', async () => {
    const path = join(await makeTempFolder(), 'journal');
    const file = await openAppendFile(path);
    await file.append('first\n');
    await withFileSizeLimit(64 * 1024, async () => {
      const attempt = file.append('x'.repeat(100 * 1024));
      await expect(attempt).rejects.toBeInstanceOf(StorageFullError);
    });
    await file.append('second\n');
    await file.close();
    expect(await read(path)).toBe('first\nsecond\n');
  });

  it.runIf(process.platform === 'linux')('says so when a device has no room at all', async () => {
    const path = join(await makeTempFolder(), 'full');
    await symlink('/dev/full', path);
    const file = await openAppendFile(path);
    const attempts = await Promise.allSettled([file.append('a'), file.append('b')]);
    await file.close();
    await unlink(path);
    expect(attempts).toMatchObject([
      { status: 'rejected', reason: { code: 'storage_full' } },
      { status: 'rejected' },
    ]);
  });
});

/** A process of its own that replaces one file for ever, each time with 300,000 equal digits. */
async function compileWriter(folder: string): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const flags = ['--ignoreConfig', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const out = [
    '--rewriteRelativeImportExtensions',
    '--skipLibCheck',
    '--outDir',
    join(folder, 'js'),
  ];
  await promisify(execFile)(
    join(root, 'node_modules/.bin/tsc'),
    [...flags, ...out, '--rootDir', 'src', 'src/store/durable.ts'],
    { cwd: root },
  );
  await writeFile(join(folder, 'js', 'package.json'), '{"type":"module"}');
  const program = join(folder, 'js', 'writer.js');
  await writeFile(
    program,
    `import { replaceFile } from './store/durable.js';
     for (let n = 0; ; n++) {
       await replaceFile(process.argv[2], String(n % 10).repeat(300_000), { keepPrevious: true });
       if (n > 0) process.stdout.write('.');
     }`,
  );
  return program;
}
