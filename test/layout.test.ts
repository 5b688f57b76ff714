import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, path]) => relative(src, resolve(dirname(file), path ?? '')));
}

test('lets the sandbox and the bot share nothing, so that the demo runs what production runs', async () => {
  const names = await readdir(src, { recursive: true });
  const crossing: string[] = [];
  for (const name of names.filter((one) => one.endsWith('.ts'))) {
    for (const imported of await importsOf(join(src, name))) {
      if (name.startsWith('sandbox/') !== imported.startsWith('sandbox/')) {
        crossing.push(`${name} imports ${imported}`);
      }
    }
  }
  expect(names.length).toBeGreaterThan(50);
  expect(crossing).toEqual([]);
});

test('starts the bot in the image as `npm start` does', async () => {
  const { scripts } = JSON.parse(await readFile(join(src, '../package.json'), 'utf8'));
  const [, command = '[]'] =
    /^CMD (\[.+\])$/m.exec(await readFile(join(src, '../Dockerfile'), 'utf8')) ?? [];
  expect(JSON.parse(command).join(' ')).toBe(scripts.start);
});
