import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { uuidIn } from '../../src/sandbox/webex/ids.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { gate } from '../helpers/gate.ts';
import { runBot } from '../helpers/run-bot.ts';
import { type Conversation, startConversation } from '../helpers/sandbox.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const catalog = 'GET /u2c/api/v1/catalog';

function answersTo({ sandbox }: Conversation, { id, roomId }: Message): Message[] {
  return sandbox.webex.messages(roomId).filter(({ parentId }) => parentId === id);
}

async function statusOf({ sandbox }: Conversation, path: string, method: 'GET' | 'POST' = 'GET') {
  const answer = await request(`${sandbox.publicUrl}${path}`, { method });
  await answer.body.dump();
  return answer.statusCode;
}

test('needs no public address: no webhook, no secret, no path for events', async () => {
  const conversation = await startConversation({
    transport: 'websocket',
    env: { WEBEX_WEBHOOK_SECRET: '', METRICS_PORT: '' },
  });
  const { webex, door } = conversation.sandbox;
  const asked = conversation.say('whoami');
  await conversation.answerTo(asked);
  const posted = await statusOf(conversation, '/webex/events', 'POST');
  const login = await statusOf(conversation, '/oauth/done?r=ok');

  expect(posted).toBe(404);
  expect(login).toBe(200);
  expect(webex.webhooks()).toEqual([]);
  expect(webex.deliveries()).toEqual([]);
  expect(door.requests('POST /v1/webhooks')).toEqual([]);
  expect(webex.devices()).toHaveLength(1);
});

test('answers each message once: repeated, said while cut off, and over restarts', async () => {
  const conversation = await startConversation({ transport: 'websocket' });
  const { webex, door } = conversation.sandbox;
  const { mercury } = webex;
  const often = conversation.say('status');
  await conversation.answerTo(often);
  mercury.repeat(uuidIn(often.id), 20);

  // Cut off, and nothing answers: what is said now nobody tells the bot.
  const back = gate();
  door.script(catalog, [{ until: () => back.opened }]);
  mercury.drop();
  await vi.waitFor(async () => expect(await statusOf(conversation, '/readyz')).toBe(503));
  const missed = conversation.say('status');
  back.open();
  await conversation.answerTo(missed);
  await vi.waitFor(async () => expect(await statusOf(conversation, '/readyz')).toBe(200));

  // What is not on disk yet would be said again.
  const inbox = join(conversation.sandbox.dataDir, 'inbox.json');
  await vi.waitFor(async () => {
    expect(await readFile(inbox, 'utf8')).not.toContain('"settled":false');
  });
  // A crash leaves its device behind; the next start takes it.
  const [device] = webex.devices();
  await conversation.bot.kill();
  await conversation.restart();
  mercury.repeat(uuidIn(often.id));
  const after = conversation.say('status');
  await conversation.answerTo(after);
  const reused = webex.devices();
  // And here nothing of it is left.
  mercury.loseDevices();
  const later = conversation.say('status');
  await conversation.answerTo(later);
  const goodbyes = mercury.goodbyes();
  const { code } = await conversation.bot.stop();

  expect(code).toBe(0);
  expect(reused).toEqual([device]);
  expect(webex.devices()).toHaveLength(1);
  expect(mercury.goodbyes()).toBe(goodbyes + 1);
  for (const said of [often, missed, after, later]) {
    expect(answersTo(conversation, said)).toHaveLength(1);
    expect(door.requests(`GET /v1/messages/${said.id}`)).toHaveLength(1);
  }
}, 60_000);

test('takes over from webhooks, and gives back to them', async () => {
  const conversation = await startConversation({ transport: 'webhook' });
  const { webex } = conversation.sandbox;
  await conversation.answerTo(conversation.say('status'));
  await conversation.bot.stop();
  const before = webex.webhooks().length;
  await conversation.restart({ BOT_TRANSPORT: 'websocket' });
  const during = webex.webhooks().length;
  await conversation.answerTo(conversation.say('status'));
  await conversation.bot.stop();
  await conversation.restart();
  await conversation.answerTo(conversation.say('status'));

  expect([before, during, webex.webhooks().length]).toEqual([2, 0, 2]);
}, 60_000);

test('does not start with a token that the websocket refuses, and says what to do', async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const folder = await makeTempFolder();
  sandbox.webex.mercury.refuseTokens(1);
  const env = sandbox.botEnv({ BOT_TRANSPORT: 'websocket', DATA_DIR: folder });
  const { code, stderr } = await runBot(env, folder);

  expect(code).toBe(1);
  expect(stderr).toContain('WEBEX_BOT_TOKEN is refused by the websocket service of Webex');
  expect(stderr).not.toContain(sandbox.webex.botToken);
});
