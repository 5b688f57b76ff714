import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { endOf, refIn, startConversation } from '../helpers/sandbox.ts';

const tool = fileURLToPath(new URL('../../dist/tools/audit.js', import.meta.url));

async function runTool(env: Readonly<Record<string, string>>, ...args: string[]) {
  const whole = { PATH: process.env['PATH'] ?? '', ENV_FILE: '/dev/null', ...env };
  return promisify(execFile)(process.execPath, [tool, ...args], { env: whole }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test('accounts for what was done and refused, and nobody changes the account unseen', async () => {
  const conversation = await startConversation({
    dataset: { kind: 'chats', count: 12, days: 5 },
    envFile: { ADMINS: 'ana@harbour.example,ben@harbour.example' },
  });
  const { sandbox, say, answerTo } = conversation;
  const { webex, dataDir } = sandbox;
  const { admin, secondAdmin, colleague } = webex.people;
  const hasFile = ({ file }: { readonly file?: unknown }) => file !== undefined;

  await answerTo(say('export last 7 days', { person: colleague }));
  const ordered = say('export last 7 days');
  const ref = refIn(await answerTo(ordered));
  await conversation.login();
  const posted = await answerTo(ordered, hasFile);
  await conversation.waitForLine(endOf(ref));
  const byOther = (await answerTo(say(`recall ${ref}`, { person: secondAdmin }))).text;
  const done = (await answerTo(say(`recall ${ref.toLowerCase()}`))).text;
  const gone = webex.message(posted.id);
  const again = (await answerTo(say(`recall ${ref}`))).text;
  const second = refIn(await answerTo(say('export yesterday')));
  await conversation.waitForLine(endOf(second));
  const directly = await (async () => {
    const roomId = webex.directSpace(secondAdmin).id;
    return (await answerTo(say(`recall ${second}`, { person: secondAdmin, roomId }))).text;
  })();
  await answerTo(say('logout'));
  await conversation.writeEnvFile({ ADMINS: admin.email });
  conversation.hangUp();
  await conversation.waitForLine('was read again');
  await conversation.bot.stop();

  expect(byOther).toBe(`I know no finished export ${ref} of yours.`);
  expect(done).toMatch(
    /^I have removed the file of export \w{4} from Webex\. Who has downloaded it/,
  );
  expect(gone).toBeUndefined();
  expect(again).toBe(`The files of export ${ref} are removed already.`);
  expect(directly).toMatch(/^I have removed the file|has posted no file/);

  const path = join(dataDir, 'audit.ndjson');
  const text = await readFile(path, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ofAdmin = { personUuid: admin.uuid, orgUuid: admin.organization.uuid };
  expect(lines.slice(0, 6).map(({ kind, facts }) => ({ kind, facts }))).toMatchObject([
    { kind: 'refused', facts: { personUuid: colleague.uuid, why: 'not_an_admin' } },
    {
      kind: 'export_ordered',
      facts: {
        ref,
        ...ofAdmin,
        email: admin.email,
        roomId: webex.space.id,
        messageId: ordered.id,
        zone: 'Europe/Berlin',
        filters: 'live chat, all queues',
        from: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    },
    { kind: 'login', facts: { ...ofAdmin, outcome: 'signed_in', ref } },
    { kind: 'delivered', facts: { ref, part: 1, of: 1, place: 'space', messageId: posted.id } },
    { kind: 'export_ended', facts: { ref, outcome: 'complete', balance: { found: 12 } } },
    { kind: 'recalled', facts: { ref, ...ofAdmin, posts: 1 } },
  ]);
  expect(lines.slice(-2)).toMatchObject([
    { kind: 'logout', facts: { ...ofAdmin, email: admin.email, had: true } },
    { kind: 'admins_changed', facts: { admins: [admin.email] } },
  ]);
  const env = { DATA_DIR: dataDir, STORE_KEYS: sandbox.botEnv()['STORE_KEYS'] ?? '' };
  const good = await runTool(env, 'verify');
  expect(good).toMatchObject({ code: 0, stdout: `${lines.length} lines, unchanged.\n` });

  await writeFile(path, text.replace('"outcome":"complete"', '"outcome":"failed"'));
  const changed = await runTool(env, 'verify');
  await writeFile(path, text.split('\n').slice(0, -3).join('\n'));
  const cut = await runTool(env, 'verify');
  const useless = [await runTool(env), await runTool({}, 'verify')];
  expect(changed).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^audit\.ndjson, line 5: /),
  });
  expect(cut).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/lines are missing at the end/),
  });
  expect(useless).toMatchObject([
    { code: 2, stderr: expect.stringMatching(/^audit verify/) },
    { code: 2, stderr: expect.stringContaining('STORE_KEYS is missing') },
  ]);
}, 60_000);

const killHook = new URL('../helpers/kill-hook.mjs', import.meta.url).href;

test.each([
  ['delivered', ['delivered', 'export_ended']],
  ['export_ended', ['export_ended']],
])(
  'writes with the next start what a crash before the line %s has lost',
  async (kind, lost) => {
    const conversation = await startConversation({
      dataset: { kind: 'chats', count: 3, days: 1 },
      env: { NODE_OPTIONS: `--import ${killHook}`, KILL_BEFORE_WRITING: `"kind":"${kind}"` },
    });
    const { webex, dataDir } = conversation.sandbox;
    const said = conversation.say('export last 2 days');
    const ref = refIn(await conversation.answerTo(said));
    await conversation.login();
    const posted = await conversation.answerTo(said, ({ file }) => file !== undefined);
    expect(await conversation.bot.exited).toMatchObject({ signal: 'SIGKILL' });
    const linesOf = async () => {
      const text = await readFile(join(dataDir, 'audit.ndjson'), 'utf8');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ facts }) => facts.ref === ref);
    };
    const before = (await linesOf()).map((line) => line.kind);
    const journal = await readFile(join(dataDir, 'jobs', ref, 'journal.ndjson'), 'utf8');
    await conversation.restart({ KILL_BEFORE_WRITING: '' });
    // One that had not ended goes on and ends.
    if (lost.includes('delivered')) await conversation.waitForLine(endOf(ref));
    await conversation.bot.stop();
    const after = await linesOf();

    expect(journal).toContain('"kind":"posted"');
    expect(before).toEqual(
      ['export_ordered', 'login', 'delivered', 'export_ended'].filter((one) => !lost.includes(one)),
    );
    expect(after.map((line) => line.kind)).toEqual([
      ...['export_ordered', 'login', 'delivered', 'export_ended'],
    ]);
    expect(after.find((line) => line.kind === 'delivered')?.facts).toMatchObject({
      ...{ messageId: posted.id, place: 'space', roomId: webex.space.id },
      ...(lost.includes('delivered') && { late: expect.stringMatching(/^\d{4}-.*Z$/) }),
    });
    expect(after.at(-1)?.facts).toMatchObject({ outcome: 'complete', balance: { found: 3 } });
    const env = {
      DATA_DIR: dataDir,
      STORE_KEYS: conversation.sandbox.botEnv()['STORE_KEYS'] ?? '',
    };
    expect(await runTool(env, 'verify')).toMatchObject({ code: 0 });
  },
  60_000,
);
