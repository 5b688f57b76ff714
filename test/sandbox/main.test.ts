import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeTempFolder } from '../helpers/temp.ts';

const entry = fileURLToPath(new URL('../../dist/sandbox/main.js', import.meta.url));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built demo as `npm run demo` does. */
function demo(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

describe('the demo from the command line', () => {
  it('explains itself, and its mistakes with exit code 2', async () => {
    const [help, wrong] = await Promise.all([demo('--help'), demo('--sya', 'help')]);
    expect(help).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--say TEXT'),
      stderr: '',
    });
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--sya') });
  });

  it('says before anything starts that a folder cannot be written', async () => {
    const file = join(await makeTempFolder(), 'file');
    await writeFile(file, '');
    const { code, stdout, stderr } = await demo('--say', 'help', '--out', join(file, 'out'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Nothing can be written to .*\/out \(ENOTDIR\)\. Name another folder/);
  });

  it('holds a whole conversation with the real bot and fails with the first text that does', async () => {
    const out = await makeTempFolder();
    const { code, stdout, stderr } = await demo(
      ...['--say', 'whoami', '--say', 'export last 7 days', '--say', 'export tomorrow'],
      ...['--out', out],
    );
    const files = await readdir(out);
    expect(stdout).toContain('Ana Petrova signed in; the browser says: You are signed in');
    expect(stdout).toMatch(/\d+ found · \d+ exported/);
    expect(files).toEqual([expect.stringMatching(/\.xlsx$/)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The bot did not start an export: /);
  });
});
