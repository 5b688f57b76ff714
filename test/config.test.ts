import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contactCenterUrl, eventTransport, loadConfig, settingRows } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';
import { makeTempFolder } from './helpers/temp.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const complete = {
  ENV_FILE: '/dev/null',
  WEBEX_BOT_TOKEN: 'bot-token',
  WEBEX_CLIENT_ID: 'client',
  WEBEX_CLIENT_SECRET: 'client-secret',
  WEBEX_WEBHOOK_SECRET: 'sixteen-characters',
  PUBLIC_URL: 'https://bot.example.org/',
  ADMINS: 'ana@example.org',
  ALLOWED_ORG_IDS: '11111111-2222-4333-8444-555555555555',
  WXCC_REGION: 'eu1',
  STORE_KEYS: `k1:${key}`,
};

function problemsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  test('is complete with the required settings alone', () => {
    const config = loadConfig(complete);
    expect(config).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8089,
      WXCC_REQUESTS_PER_MINUTE: 300,
      URL_EXPIRATION_MINUTES: 60,
      TIMEZONE: 'UTC',
      LOGIN_CARD: 'direct',
    });
    expect(config.DEFAULT_QUEUE).toBeUndefined();
    expect(config.PUBLIC_URL.href).toBe('https://bot.example.org/');
    expect(contactCenterUrl(config).href).toBe('https://api.wxcc-eu1.cisco.com/');
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('names every missing setting at once', () => {
    const required = settingRows.filter(({ fallback }) => fallback === undefined);
    const missing = (environment: Record<string, string>) =>
      problemsOf({ ENV_FILE: '/dev/null', ...environment }).map((one) => one.split(' ')[0]);
    const always = required.map(({ name }) => name);
    expect(missing({ BOT_TRANSPORT: 'websocket' })).toEqual(always);
    expect(missing({})).toEqual(always.toSpliced(3, 0, 'WEBEX_WEBHOOK_SECRET'));
  });

  test('knows how events come, and what that way needs', () => {
    const { WEBEX_WEBHOOK_SECRET: _secret, ...without } = complete;
    const websocket = loadConfig({ ...without, BOT_TRANSPORT: 'websocket' });
    expect(eventTransport(websocket)).toEqual({
      kind: 'websocket',
      catalogUrl: new URL('https://u2c.wbx2.com/u2c/api/v1'),
      token: 'bot-token',
    });
    const webhook = loadConfig(complete);
    expect(eventTransport(webhook)).toEqual({ kind: 'webhook', secrets: ['sixteen-characters'] });
  });

  test.each([
    ['WEBEX_BOT_TOKEN', 'two\nlines'],
    ['WEBEX_CLIENT_SECRET', 'two words'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', 'nginx'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRANSCRIPT_HOSTS', 'https://files.example.org'],
    ['TRANSCRIPT_HOSTS', 'files.example.org, files.example.org/path'],
    ['BOT_TRANSPORT', 'pigeon'],
    ['WEBEX_WEBHOOK_SECRET', 'short'],
    ['WEBEX_WEBHOOK_SECRET', ','],
    ['PUBLIC_URL', 'http://bot.example.org'],
    ['PUBLIC_URL', 'https://user:pass@bot.example.org'],
    ['PUBLIC_URL', 'bot.example.org'],
    ['PORT', '0'],
    ['PORT', '8089.5'],
    ['ADMINS', ' , '],
    ['ALLOWED_ORG_IDS', 'my-org'],
    ['WXCC_REGION', 'moon1'],
    ['WXCC_ORG_ID', '42'],
    ['WXCC_SCOPES', 'spark:people_read'],
    ['WXCC_REQUESTS_PER_MINUTE', '0'],
    ['URL_EXPIRATION_MINUTES', '3600'],
    ['TIMEZONE', 'Berlin'],
    ['STORE_KEYS', key],
    ['STORE_KEYS', 'k1:c2hvcnQ='],
    ['STORE_KEYS', `k1:${key},k1:${key}`],
    ['UPLOAD_LIMIT_MB', '101'],
    ['LOG_LEVEL', 'loud'],
    ['LOGIN_CARD', 'everywhere'],
  ])('refuses %s=%s and says what it must be', (name, value) => {
    const problems = problemsOf({ ...complete, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must `));
  });

  test.each([
    ['TRUST_PROXY', '1', 1],
    ['TRUST_PROXY', 'loopback, 10.0.0.0/8', 'loopback, 10.0.0.0/8'],
    ['TRUST_PROXY', '::1', '::1'],
    ['TRANSCRIPT_HOSTS', 'a.example,[::1]:9000', ['a.example', '[::1]:9000']],
  ] as const)('takes %s=%s', (name, value, read) => {
    expect(loadConfig({ ...complete, [name]: value })[name]).toEqual(read);
  });

  test('never repeats a value, which may be a secret', () => {
    const problems = problemsOf({ ...complete, STORE_KEYS: 'k1:hunter2hunter2', PORT: 'hunter2' });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('takes http for this very machine only', () => {
    const urls = ['http://127.0.0.1:8089', 'http://localhost:8089', 'http://[::1]:8089'];
    expect(urls.map((url) => problemsOf({ ...complete, PUBLIC_URL: url }))).toEqual([[], [], []]);
  });

  test('reads ENV_FILE, and the process wins where it says something', async () => {
    const file = join(await makeTempFolder(), 'bot.env');
    const lines = Object.entries({ ...complete, PORT: '9000', HOST: '::1' });
    await writeFile(file, lines.map(([name, value]) => `${name}="${value}"`).join('\n'));
    const config = loadConfig({ ENV_FILE: file, PORT: '9001', HOST: ' ' });
    expect([config.PORT, config.HOST]).toEqual([9001, '::1']);
  });

  test('says when the named ENV_FILE cannot be read', () => {
    const problems = problemsOf({ ...complete, ENV_FILE: '/no/such/file' });
    expect(problems).toEqual(['ENV_FILE: /no/such/file cannot be read']);
  });
});
