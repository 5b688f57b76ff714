import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { startBot } from '../../src/sandbox/bot-process.ts';
import { Browser } from '../../src/sandbox/browser.ts';
import { createDoor } from '../../src/sandbox/door.ts';
import type { FaultyAnswer } from '../../src/sandbox/door-faults.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { loginLinkIn, signInThrough } from '../../src/sandbox/sign-in.ts';
import { checkDisk } from '../../src/tools/doctor/installation.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const tool = fileURLToPath(new URL('../../dist/tools/doctor.js', import.meta.url));
type Environment = Readonly<Record<string, string>>;

interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'bad' | 'skipped';
  readonly detail: string;
  readonly remedy?: string;
}

function run(env: Environment, ...args: string[]) {
  return new Promise<{ code: number; out: string }>((resolve) => {
    const all = { PATH: process.env['PATH'] ?? '', ENV_FILE: '/dev/null', ...env };
    execFile(process.execPath, [tool, ...args], { env: all }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout + stderr });
    });
  });
}

async function examine(env: Environment) {
  const { code, out } = await run(env, '--json');
  const findings = JSON.parse(out) as Finding[];
  return {
    code,
    out,
    findings,
    of: (check: string) => findings.find((one) => one.check === check),
  };
}

type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
let sandbox: Sandbox;

/** A bot that runs and has somebody's sign-in, for all tests that change only what they say. */
beforeAll(async () => {
  sandbox = await startSandbox({
    door: createDoor(),
    dataset: { kind: 'chats', count: 30, days: 5 },
  });
  const bot = await startBot({ env: { ...sandbox.botEnv(), ENV_FILE: '/dev/null' } });
  const { webex } = sandbox;
  const signedIn = new Promise<void>((resolve) => {
    webex.onMessage(({ kind, message }) => {
      const link = kind === 'created' ? loginLinkIn(message) : undefined;
      if (link !== undefined) void signInThrough(link, webex.people.admin, new Browser());
      if (message.text.startsWith('You are signed in')) resolve();
    });
  });
  webex.say({ person: webex.people.admin, text: 'login' });
  await signedIn;
  return async () => {
    await bot.kill();
    await sandbox.close();
  };
});

test('of an installation that works everything is well, and nothing is changed or told', async () => {
  const env = sandbox.botEnv();
  const path = join(sandbox.dataDir, 'grants.json');
  const before = await readFile(path, 'utf8');
  const { code, findings, out } = await examine(env);
  const words = await run(env);

  expect(findings.filter(({ result }) => result !== 'ok')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    ...['settings file', 'settings', 'data folder', 'disk', 'keys', 'zone', 'Webex', 'clock'],
    ...['bot token', 'public address', 'webhooks', 'integration', 'redirect address'],
    ...['sign-in', 'search', 'captures', 'transcript host'],
  ]);
  expect(code).toBe(0);
  expect(words, words.out).toMatchObject({ code: 0 });
  expect(words.out).toMatch(/\nok {3}search: .+\n[\s\S]+\nNothing would break\.\n$/);
  expect(await readFile(path, 'utf8')).toBe(before);
  const secrets = ['WEBEX_BOT_TOKEN', 'WEBEX_CLIENT_SECRET', 'WEBEX_WEBHOOK_SECRET', 'STORE_KEYS'];
  for (const name of secrets) expect(out + words.out).not.toContain(env[name]);
});

test('what a running bot is just writing stays, and so does the code that it runs', async () => {
  const halves = ['grants.json', 'logins.json'].map((name) => `${name}.0123456789abcdef.tmp`);
  for (const name of halves) await writeFile(join(sandbox.dataDir, name), '{', { mode: 0o600 });
  onTestFinished(async () => {
    for (const name of halves) await rm(join(sandbox.dataDir, name), { force: true });
  });
  const built = new URL('../../dist/main.js', import.meta.url);
  const before = await stat(built);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const asked = sandbox.door.requests('POST /v1/access_token').length;

  const { code } = await examine(sandbox.botEnv());
  const script = await new Promise((resolve) => {
    execFile('npm', ['run', '--silent', 'doctor', '--', '--yaml'], { cwd: root }, (error) =>
      resolve(error?.code),
    );
  });

  expect({ code, script }).toEqual({ code: 0, script: 2 });
  expect(await readdir(sandbox.dataDir)).toEqual(expect.arrayContaining(halves));
  expect((await stat(built)).ino).toBe(before.ino);
  // The code that nobody was given, and no refresh.
  const forms = sandbox.door.requests('POST /v1/access_token').slice(asked);
  expect(forms.map(({ body }) => new URLSearchParams(body).get('grant_type'))).toEqual([
    'authorization_code',
  ]);
});

test('every bad setting is named, and its value is not', async () => {
  const { TIMEZONE: _, ADMINS: __, ...env } = sandbox.botEnv();
  const { code, findings, out } = await examine({ ...env, TIMEZONE: 'Mars/Base' });
  expect(code).toBe(1);
  expect(findings.filter(({ result }) => result === 'bad').map(({ detail }) => detail)).toEqual([
    expect.stringContaining('ADMINS is missing'),
    expect.stringContaining('TIMEZONE must be an IANA zone'),
  ]);
  expect(findings.at(-1)).toMatchObject({ check: 'everything else', result: 'skipped' });
  expect(out).not.toContain('Mars');
});

test('anything but its one option is answered with what there is', async () => {
  for (const args of [['--yaml'], ['--json', 'x']]) {
    expect(await run({}, ...args)).toEqual({ code: 2, out: expect.stringContaining('--json') });
  }
});

const closed = 'http://127.0.0.1:1';

describe('what would break is told, with what to do:', () => {
  test.each<[string, string, (env: Environment) => Environment, string | RegExp]>([
    ['another token', 'bot token', () => ({ WEBEX_BOT_TOKEN: 'wrong' }), /refuses WEBEX_BOT_TOKEN/],
    [
      "a person's token",
      'bot token',
      () => ({
        WEBEX_BOT_TOKEN: sandbox.webex.issueGrant(sandbox.webex.people.admin).accessToken,
      }),
      /account of type "person"/,
    ],
    [
      'no Webex',
      'Webex',
      () => ({ WEBEX_API_URL: `${closed}/v1` }),
      /cannot be reached: ECONNREFUSED/,
    ],
    [
      'nothing behind the address',
      'public address',
      () => ({ PUBLIC_URL: closed }),
      /cannot be reached/,
    ],
    [
      'webhooks that lead elsewhere',
      'webhooks',
      () => ({ PUBLIC_URL: 'http://127.0.0.1:2' }),
      /none leads to PUBLIC_URL/,
    ],
    ['another secret', 'integration', () => ({ WEBEX_CLIENT_SECRET: 'wrong' }), /no integration/],
    [
      'another redirect address',
      'redirect address',
      () => ({ PUBLIC_URL: 'http://127.0.0.1:2' }),
      /does not take it/,
    ],
    [
      'a sign-in with fewer scopes',
      'sign-in',
      ({ WXCC_SCOPES = 'cjp:config_read spark:people_read' }) => ({
        WXCC_SCOPES: `${WXCC_SCOPES} cjp:config_write`,
      }),
      /lacks cjp:config_write/,
    ],
    [
      'a key that is not there',
      'keys',
      () => ({ STORE_KEYS: `k9:${Buffer.alloc(32, 9).toString('base64')}` }),
      /cannot be opened/,
    ],
    ['no contact center', 'search', () => ({ WXCC_API_URL: closed }), /cannot be reached/],
    [
      'a host that is not listed',
      'transcript host',
      () => ({ TRANSCRIPT_HOSTS: 'files.example.org' }),
      /is not allowed/,
    ],
  ])('%s', async (_what, check, change, detail) => {
    const env = sandbox.botEnv();
    const { code, of, findings } = await examine({ ...env, ...change(env) });
    expect(of(check), JSON.stringify(findings)).toEqual({
      check,
      result: 'bad',
      detail: expect.stringMatching(detail),
      remedy: expect.stringMatching(/\w{4}/),
    });
    expect(code).toBe(1);
  });

  const long = new Date(Date.now() - 3_600_000).toUTCString();
  test.each<[string, string, string, FaultyAnswer, RegExp]>([
    [
      'a clock that is wrong',
      'clock',
      'GET /v1/people/me',
      { headers: { date: long } },
      /^3\d{3} s/,
    ],
    ['Webex in trouble', 'bot token', 'GET /v1/people/me', { status: 503 }, /answered 503/],
    ['no role', 'search', 'POST /search', { status: 403 }, /refused with 403/],
    ['a refused sign-in', 'search', 'POST /search', { status: 401 }, /refuses the sign-in/],
    ['captures that are refused', 'captures', 'POST /v1/captures/query', { status: 403 }, /403/],
    ['captures that fail', 'captures', 'POST /v1/captures/query', { status: 500 }, /answered 500/],
    ['a proxy that leads nowhere', 'public address', 'none', { status: 502 }, /answered 502/],
  ])('%s', async (_what, check, route, fault, detail) => {
    const { door, webex } = sandbox;
    onTestFinished(() => door.clear());
    const env = sandbox.botEnv();
    // Of the sandbox's hosts this one answers /healthz with 404.
    const elsewhere = route === 'none' ? { PUBLIC_URL: new URL(webex.apiUrl).origin } : {};
    if (route !== 'none') door.script(route, [fault], { repeat: true });
    const { of, code } = await examine({ ...env, ...elsewhere });
    const words = route === 'none' ? /answered 404/ : detail;
    expect(of(check)).toMatchObject({ result: 'bad', detail: expect.stringMatching(words) });
    expect(code).toBe(1);
  });

  test.each(['all', 'attachmentActions'])('that the webhook "%s" is missing', async (missing) => {
    const { door, webex } = sandbox;
    onTestFinished(() => door.clear());
    const items = webex.webhooks().filter(({ resource }) => resource !== missing);
    door.script('GET /v1/webhooks', [{ body: JSON.stringify({ items }) }]);
    const { of, code } = await examine(sandbox.botEnv());
    expect(items).toHaveLength(1);
    expect(of('webhooks')).toMatchObject({
      result: 'bad',
      detail: `none leads to PUBLIC_URL for: ${missing}`,
    });
    expect(code).toBe(1);
  });

  test('webhooks that Webex has switched off', async () => {
    const { webex } = sandbox;
    const [hook] = webex.webhooks();
    webex.disableWebhook(hook?.id ?? '');
    const { of } = await examine(sandbox.botEnv());
    expect(of('webhooks')).toMatchObject({
      result: 'bad',
      detail: expect.stringContaining('switched off'),
    });
  });

  test('places that others can read', async () => {
    const root = await makeTempFolder();
    const DATA_DIR = join(root, 'data');
    await mkdir(join(DATA_DIR, 'jobs'), { recursive: true, mode: 0o700 });
    await chmod(join(DATA_DIR, 'jobs'), 0o755);
    const ENV_FILE = join(root, '.env');
    await writeFile(ENV_FILE, 'TIMEZONE=Europe/Berlin\n', { mode: 0o644 });
    const { of } = await examine({ ...sandbox.botEnv(), DATA_DIR, ENV_FILE });
    expect(of('data folder')).toMatchObject({ result: 'bad', remedy: `chmod -R go= ${DATA_DIR}` });
    expect(of('settings file')).toMatchObject({ result: 'bad', remedy: `chmod 600 ${ENV_FILE}` });
  });

  test('a data folder that is none', async () => {
    const DATA_DIR = join(await makeTempFolder(), 'data');
    await writeFile(DATA_DIR, '');
    const { of } = await examine({ ...sandbox.botEnv(), DATA_DIR });
    expect(of('data folder')).toMatchObject({ result: 'bad' });
  });

  test('a disk that is nearly full', async () => {
    const config = loadConfig({ ...sandbox.botEnv(), ENV_FILE: '/dev/null' });
    expect(await checkDisk(config, Number.MAX_SAFE_INTEGER)).toMatchObject({ result: 'bad' });
    expect(await checkDisk(config, 0)).toMatchObject({ result: 'ok' });
  });
});

test('before the first start what is not there yet is no fault', async () => {
  const fresh = await startSandbox();
  onTestFinished(() => fresh.close());
  const { code, findings, out } = await examine(fresh.botEnv());
  expect(code, out).toBe(0);
  const open = findings.filter(({ result }) => result === 'skipped').map(({ check }) => check);
  expect(open).toEqual(['keys', 'webhooks', 'sign-in']);
  // Nobody is behind it yet, so the doctor answered its own question.
  expect(findings.find(({ check }) => check === 'public address')).toMatchObject({
    result: 'ok',
    detail: expect.stringMatching(/leads here$/),
  });
});

test('before the first start a way that leads nowhere and a port that is taken are told', async () => {
  const fresh = await startSandbox();
  onTestFinished(() => fresh.close());
  const elsewhere = new URL(fresh.webex.apiUrl);
  const cases = [
    [{ PUBLIC_URL: closed }, /cannot be reached: ECONNREFUSED/],
    [{ PUBLIC_URL: elsewhere.origin }, /answered 404/],
    [{ PORT: elsewhere.port }, /EADDRINUSE/],
  ] as const;
  for (const [change, detail] of cases) {
    const { of, code } = await examine({ ...fresh.botEnv(), ...change });
    expect(of('public address')).toMatchObject({
      result: 'bad',
      detail: expect.stringMatching(detail),
    });
    expect(code).toBe(1);
  }
});

test('with a websocket no webhook is missed', async () => {
  const { of } = await examine({ ...sandbox.botEnv(), BOT_TRANSPORT: 'websocket' });
  expect(of('webhooks')).toMatchObject({ result: 'skipped', detail: 'events come by websocket' });
});
