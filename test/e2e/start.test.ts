import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { hold } from '../helpers/gate.ts';
import { runBot } from '../helpers/run-bot.ts';
import { type Conversation, refIn, startConversation } from '../helpers/sandbox.ts';
import { startTestServer } from '../helpers/server.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const dataset = { tasks: [{ id: '11111111-1111-4111-8111-111111111111' }] };

const linesOf = (output: string) => output.split('\n').filter((line) => line !== '');
const readLog = (output: string) =>
  linesOf(output).map((line): Record<string, unknown> => JSON.parse(line));

/** A sandbox, and starts of the bot in it that are expected to end by themselves. */
async function startWorld() {
  const sandbox = await startSandbox({ dataset });
  onTestFinished(() => sandbox.close());
  const start = async (extra: Record<string, string>, askToEnd?: Promise<void>) => {
    const folder = await makeTempFolder();
    return runBot(sandbox.botEnv({ DATA_DIR: folder, ...extra }), folder, askToEnd);
  };
  return { sandbox, start };
}

async function exportOnce({ say, login, answerTo }: Conversation): Promise<void> {
  const said = say('export last 2 days');
  await login();
  await answerTo(said, ({ file }) => file !== undefined);
}

describe('a start that cannot succeed', () => {
  test('names every bad setting at once, and repeats no value', async () => {
    const folder = await makeTempFolder();
    const { code, stdout, stderr } = await runBot(
      { WEBEX_BOT_TOKEN: 'hunter2', STORE_KEYS: 'k1:hunter2', WXCC_REGION: 'hunter2' },
      folder,
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(linesOf(stderr).map((line) => /^\s+- (\w+)/.exec(line)?.[1] ?? line)).toEqual([
      'The configuration is not usable:',
      'WEBEX_CLIENT_ID',
      'WEBEX_CLIENT_SECRET',
      'WEBEX_WEBHOOK_SECRET',
      'PUBLIC_URL',
      'ADMINS',
      'ALLOWED_ORG_IDS',
      'WXCC_REGION',
      'STORE_KEYS',
    ]);
    expect(stderr).not.toContain('hunter2');
    expect(await readdir(folder)).toEqual([]);
  });

  test('says in one sentence that the token is refused, or the port taken', async () => {
    const { start } = await startWorld();
    const { port } = new URL((await startTestServer(() => {})).url);

    const [refused, portless] = await Promise.all([
      start({ WEBEX_BOT_TOKEN: 'hunter2' }),
      start({ PORT: port }),
    ]);

    expect([refused.code, portless.code]).toEqual([1, 1]);
    expect(linesOf(refused.stderr)[1]?.trim()).toBe(
      '- WEBEX_BOT_TOKEN is refused by Webex: create a new one for the bot.',
    );
    expect(linesOf(portless.stderr)[1]?.trim()).toBe(
      `- PORT ${port} on 127.0.0.1 is taken by another program: end that or choose another`,
    );
    expect(refused.stdout + refused.stderr).not.toContain('hunter2');
  });

  test('refuses a damaged file of its own, names it and leaves it as it is', async () => {
    const { start } = await startWorld();
    const damages = {
      'grants.json': '{"version":1,"data":{"grants":[{"personUuid":1}]}}',
      'logins.json': '{"version":1,"data":{"logi',
      'inbox.json': '',
    };
    const refusals = await Promise.all(
      Object.entries(damages).map(async ([name, damaged]) => {
        const folder = await makeTempFolder();
        const path = join(folder, name);
        await writeFile(path, damaged, { mode: 0o600 });
        const { code, stderr } = await start({ DATA_DIR: folder });
        const words = stderr.replace(path, name);
        return { code, words, after: await readFile(path, 'utf8') };
      }),
    );
    expect(refusals.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(refusals.map(({ after }) => after)).toEqual(Object.values(damages));
    expect(refusals.map(({ words }) => words.split(':')[0])).toEqual([
      'grants.json cannot be read',
      'logins.json cannot be read',
      'inbox.json cannot be read',
    ]);
    expect(refusals.map(({ words }) => linesOf(words).length)).toEqual([1, 1, 1]);
  });
});

describe('a start with the data of an earlier one', () => {
  test('closes the folder to others, and leaves damaged exports alone', async () => {
    const conversation = await startConversation({ dataset });
    const { dataDir } = conversation.sandbox;
    const said = conversation.say('export last 2 days');
    const ref = refIn(await conversation.answerTo(said));
    await conversation.answerTo(said, (message) => message.text.includes('sign in first'));
    await conversation.bot.kill();
    const journal = await readFile(join(dataDir, 'jobs', ref, 'journal.ndjson'), 'utf8');
    const damages = {
      [`jobs/${ref}/journal.ndjson`]: `nonsense\n${journal}`,
      'jobs/1111/order.json': '{"version":1,"ref":"1111"',
      'jobs/2222/order.json': '{"version":2,"ref":"2222"}',
      'jobs/3333/journal.ndjson': '{"kind":"journal","version":1}\n',
      'jobs/notes.txt': 'of an operator',
    };
    for (const [name, damaged] of Object.entries(damages)) {
      await mkdir(dirname(join(dataDir, name)), { recursive: true });
      await writeFile(join(dataDir, name), damaged);
    }
    await chmod(dataDir, 0o755);
    await chmod(join(dataDir, 'inbox.json'), 0o644);

    const bot = await conversation.restart();
    const answer = await conversation.answerTo(conversation.say('status'));
    const log = readLog(bot.output());
    const after = await Promise.all(
      Object.keys(damages).map((name) => readFile(join(dataDir, name), 'utf8')),
    );

    expect(answer.text).toContain('Nothing of yours is running.');
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'inbox.json'))).mode & 0o777).toBe(0o600);
    expect(log.filter(({ msg }) => /others could read this/.test(String(msg)))).toHaveLength(2);
    const leftAlone = log.filter(({ level }) => level === 'error').map((line) => line['ref']);
    expect(leftAlone.sort()).toEqual(['1111', '2222', '3333', ref, 'notes.txt'].sort());
    expect(after).toEqual(Object.values(damages));
  });

  test('asks for a login when the key of the grants is gone, and keeps them for its return', async () => {
    const conversation = await startConversation({ dataset });
    const { dataDir, botEnv } = conversation.sandbox;
    await exportOnce(conversation);
    await conversation.bot.stop();
    const sealed = await readFile(join(dataDir, 'grants.json'), 'utf8');
    const newKey = `k2:${Buffer.alloc(32, 2).toString('base64')}`;

    await conversation.restart({ STORE_KEYS: newKey });
    const second = conversation.say('export last 2 days');
    const asked = await conversation.answerTo(second, ({ text }) => text.includes('sign in'));
    await conversation.bot.stop();
    const kept = await readFile(join(dataDir, 'grants.json'), 'utf8');
    await conversation.restart({ STORE_KEYS: `${newKey},${botEnv()['STORE_KEYS']}` });
    // With the grant the export that waited goes on by itself.
    const done = await conversation.answerTo(second, ({ file }) => file !== undefined);

    expect(asked.text).toBe("I need you to sign in first. I've sent you a private message.");
    expect(kept).toBe(sealed);
    expect(done.text).toContain('1 exported');
  });
});

describe('a bot at work', () => {
  test('keeps everything for its owner alone, prints log lines only, and ends when asked to', async () => {
    const conversation = await startConversation({ dataset, env: { LOG_LEVEL: 'debug' } });
    const { dataDir } = conversation.sandbox;
    await exportOnce(conversation);
    const exit = await conversation.bot.stop();

    const names = await readdir(dataDir, { recursive: true });
    const open = [];
    for (const name of ['.', ...names]) {
      const file = await stat(join(dataDir, name));
      const mode = file.mode & 0o777;
      if (mode !== (file.isDirectory() ? 0o700 : 0o600)) open.push({ name, mode });
    }
    expect(exit).toEqual({ code: 0, signal: null });
    expect(names).toEqual(expect.arrayContaining(['grants.json', 'inbox.json', 'jobs']));
    expect(open).toEqual([]);
    // A warning of Node or of a package would not be JSON.
    expect(readLog(conversation.bot.output()).length).toBeGreaterThan(5);
  });

  test('can be stopped while it still starts', async () => {
    const { sandbox, start } = await startWorld();
    const asking = hold();
    sandbox.door.script('GET /v1/people/me', [asking.fault]);
    const { code, stdout, stderr } = await start({}, asking.arrived);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readLog(stdout).at(-1)).toMatchObject({ msg: 'shutting down', signal: 'SIGTERM' });
  });

  test('leaves at once on a second signal', async () => {
    const conversation = await startConversation({ dataset });
    const { bot, sandbox } = conversation;
    const reading = hold();
    sandbox.door.script('GET /v1/messages/:id', [reading.fault]);
    conversation.say('help');
    await reading.arrived;

    process.kill(bot.pid ?? 0, 'SIGTERM');
    await conversation.waitForLine('shutting down');
    const exit = await bot.stop('SIGINT');

    expect(exit).toEqual({ code: 1, signal: null });
    expect(readLog(bot.output()).at(-1)).toMatchObject({
      msg: 'a second signal: leaving at once',
    });
  });
});
