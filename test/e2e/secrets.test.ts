import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { loginLinkIn } from '../../src/sandbox/sign-in.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { type Conversation, endOf, refIn, startConversation } from '../helpers/sandbox.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const words = {
  transcript: 'CanaryTranscriptText',
  email: 'canary.customer@shop.example',
  code: 'CanaryCode0123456789abcdef',
  state: 'CanaryState0123456789abcdef',
  login: 'CanaryLogin0123456789abcdef0123456789abcdef',
  answer: 'CanaryAnswer0123456789abcdef',
};

const entry = (text: string) => ({
  id: '1',
  aliasId: 'a',
  direction: 'inbound',
  message: text,
  timestamp: new Date().toISOString(),
  participant: { name: 'Ada', role: 'customer', userId: words.email },
});
const page = `<html><body>${words.transcript} ${words.email}</body></html>`;
const dataset = {
  tasks: [
    { transcripts: [{ content: [entry(words.transcript)] }] },
    { transcripts: [{ content: page, contentType: 'text/html' }] },
    { transcripts: [{ content: `[${JSON.stringify(entry(words.transcript)).slice(0, -9)}` }] },
    { transcripts: [{ content: [{ [words.transcript]: words.email }] }] },
  ].map((task, index) => ({
    id: `11111111-1111-4111-8111-00000000000${index}`,
    customer: { name: 'Ada', email: words.email, phoneNumber: '+49 30 000' },
    ...task,
  })),
};

const hasFile = ({ file }: Pick<Message, 'file'>) => file !== undefined;
const isFailure = ({ text }: Message) => /^Export \w{4} failed/.test(text);

/** Every token, code, key and link that came by, as the sandbox saw them on their way, and what it is. */
function secretsIn({ sandbox }: Conversation): Map<string, string> {
  const secrets = new Map(Object.entries(words).map(([name, secret]) => [secret, name]));
  const keep = (name: string, secret: string | null | undefined) => {
    if (secret) secrets.set(secret, name);
  };
  const env = sandbox.botEnv();
  for (const name of ['WEBEX_BOT_TOKEN', 'WEBEX_CLIENT_SECRET', 'WEBEX_WEBHOOK_SECRET']) {
    keep(name, env[name]);
  }
  keep('STORE_KEYS', env['STORE_KEYS']?.split(':')[1]);
  for (const { path, headers, body } of sandbox.door.requests()) {
    keep('token', headers.authorization?.split(' ')[1]);
    const query = new URL(path, 'http://sandbox').searchParams;
    for (const name of ['state', 'code_challenge', 'X-Amz-Signature']) keep(name, query.get(name));
    if (path !== '/v1/access_token') continue;
    const form = new URLSearchParams(body);
    for (const name of ['code', 'code_verifier', 'refresh_token']) keep(name, form.get(name));
  }
  return secrets;
}

async function contentsBelow(folder: string): Promise<string> {
  const contents: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    contents.push(name);
    if ((await stat(path)).isFile()) contents.push(await readFile(path, 'latin1'));
  }
  return contents.join('\n');
}

function expectNone(secrets: ReadonlyMap<string, string>, places: Record<string, string>) {
  const found = [];
  for (const [place, text] of Object.entries(places)) {
    for (const [secret, name] of secrets) if (text.includes(secret)) found.push({ name, place });
  }
  expect(found).toEqual([]);
}

test('keeps every secret and every word of a customer to itself, whatever goes wrong', async () => {
  const logFile = join(await makeTempFolder(), 'bot.log');
  const conversation = await startConversation({
    dataset,
    env: { LOG_LEVEL: 'debug', LOG_FILE: logFile },
  });
  const { sandbox, say, answerTo, login } = conversation;
  const { webex, door, publicUrl, dataDir } = sandbox;
  const { admin, outsider } = webex.people;
  const pages: string[] = [];
  const open = async (path: string, options: Parameters<typeof request>[1] = {}) => {
    const answer = await request(`${publicUrl}${path}`, options);
    pages.push(JSON.stringify(answer.headers), await answer.body.text());
    return answer;
  };
  /** What an upstream says that fails and quotes whatever it was sent. */
  const quoting = (status: number) => ({
    status,
    headers: { 'www-authenticate': `Bearer realm="${words.answer}"` },
    body: JSON.stringify({
      message: `refused ${words.answer} of ${words.email}, https://x.example/?t=${words.answer}`,
      error: words.answer,
      error_description: words.answer,
      errors: [{ message: words.answer, description: words.answer }],
      trackingId: 'tracking-1',
    }),
  });

  // Strangers try the addresses of the login.
  await open(`/login/${words.login}`);
  await open(`/login/${words.login}/start`, { method: 'POST', body: `answer=${words.answer}` });
  await open(`/oauth/callback?code=${words.code}&state=${words.state}`, {
    headers: { cookie: `login=${words.answer}` },
  });
  await open(`/oauth/callback?error=${words.answer}&error_description=${words.answer}`);
  await open(`/oauth/done?r=${words.answer}`);
  await open(`/${words.answer}?x=${words.answer}`);
  await open('/webex/events', { method: 'POST', body: `{"data":"${words.answer}` });

  // A login that fails at the token endpoint, and one that succeeds.
  const first = say('export last 2 days');
  const card = await conversation.waitForMessage((message) => loginLinkIn(message) !== undefined);
  const link = new URL(loginLinkIn(card) ?? '');
  const started = await open(`${link.pathname}/start`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    body: 'answer=continue',
  });
  const cookie = String(started.headers['set-cookie']).split(';')[0]?.split('=')[1] ?? '';
  const authorizeUrl = new URL(String(started.headers['location']));
  pages.length -= 2; // The redirect has to carry the state, and the cookie is the browser's.
  await open(`/oauth/callback?code=${words.code}&state=${authorizeUrl.searchParams.get('state')}`, {
    headers: { cookie: `login=${cookie}` },
  });
  await answerTo(first, ({ text }) => text.includes('has ended'));
  const second = say('export last 2 days');
  door.script('POST /search', [quoting(500)]);
  door.script('POST /v1/captures/query', [quoting(503)]);
  door.script('GET /files/:id', [{ status: 403, body: page }, { hangUp: true }]);
  await login();
  const secondRef = refIn(await answerTo(second));
  const done = await answerTo(second, hasFile);
  await conversation.waitForLine(endOf(secondRef));

  // Refused by the contact center, by the token endpoint, by the space.
  door.script('POST /search', [quoting(403)]);
  const third = say('export last 2 days');
  const thirdRef = refIn(await answerTo(third));
  await answerTo(third, isFailure);
  await conversation.waitForLine(endOf(thirdRef));
  webex.expireAccessTokens(admin);
  door.script('POST /v1/access_token', [quoting(500)]);
  webex.addMember(webex.space.id, outsider);
  door.script('GET /v1/memberships', [quoting(500)]);
  const fourth = say('export last 2 days');
  const fourthRef = refIn(await answerTo(fourth));
  await answerTo(fourth, ({ text }) => text.includes('sent it to you directly'));
  await conversation.waitForLine(endOf(fourthRef));
  webex.revokeGrants(admin);
  await answerTo(say('export last 2 days'), ({ text }) => text.includes('sign'));
  const running = await contentsBelow(dataDir);
  await conversation.bot.kill();

  const secrets = secretsIn(conversation);
  secrets.set(link.pathname.split('/').at(-1) ?? '', 'link');
  secrets.set(cookie, 'cookie');
  const chat = [webex.space, webex.directSpace(admin)]
    .flatMap(({ id }) => webex.messages(id))
    .filter(({ card }) => card === undefined);
  expect(done.text).toContain('1 exported');
  expect(done.text).toContain('3 failed');
  const kinds = ['state', 'code', 'code_verifier', 'token', 'refresh_token', 'X-Amz-Signature'];
  expect([...secrets.values()]).toEqual(expect.arrayContaining(kinds));
  expect([...secrets.keys()].filter((secret) => secret.length < 12)).toEqual([]);
  expectNone(secrets, {
    output: conversation.bot.output(),
    logFile: await readFile(logFile, 'utf8'),
    data: running,
    pages: pages.join('\n'),
    chat: chat.map(({ text, html }) => `${text}\n${html}`).join('\n'),
  });
});
