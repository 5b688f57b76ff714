import { spawn } from 'node:child_process';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parse as parseDotenv } from 'dotenv';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { mergeEnvText } from '../../src/tools/setup/env-text.ts';
import { readScriptConfig } from '../../src/tools/setup/script-config.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const tool = fileURLToPath(new URL('../../dist/tools/setup.js', import.meta.url));

/** Answers in the order of the questions; an empty one takes the default. */
const names = [
  ...['WEBEX_BOT_TOKEN', 'WEBEX_CLIENT_ID', 'WEBEX_CLIENT_SECRET', 'BOT_TRANSPORT'],
  ...['PUBLIC_URL', 'ADMINS', 'ALLOWED_ORG_IDS', 'WXCC_REGION', 'TIMEZONE'],
];

/** A sandbox that the doctor can look at, a folder for the file, and runs with piped answers. */
async function start() {
  const sandbox = await startSandbox({ dataset: { tasks: [] } });
  onTestFinished(() => sandbox.close());
  const folder = await makeTempFolder();
  const path = join(folder, '.env');
  const given = sandbox.botEnv();
  const surroundings = ['WEBEX_API_URL', 'WXCC_API_URL', 'PORT', 'DATA_DIR'];
  const env = Object.fromEntries(surroundings.map((name) => [name, given[name] ?? '']));
  const run = async (lines: readonly string[], args: readonly string[] = []) => {
    const child = spawn(process.execPath, [tool, ...args], { cwd: folder, env });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.end(lines.map((line) => `${line}\n`).join(''));
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, stdout, stderr };
  };
  const answers = (changes: Readonly<Record<string, string>> = {}) =>
    names.map((name) => changes[name] ?? given[name] ?? '');
  const read = async () => parseDotenv(await readFile(path, 'utf8'));
  return { folder, path, given, run, answers, read };
}

test('writes what was answered and secrets of its own, for the owner alone, and ends with the doctor', async () => {
  const { folder, path, given, run, answers, read } = await start();
  const { code, stdout, stderr } = await run(answers());
  const written = await read();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Redirect URI: ${given['PUBLIC_URL']}/oauth/callback\n`);
  expect(stdout).toMatch(/Nothing would break\.\n$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['.env']);
  expect(loadConfig({ ENV_FILE: path })).toMatchObject({ TIMEZONE: 'UTC', WXCC_REGION: 'us1' });
  expect(written['WEBEX_WEBHOOK_SECRET']).toMatch(/^[0-9a-f]{64}$/);
  for (const name of ['WEBEX_BOT_TOKEN', 'WEBEX_CLIENT_SECRET']) {
    expect(written[name]).toBe(given[name]);
    expect(stdout).not.toContain(given[name]);
  }
  expect(stdout).not.toContain(written['STORE_KEYS']);
  expect(stdout).not.toContain(written['WEBEX_WEBHOOK_SECRET']);
});

test('returns what the doctor returns, and makes no webhook secret for a websocket', async () => {
  const { run, answers, read } = await start();
  const changes = { WEBEX_BOT_TOKEN: 'not-this-one', BOT_TRANSPORT: 'websocket' };
  const { code, stdout } = await run(answers(changes));
  expect(code).toBe(1);
  expect(stdout).toMatch(/BAD {2}bot token/);
  expect(await read()).not.toHaveProperty('WEBEX_WEBHOOK_SECRET');
});

describe('a file that is there', () => {
  const before = '# ours\nSOMETHING_ELSE=1\nexport TIMEZONE=Europe/Berlin\nCONTACT="the desk #3"\n';

  test('stays as it is without a yes', async () => {
    const { path, run, answers } = await start();
    await writeFile(path, before);
    for (const lines of [[], [''], ['no', ...answers()]]) {
      expect(await run(lines)).toMatchObject({ code: 2, stderr: '' });
    }
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  test('gives the defaults, and keeps its other lines and its keys', async () => {
    const { path, given, run, answers, read } = await start();
    const keys = `STORE_KEYS=${given['STORE_KEYS']}\nWEBEX_BOT_TOKEN=${given['WEBEX_BOT_TOKEN']}\n`;
    await writeFile(path, before + keys);
    await chmod(path, 0o644);
    const { stdout, code } = await run(['yes', ...answers({ WEBEX_BOT_TOKEN: '', TIMEZONE: '' })]);
    expect(code, stdout).toBe(0);
    expect(await readFile(path, 'utf8')).toMatch(
      /^# ours\nSOMETHING_ELSE=1\nTIMEZONE=Europe\/Berlin\n/,
    );
    expect(await read()).toMatchObject({
      CONTACT: 'the desk #3',
      STORE_KEYS: given['STORE_KEYS'],
      WEBEX_BOT_TOKEN: given['WEBEX_BOT_TOKEN'],
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(stdout).not.toContain(given['WEBEX_BOT_TOKEN']);
  });

  test('is not written where something in it is not right that nobody is asked for', async () => {
    const { path, run, answers } = await start();
    await writeFile(path, 'STORE_KEYS=k1:short\n');
    const { code, stderr } = await run(['yes', ...answers()]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/STORE_KEYS must be kid:base64/);
    expect(await readFile(path, 'utf8')).toBe('STORE_KEYS=k1:short\n');
  });
});

describe('writes nothing, and says why,', () => {
  test('where the answers end too early', async () => {
    const { folder, run, answers } = await start();
    const { code, stderr } = await run(answers().slice(0, 5));
    expect(code).toBe(2);
    expect(stderr).toMatch(/ADMINS has no answer: the input ended\nNothing was written\.\n$/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('where an answer is missing or wrong, without repeating it', async () => {
    const { folder, run, answers } = await start();
    const missing = await run(answers({ ADMINS: '' }));
    const wrong = await run(answers({ WXCC_REGION: 'atlantis' }));
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ADMINS is missing'),
    });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('WXCC_REGION must be'),
    });
    expect(wrong.stdout + wrong.stderr).not.toContain('atlantis');
    expect(await readdir(folder)).toEqual([]);
  });

  test('where the file of the script cannot be read, or an option is not known', async () => {
    const { folder, run, answers } = await start();
    await writeFile(join(folder, 'config.json'), '{"client_secret": "hunter2"');
    const broken = await run(answers(), ['--from', 'config.json']);
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining('is no JSON') });
    expect(broken.stderr).not.toContain('hunter2');
    expect((await run(answers(), ['--from', 'none.json'])).code).toBe(2);
    expect((await run(answers(), ['--to', 'x'])).stderr).toMatch(/^setup /);
    expect(await readdir(folder)).toEqual(['config.json']);
  });
});

test('begins with the settings of the script, and says what changes', async () => {
  const { folder, given, run, answers, read } = await start();
  const script = {
    client_id: given['WEBEX_CLIENT_ID'],
    client_secret: given['WEBEX_CLIENT_SECRET'],
    redirect_uri: 'http://localhost:5000/callback?x=1',
    org_id: given['ALLOWED_ORG_IDS'],
    region: 'https://api.wxcc-us1.cisco.com',
    default_queue: 'Chat Support',
    url_expiration: 7_200,
    logging: { log_level: 'WARNING', colour: true },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(script));
  const taken = ['WEBEX_CLIENT_ID', 'WEBEX_CLIENT_SECRET', 'ALLOWED_ORG_IDS', 'WXCC_REGION'];
  const blank = Object.fromEntries(taken.map((name) => [name, '']));
  const { code, stdout } = await run(answers(blank), ['--from', 'config.json']);
  expect(code, stdout).toBe(0);
  expect(await read()).toMatchObject({
    WEBEX_CLIENT_ID: given['WEBEX_CLIENT_ID'],
    WEBEX_CLIENT_SECRET: given['WEBEX_CLIENT_SECRET'],
    WXCC_ORG_ID: given['ALLOWED_ORG_IDS'],
    ALLOWED_ORG_IDS: given['ALLOWED_ORG_IDS'],
    WXCC_REGION: 'us1',
    DEFAULT_QUEUE: 'Chat Support',
    URL_EXPIRATION_MINUTES: '60',
    LOG_LEVEL: 'warn',
  });
  expect(stdout).toContain('/oauth/callback (until now http://localhost:5000/callback)\n');
  expect(stdout).toContain(
    'url_expiration was 7200 seconds: URL_EXPIRATION_MINUTES is 60, the most',
  );
  expect(stdout).toContain('logging.colour is not known here and was left out');
  expect(stdout).not.toContain(given['WEBEX_CLIENT_SECRET']);
});

describe('of the settings of the script', () => {
  const valuesOf = (config: unknown) =>
    Object.fromEntries(readScriptConfig(JSON.stringify(config)).values);

  test('seconds become minutes, never none', () => {
    const minutes = [1, 60, 61, 1_800, 86_400].map(
      (seconds) => valuesOf({ url_expiration: seconds })['URL_EXPIRATION_MINUTES'],
    );
    expect(minutes).toEqual(['1', '1', '2', '30', '60']);
  });

  test('what cannot be used is named, and its value is not', () => {
    const config = { url_expiration: 'hunter2', log_level: 'hunter2', region: 'hunter two' };
    const { values, notes } = readScriptConfig(
      JSON.stringify({ ...config, access_token: 'hunter2', scopes: ['hunter2'], extra: 'hunter2' }),
    );
    expect([...values]).toEqual([]);
    const words = ['url_expiration', 'log_level', 'region', 'access_token', 'scopes', 'extra'];
    expect(notes.map((note) => note.split(' ')[0])).toEqual(words);
    expect(notes.join()).not.toContain('hunter2');
  });

  test('anything but an object is refused', () => {
    for (const json of ['[]', '"x"', 'null', '']) {
      expect(() => readScriptConfig(json)).toThrow(ConfigError);
    }
  });
});

describe('the text of a settings file', () => {
  test('is read back as it was meant, whatever the value holds', () => {
    for (const value of [
      'a b',
      'a#b',
      '#a',
      "it's",
      'say "hi"',
      'a$b',
      'a=b',
      'back\\slash',
      'ü',
    ]) {
      expect(parseDotenv(mergeEnvText('', new Map([['NAME', value]])))).toEqual({ NAME: value });
    }
  });

  test('is refused where no quotes would do', () => {
    const value = `'"\` #`;
    expect(() => mergeEnvText('', new Map([['NAME', value]]))).toThrow(ConfigError);
  });
});
