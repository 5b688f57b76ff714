import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { type Conversation, startConversation, transports } from '../helpers/sandbox.ts';

const minuteMs = 60_000;

/** As if it had stopped an hour ago. */
async function stopAnHourAgo({ bot, sandbox }: Conversation): Promise<void> {
  await bot.stop();
  const path = join(sandbox.dataDir, 'inbox.json');
  const hourAgo = `"aliveMs":${Date.now() - 60 * minuteMs}`;
  const text = await readFile(path, 'utf8');
  const changed = text.replace(/"aliveMs": ?\d+/, hourAgo);
  if (changed === text) throw new Error('the inbox does not say when the bot was alive');
  await writeFile(path, changed);
}
const offline = 'I was offline when you wrote this. Please send it again.';
const nothing = /^Nothing of yours is running/;

test('answers what was said while it was down: young ones as ever, old ones once for each person', async () => {
  const conversation = await startConversation({
    env: { ADMINS: 'ana@harbour.example,ben@harbour.example' },
  });
  const { webex, door } = conversation.sandbox;
  const { admin, secondAdmin, colleague } = webex.people;
  const direct = webex.directSpace(secondAdmin);
  const answersTo = ({ id, roomId }: Message) =>
    webex.messages(roomId).flatMap(({ parentId, text }) => (parentId === id ? [text] : []));
  const heard = conversation.say('status');
  await conversation.answerTo(heard);
  await stopAnHourAgo(conversation);

  const old = [40, 30].map((minutes) => conversation.say('status', { agoMs: minutes * minuteMs }));
  const ofOther = conversation.say('status', { person: colleague, agoMs: 20 * minuteMs });
  const directly = [
    conversation.say('status', { person: secondAdmin, roomId: direct.id, agoMs: 15 * minuteMs }),
    conversation.say('status', { person: secondAdmin, roomId: direct.id }),
  ];
  const young = conversation.say('status', { agoMs: 2 * minuteMs });
  conversation.say('status', { mention: false });
  const all = [...old, ofOther, ...directly, young];
  await conversation.restart();
  await conversation.answerTo(young);
  if (directly[1]) await conversation.answerTo(directly[1]);
  await conversation.answerTo(ofOther);
  // Nothing is answered again, and nobody is asked for what is known.
  await conversation.bot.stop();
  await conversation.restart();
  await conversation.waitForLine('listening to Webex');
  await conversation.answerTo(conversation.say('whoami'));
  await conversation.bot.stop();

  expect(answersTo(heard)).toHaveLength(1);
  expect(all.map((said) => answersTo(said))).toEqual([
    [],
    [],
    [expect.stringContaining("not on this bot's list")],
    [],
    [expect.stringMatching(nothing)],
    [expect.stringMatching(nothing)],
  ]);
  const unmentioned = webex.messages(webex.space.id).filter(({ author }) => author.id === admin.id);
  expect(unmentioned.flatMap((said) => answersTo(said)).includes(offline)).toBe(false);
  expect(door.requests('GET /v1/messages').every(({ path }) => path.includes('max=50'))).toBe(true);
}, 60_000);

test.each(transports)(
  'answers somebody who wrote long ago, once, by %s',
  async (transport) => {
    const conversation = await startConversation({ transport });
    const { webex } = conversation.sandbox;
    await conversation.answerTo(conversation.say('status'));
    await stopAnHourAgo(conversation);
    const said = [50, 40].map((minutes) =>
      conversation.say('status', { agoMs: minutes * minuteMs }),
    );
    await conversation.restart();
    const answer = await conversation.waitForMessage(({ text }) => text === offline);
    await conversation.answerTo(conversation.say('whoami'));
    expect(answer.parentId).toBe(said[1]?.id);
    const answers = webex.messages(webex.space.id).filter(({ text }) => text === offline);
    expect(answers).toHaveLength(1);
  },
  60_000,
);

test('looks again at what it could not read the first time', async () => {
  const conversation = await startConversation();
  const { webex, door } = conversation.sandbox;
  await conversation.answerTo(conversation.say('status'));
  await conversation.bot.stop();
  const said = conversation.say('status');
  // The first look fails, and what was missed stays to be looked for.
  door.script('GET /v1/messages', [{ status: 403 }]);
  await conversation.restart();
  await conversation.waitForLine('could not be read');
  await conversation.bot.stop();
  await conversation.restart();
  await conversation.answerTo(said);
  expect(
    webex.messages(webex.space.id).filter(({ parentId }) => parentId === said.id),
  ).toHaveLength(1);
}, 60_000);
