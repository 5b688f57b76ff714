import { createCipheriv, randomBytes } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'vitest';
import { createLog } from '../../src/log.ts';
import { createVault } from '../../src/store/vault.ts';
import { sendJson } from '../helpers/server.ts';
import { anaAccount, createRig, signIn } from '../oauth/rig.ts';
import { keyOne, keyTwo } from '../store/fixtures.ts';
import { exportOnce, filesBelow, startAttack } from './rig.ts';
import { breachList, judge } from './threat.ts';

const ana = { personUuid: anaAccount.personUuid, orgUuid: anaAccount.orgUuid };

test('B1: what lies on the disk tells no token, and shortened tags are refused', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  await exportOnce(attack.conversation);
  const { door, dataDir } = attack.sandbox;
  const env = attack.sandbox.botEnv();
  const secrets = new Set(
    ['WEBEX_BOT_TOKEN', 'WEBEX_WEBHOOK_SECRET', 'STORE_KEYS'].flatMap((name) => env[name] ?? []),
  );
  for (const { headers, body } of door.requests()) {
    const token = headers.authorization?.split(' ')[1];
    if (token) secrets.add(token);
    for (const name of ['code', 'refresh_token', 'code_verifier', 'client_secret']) {
      const value = new URLSearchParams(body).get(name);
      if (value) secrets.add(value);
    }
  }
  const stored = [...(await filesBelow(dataDir)).values()].join('\n');
  for (const secret of secrets) hold(!stored.includes(secret), 'a secret is on the disk');
  const vault = createVault([keyOne]);
  for (const tagBytes of [4, 8, 12]) {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', keyOne.key, iv, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(`v1\n${keyOne.kid}\ngrant`));
    const text = Buffer.concat([cipher.update('forged'), cipher.final()]);
    const payload = Buffer.concat([cipher.getAuthTag(), text]).toString('base64url');
    const sealed = ['v1', keyOne.kid, iv.toString('base64url'), payload].join('.');
    hold(
      isRefused(() => vault.open(sealed, 'grant')),
      `a tag of ${tagBytes} bytes was taken`,
    );
  }
  judge('B1', secrets.size + 3, breaches);
});

function isRefused(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}

test('B2: records that are swapped between two people open for neither', async () => {
  const rig = await createRig();
  const { breaches, hold } = breachList();
  await signIn(rig);
  const path = join(rig.dir, 'grants.json');
  await rig.store.close();
  const file = JSON.parse(await readFile(path, 'utf8'));
  const [grant] = file.data.grants;
  const ben = { personUuid: '22222222-2222-4222-8222-222222222222', orgUuid: grant.orgUuid };
  file.data.grants = [
    { ...grant, ...ben },
    { ...grant, orgUuid: 'another' },
  ];
  await writeFile(path, JSON.stringify(file));
  const { store } = await rig.open();
  hold(store.grants.get(ben) === undefined, "somebody else's name opens the record");
  hold(store.grants.get({ ...ana, orgUuid: 'another' }) === undefined, 'another organization does');
  judge('B2', 2, breaches);
});

test('B3: a changed key opens old records, seals new ones, and loses none when one is missing', () => {
  const { breaches, hold } = breachList();
  const old = createVault([keyOne]).seal('secret', 'a');
  const rotated = createVault([keyTwo, keyOne]);
  hold(rotated.open(old, 'a').toString() === 'secret', 'an old record does not open');
  hold(rotated.seal('x', 'a').startsWith(`v1.${keyTwo.kid}.`), 'the old key still seals');
  hold(
    isRefused(() => createVault([keyTwo]).open(old, 'a')),
    'a missing key opens',
  );
  judge('B3', 3, breaches);
});

test('B4: nothing is there for others to read, also where it was open before', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  await exportOnce(attack.conversation);
  await attack.bot.stop();
  const { dataDir } = attack.sandbox;
  await chmod(dataDir, 0o755);
  await chmod(join(dataDir, 'grants.json'), 0o644);
  await attack.conversation.restart();
  const files = [...(await filesBelow(dataDir)).keys()];
  for (const name of ['.', ...files]) {
    const { mode } = await stat(join(dataDir, name));
    hold((mode & 0o077) === 0, `${name} has the mode ${mode.toString(8)}`);
  }
  judge('B4', files.length, breaches);
});

test('B5: two hundred who need a token at once share one refresh', async () => {
  const rig = await createRig();
  const { breaches, hold } = breachList();
  await signIn(rig);
  rig.clock.advance(43_199_000);
  const before = rig.webex.tokenCalls.length;
  const tokens = await Promise.all(Array.from({ length: 200 }, () => rig.grants.accessToken(ana)));
  hold(rig.webex.tokenCalls.length - before === 1, 'several refreshes');
  hold(new Set(tokens).size === 1, 'several tokens');
  judge('B5', 200, breaches);
});

test('B6: a refresh token may rotate, stay, or be left out', async () => {
  const { breaches, hold } = breachList();
  for (const kind of ['rotate', 'same', 'omit'] as const) {
    const attack = await startAttack();
    attack.sandbox.webex.signIn.refreshTokens = kind;
    await exportOnce(attack.conversation);
    attack.sandbox.webex.expireAccessTokens(attack.sandbox.webex.people.admin);
    const again = await attack.answerTo(attack.say('export yesterday channel all'), ({ text }) =>
      /found|No conversations|sign/.test(text),
    );
    hold(!/sign/.test(again.text), `${kind}: ${again.text}`);
    await attack.bot.stop();
  }
  judge('B6', 3, breaches);
}, 60_000);

test('B7: a dead grant is asked about once, a service that is down is not taken for one', async () => {
  const rig = await createRig();
  const { breaches, hold } = breachList();
  await signIn(rig);
  rig.clock.advance(43_199_000);
  const busy = (response: Parameters<typeof sendJson>[0]) => sendJson(response, 503, {});
  rig.webex.script(busy, busy, busy);
  hold((await rig.grants.accessToken(ana)) !== '', 'three failures lost the grant');
  const before = rig.webex.tokenCalls.length;
  rig.clock.advance(43_199_000);
  rig.webex.script((response) => sendJson(response, 400, { error: 'invalid_grant' }));
  const refused = await rig.grants.accessToken(ana).then(
    () => false,
    () => true,
  );
  hold(refused, 'a dead grant gave a token');
  hold(rig.webex.tokenCalls.length - before === 1, 'a dead grant was asked about again');
  judge('B7', 2, breaches);
});

test('B8: a logout leaves no record, and stops what runs', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  await exportOnce(attack.conversation);
  attack.sandbox.door.script('GET /files/:id', [{ never: true }], { repeat: true });
  const said = attack.say('export last 2 days');
  await attack.answerTo(said);
  await attack.waitForLine('"phase":"collecting"');
  await attack.answerTo(attack.say('logout'));
  await attack.waitForLine('"outcome":"cancelled"', { withinMs: 5_000 });
  const grants = await readFile(join(attack.sandbox.dataDir, 'grants.json'), 'utf8');
  hold(/"grants":\[\]/.test(grants), 'a grant is there');
  const next = await attack.answerTo(attack.say('whoami'));
  hold(/Sign-in: none/.test(next.text), 'still signed in');
  judge('B8', 2, breaches);
});

test('B9: a redirect of an API carries no token anywhere', async () => {
  const attack = await startAttack();
  const { breaches, hold } = breachList();
  await exportOnce(attack.conversation);
  const statuses = [301, 302, 303, 307, 308];
  for (const status of statuses) {
    const before = attack.sandbox.door.requests('GET /trap').length;
    const headers = { location: `${attack.sandbox.webex.apiUrl.replace('/v1', '')}/trap` };
    attack.sandbox.door.script('POST /search', [{ status, headers }], { repeat: true });
    const said = attack.say('export yesterday');
    await attack.answerTo(said, ({ text }) => /failed|No conversations/.test(text));
    hold(attack.sandbox.door.requests('GET /trap').length === before, `${status} was followed`);
  }
  judge('B9', statuses.length, breaches);
});

test('B10: a log line holds no secret, wherever somebody puts one', () => {
  const { breaches, hold } = breachList();
  const lines: string[] = [];
  const log = createLog({ level: 'debug', stdout: { write: (line) => void lines.push(line) } });
  const canary = 'hunter2-canary';
  const link = `https://files.example/x?X-Amz-Signature=${canary}`;
  const puts: readonly object[] = [
    { token: canary },
    { accessToken: canary },
    { grant: { refreshToken: canary } },
    { headers: { authorization: `Bearer ${canary}` } },
    { request: { headers: { authorization: canary } } },
    { code: canary, state: canary },
    { err: new Error(`GET ${link} failed`) },
    { err: new Error('outer', { cause: new Error(link) }) },
    { task: { text: canary } },
    { filePath: link },
  ];
  for (const put of puts) log.error(put, 'something happened');
  hold(lines.length === puts.length, 'lines are missing');
  for (const line of lines) hold(!line.includes(canary), line);
  judge('B10', puts.length, breaches);
});
