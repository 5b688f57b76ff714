import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { cardTexts } from '../../src/sandbox/webex/cards.ts';
import { inputsOf } from '../helpers/cards.ts';
import { type Conversation, refIn, startConversation } from '../helpers/sandbox.ts';

async function signedIn(options: Parameters<typeof startConversation>[0]): Promise<Conversation> {
  const conversation = await startConversation(options);
  conversation.say('login');
  await conversation.login();
  await conversation.waitForMessage(({ text }) => text.startsWith('You are signed in'));
  return conversation;
}

/** What stands on disk before the bot may be killed without saying anything twice. */
async function settled({ sandbox: { dataDir } }: Conversation, ref: string): Promise<void> {
  await vi.waitFor(async () => {
    const inbox = await readFile(join(dataDir, 'inbox.json'), 'utf8');
    const journal = await readFile(join(dataDir, 'jobs', ref, 'journal.ndjson'), 'utf8');
    expect(inbox).not.toContain('"settled":false');
    expect(journal).toContain('"waiting_for_answer"');
  });
}

test('more than 5,000 conversations are asked about, and exported after a kill and a press of Run', async () => {
  const conversation = await signedIn({
    dataset: { kind: 'chats', count: 5_100, days: 6 },
    contactCenter: { requestsPerMinute: Number.POSITIVE_INFINITY },
    env: { WXCC_REQUESTS_PER_MINUTE: '100000' },
  });
  const { webex, door } = conversation.sandbox;
  const { admin, secondAdmin } = webex.people;
  const said = conversation.say('export last 7 days');
  const ref = refIn(await conversation.answerTo(said, ({ text }) => text.includes('Ref')));
  const card = await conversation.answerTo(said, ({ card }) => card !== undefined);
  await settled(conversation, ref);
  const asked =
    door.requests('POST /v1/captures/query').length + door.requests('GET /files/:id').length;
  await conversation.bot.kill();
  await conversation.restart();

  const status = await conversation.answerTo(conversation.say('status'));
  const inputs = inputsOf(card, 'Run');
  webex.press({ person: secondAdmin, messageId: card.id, inputs });
  const toOther = await conversation.answerTo(said, ({ text }) => text.includes('buttons'));
  webex.press({ person: admin, messageId: card.id, inputs });
  const running = await conversation.answerTo(said, ({ text }) => text.includes('runs'));
  const done = await conversation.answerTo(said, ({ file }) => file !== undefined, {
    withinMs: 90_000,
  });

  const texts = cardTexts(card.card ?? {});
  expect(texts[0]).toBe(`Export ${ref} is large. Shall it run?`);
  expect(texts[2]).toBe('Conversations: 5,100.');
  expect(texts[3]).toBe('By channel: live chat 5,100.');
  expect(texts[4]).toMatch(/^By queue: \w.* [\d,]+ · /);
  expect(texts[5]).toBe(
    'Calls to the contact center: 531, less than a minute at 100,000 a minute.',
  );
  expect(texts[6]).toBe('Expected size: about 18 MB, in 1 file.');
  expect(asked).toBe(0);
  expect(status.text).toMatch(new RegExp(`^Export ${ref} \\(.+\\) waits for your answer until `));
  expect(toOther.text).toMatch(/^These buttons are only for the person who asked\./);
  expect(running.text).toBe(`Export ${ref} runs. cancel ${ref} stops it.`);
  expect(done.text).toMatch(/^5,100 found · 5,100 exported · /);
  expect(done.roomId).toBe(webex.space.id);
  expect(webex.message(card.id)).toBe(undefined);
}, 150_000);

test('an export of two months runs for its person alone when that is typed', async () => {
  const conversation = await signedIn({ dataset: { kind: 'chats', count: 40, days: 50 } });
  const { webex } = conversation.sandbox;
  const said = conversation.say('export last 2 months');
  const ref = refIn(await conversation.answerTo(said, ({ text }) => text.includes('Ref')));
  const card = await conversation.answerTo(said, ({ card }) => card !== undefined);
  const answer = conversation.say(`run ${ref} to me`);
  const running = await conversation.answerTo(answer);
  const done = await conversation.waitForMessage(({ file }) => file !== undefined);
  const where = await conversation.answerTo(said, ({ text }) => text.startsWith('Done.'));

  expect(running.text).toBe(
    `Export ${ref} runs, and its file goes to you directly. cancel ${ref} stops it.`,
  );
  expect(done.roomId).toBe(webex.directSpace(webex.people.admin).id);
  expect(done.text).toContain('40 found · 40 exported');
  expect(where.text).toContain('I sent the file to you directly, as you asked.');
  await vi.waitFor(() => expect(webex.message(card.id)).toBe(undefined));
});
