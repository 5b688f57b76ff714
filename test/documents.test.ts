import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseCommand } from '../src/bot/grammar/parse.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

const documents = [
  'README.md',
  ...(await readdir(new URL('.github', root), { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `.github/${name}`),
];
const texts = await Promise.all(documents.map(async (path) => ({ path, text: await read(path) })));

/** Where each command that a document tells people to type is run, by its beginning. */
const runBy: readonly (readonly [begins: string, path: string])[] = [
  ['npm ci', '.ci/run'],
  ['npm test', '.ci/run'],
  ['npm run demo', '.ci/run'],
  ['npm run check', '.ci/run'],
  // Both before every test that starts the bot.
  ['npm run build', 'package.json'],
  ['npm start', 'test/layout.test.ts'],
  ['npm run audit', 'test/e2e/audit.test.ts'],
  ['npm run backup', 'test/backup.test.ts'],
  ['npm run doctor', 'test/tools/doctor.test.ts'],
  ['npm run keys', 'test/e2e/keys.test.ts'],
  ['npm run setup', 'test/tools/setup.test.ts'],
];

/** Shell commands, without comments and without lines that only set variables. */
function shellCommands(text: string): string[] {
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !/^[A-Z_]+=/.test(line));
}

test('every npm script that a document names exists, and what it runs is built from here', async () => {
  const { scripts } = JSON.parse(await read('package.json')) as {
    scripts: Record<string, string>;
  };
  for (const { path, text } of texts) {
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name);
    for (const name of named)
      expect({ path, name, known: name && name in scripts }).toMatchObject({ known: true });
  }
});

test('every tool that a document names is one of the sources', async () => {
  const tools = await readdir(new URL('src/tools', root), { recursive: true });
  for (const { path, text } of texts) {
    for (const [, name = ''] of text.matchAll(/dist\/tools\/([a-z/-]+)\.js/g)) {
      expect({ path, name, known: tools.includes(`${name}.ts`) }).toMatchObject({ known: true });
    }
  }
});

test('every command of a shell block is run by a test, or by the check of every change', async () => {
  for (const { path, text } of texts) {
    for (const command of shellCommands(text).flatMap((line) => line.split(' && '))) {
      const where = runBy.find(([begins]) => command.startsWith(begins))?.[1];
      expect({ path, command, where }).toEqual({ path, command, where: expect.any(String) });
    }
  }
  const tools = runBy.filter(([, path]) => /^test\/.*\.test\.ts$/.test(path));
  expect(tools.length).toBeGreaterThan(4);
  for (const [begins, path] of tools) {
    const name = begins.split(' ').at(-1) ?? '';
    expect({ path, text: await read(path) }).toEqual({ path, text: expect.stringContaining(name) });
  }
});

test('every command that somebody says to the bot in a document is understood', () => {
  const said = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:Ana|Nia) +@Exporter (.+)$/gm)].map(([, command = '']) => ({
      path,
      command,
    })),
  );
  // Slips are there to be answered.
  const slips = ['exprot last week', 'export 01/02/2026', 'export last week queue "Sales'];
  expect(said.length).toBeGreaterThan(2);
  for (const { command } of said) {
    if (slips.includes(command)) expect(() => parseCommand(command)).toThrow();
    else expect(() => parseCommand(command)).not.toThrow();
  }
});

test('every link to a file of this repository leads to one', async () => {
  for (const { path, text } of texts) {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const url = new URL(target, new URL(path, root));
      await expect(readFile(url), `${path}: ${target}`).resolves.toBeDefined();
    }
  }
});
