import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { UnreachableError } from '../src/http/errors.ts';
import { createLog } from '../src/log.ts';
import { makeTempFolder } from './helpers/temp.ts';

function capture() {
  const lines: string[] = [];
  return { lines, stdout: { write: (line: string) => void lines.push(line) } };
}

test('writes one JSON line for each entry, whatever a text contains', () => {
  const { lines, stdout } = capture();
  createLog({ level: 'info', stdout }).info({ command: 'a\n{"level":60}\u001b[31m' }, 'refused');
  expect(lines).toHaveLength(1);
  expect([...(lines[0] ?? '').trimEnd()].filter((letter) => letter < ' ')).toEqual([]);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'refused' });
});

test('does not print a secret, under its usual names or in the query of a link', () => {
  const { lines, stdout } = capture();
  const log = createLog({ level: 'debug', stdout });
  const cause = new Error('GET https://files.example/x?X-Amz-Signature=hunter2 failed');
  const err = new UnreachableError('storage', 'downloading', 'reset', {
    cause,
    mayHaveArrived: true,
  });
  log.error({ err, token: 'hunter2', grant: { refreshToken: 'hunter2' } }, 'a download failed');
  log.info({ request: { headers: { authorization: 'Bearer hunter2' } } }, 'a request');
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain('hunter2');
  expect(lines[0]).toContain('https://files.example/x?…');
});

test('tells of an error what it is and where it came from', () => {
  const { lines, stdout } = capture();
  const err = new UnreachableError('storage', 'downloading', 'reset', { mayHaveArrived: true });
  createLog({ level: 'info', stdout }).error({ err }, 'a download failed');
  expect(JSON.parse(lines[0] ?? '').err).toMatchObject({
    type: 'UnreachableError',
    kind: 'api_unavailable',
    message: 'downloading: the transcript storage could not be reached (reset)',
    stack: expect.stringContaining('log.test.ts'),
  });
});

test('leaves out what is below its level', () => {
  const { lines, stdout } = capture();
  const log = createLog({ level: 'warn', stdout });
  log.info('quiet');
  log.warn('loud');
  expect(lines).toHaveLength(1);
});

test('writes the file beside stdout, for its owner alone', async () => {
  const file = join(await makeTempFolder(), 'bot.log');
  const { stdout } = capture();
  createLog({ level: 'info', file, stdout }).info('hello');
  const { mode } = await stat(file);
  expect(await readFile(file, 'utf8')).toContain('"msg":"hello"');
  expect(mode & 0o777).toBe(0o600);
});

test('moves a file that is full out of the way, and keeps as many as were asked for', async () => {
  const folder = await makeTempFolder();
  const file = join(folder, 'bot.log');
  const { stdout } = capture();
  const options = { level: 'info', file, stdout, rotation: { maxBytes: 300, kept: 2 } } as const;
  const before = createLog(options);
  for (let number = 0; number < 12; number++) before.info({ number }, 'hello');
  const after = createLog(options);
  for (let number = 12; number < 16; number++) after.info({ number }, 'hello');
  const names = (await readdir(folder)).toSorted();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const modes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mode));
  const numbers = [...files].reverse().flatMap((text) => text.match(/(?<="number":)\d+/g) ?? []);
  expect(names).toEqual(['bot.log', 'bot.log.1', 'bot.log.2']);
  expect(files.every((text) => text.length > 0 && text.length <= 300)).toBe(true);
  expect(modes.map((mode) => mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  // The last ones, in order and without a gap.
  expect(numbers.map(Number)).toEqual(numbers.map((_, index) => 16 - numbers.length + index));
});

test('writes lines for people on a terminal, and what they contain stays on its line', () => {
  const { lines, stdout } = capture();
  const log = createLog({ level: 'info', stdout, readable: true });
  log.info({ ref: 'E7K2', queue: 'two\nlines\u001b[2J' }, 'the export ended');
  const text = stripVTControlCharacters(lines.join(''));
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: the export ended \{.*"ref":"E7K2".*\}\n$/);
  expect(lines.join('')).not.toContain('\u001b[2J');
});

// A device that is always full, which not every system has.
test.runIf(existsSync('/dev/full'))('goes on where the file finds no room, and says so', () => {
  const { lines, stdout } = capture();
  const log = createLog({ level: 'info', file: '/dev/full', stdout });
  log.info('first');
  log.info('second');
  const messages = lines.map((line) => JSON.parse(line).msg);
  expect(messages.sort()).toEqual(['LOG_FILE cannot be written', 'first', 'second']);
});

test('refuses a file that cannot be opened, and names the setting', async () => {
  const folder = await makeTempFolder();
  expect(() => createLog({ level: 'info', file: folder })).toThrow(
    expect.objectContaining({ problems: [`LOG_FILE ${folder} cannot be written (EISDIR)`] }),
  );
});
