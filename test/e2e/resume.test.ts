import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DoorRequest } from '../../src/sandbox/door.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { readAccount } from '../helpers/account.ts';
import { leftoversIn, postedExport } from '../helpers/export.ts';
import { bucketsOf, sorted } from '../helpers/oracle.ts';
import { type Conversation, startConversation } from '../helpers/sandbox.ts';

const window = { fromMs: Date.now() - 4 * 86_400_000, toMs: Date.now() + 86_400_000 };
const command = 'export last 3 days';
const restarted = expect.stringMatching(
  /^I was restarted\. Export \w{4} .+ continues where it stopped\.$/,
);
const acknowledged = expect.stringMatching(/^Exporting/);
const never = { never: true } as const;

/** A bot whose admin is signed in already, and a contact center with small pages. */
async function startSignedIn(): Promise<Conversation> {
  const conversation = await startConversation({
    dataset: { count: 70, days: 3 },
    contactCenter: { pageSize: 12 },
  });
  conversation.say('login');
  await conversation.login();
  await conversation.waitForMessage(({ text }) => text.startsWith('You are signed in'));
  return conversation;
}

/** Resolves with the arrival of the first request of this kind, or of a later one. */
function arrival(
  { sandbox: { door } }: Conversation,
  fits: (request: DoorRequest) => boolean,
  number = 1,
): Promise<void> {
  return new Promise((resolve) => {
    let arrived = 0;
    const stop = door.onArrival((request) => {
      if (!fits(request) || ++arrived < number) return;
      stop();
      resolve();
    });
  });
}

const isSearch = ({ path }: DoorRequest) => path.startsWith('/search');
const isDownload = ({ service }: DoorRequest) => service === 'files';
const isUpload = ({ service, headers }: DoorRequest) =>
  service === 'webex' && (headers['content-type'] ?? '').startsWith('multipart/');

/** Resolves when a workbook begins to be written. */
async function writing(dataDir: string): Promise<void> {
  for await (const { filename } of watch(join(dataDir, 'jobs'), { recursive: true })) {
    if (filename?.endsWith('.xlsx')) return;
  }
}

/** What the bot said in the thread of this command, oldest first. */
function answersTo({ sandbox: { webex } }: Conversation, said: Message): string[] {
  return webex
    .messages(webex.space.id)
    .filter(({ parentId }) => parentId === said.id)
    .map(({ text }) => text);
}

test('continues after a kill at any moment, with each conversation once and one last message', async () => {
  const conversation = await startSignedIn();
  const { door, dataset, dataDir } = conversation.sandbox;
  const moments: Readonly<Record<string, () => Promise<unknown>>> = {
    'when it has just been accepted': () =>
      conversation.waitForMessage(({ text }) => text.startsWith('Exporting')),
    'during the search': () => {
      door.script('POST /search', ['pass', 'pass', never]);
      return arrival(conversation, isSearch, 3);
    },
    'during the downloads': () => {
      door.script('GET /files/:id', ['pass', 'pass', 'pass', never], { repeat: true });
      return arrival(conversation, isDownload, 9);
    },
    'while the workbook is written': () => writing(dataDir),
    'between the upload and its answer': () => {
      door.script('POST /v1/messages', ['pass', never]);
      return arrival(conversation, isUpload);
    },
  };
  for (const [moment, reach] of Object.entries(moments)) {
    const reached = reach();
    const said = conversation.say(command);
    await reached;
    await conversation.bot.kill();
    door.clear();
    await conversation.restart();
    const posted = await postedExport(conversation, said);
    expect({ moment, buckets: sorted(posted.buckets) }).toEqual({
      moment,
      buckets: sorted(bucketsOf(dataset, window)),
    });
    expect({ moment, texts: answersTo(conversation, said) }).toEqual({
      moment,
      texts: [acknowledged, restarted, posted.message.text],
    });
  }
  // The last one may still be on its way to the journal.
  await conversation.bot.stop();
  expect(await leftoversIn(dataDir)).toEqual([]);
}, 60_000);

test('posts the same file again when it died before it knew that it had', async () => {
  const conversation = await startSignedIn();
  const { webex, dataset, dataDir } = conversation.sandbox;
  const stop = webex.onMessage(({ message: { file } }) => {
    if (!file) return;
    stop();
    // Before Webex has answered.
    void conversation.bot.kill();
  });
  const said = conversation.say(command);
  const first = await postedExport(conversation, said);
  await conversation.restart();
  const second = await postedExport(conversation, said);
  const refOf = (text: string) => /ref (\w{4})/.exec(text)?.[1];
  expect(answersTo(conversation, said)).toEqual([
    acknowledged,
    first.message.text,
    restarted,
    second.message.text,
  ]);
  expect(refOf(second.message.text)).toBe(refOf(first.message.text));
  for (const { file } of [first.message, second.message]) {
    const { buckets } = await readAccount(file?.bytes);
    expect(sorted(buckets)).toEqual(sorted(bucketsOf(dataset, window)));
  }
  await conversation.bot.stop();
  expect(await leftoversIn(dataDir)).toEqual([]);
});

test('leaves in order when it is asked to, whatever it is doing, and continues afterwards', async () => {
  const conversation = await startSignedIn();
  const { door, dataset, dataDir } = conversation.sandbox;
  const moments: Readonly<Record<string, () => Promise<unknown>>> = {
    'during the downloads': () => {
      door.script('GET /files/:id', ['pass', 'pass', 'pass', never], { repeat: true });
      return arrival(conversation, isDownload, 9);
    },
    'during an upload that hangs': () => {
      door.script('POST /v1/messages', ['pass', never], { repeat: true });
      return arrival(conversation, isUpload);
    },
  };
  for (const [moment, reach] of Object.entries(moments)) {
    const reached = reach();
    const said = conversation.say(command);
    await reached;
    // Later than in eight seconds it would have given itself up, with another code.
    const exit = await conversation.bot.stop('SIGTERM');
    expect({ moment, ...exit }).toEqual({ moment, code: 0, signal: null });
    door.clear();
    await conversation.restart();
    const posted = await postedExport(conversation, said);
    expect({ moment, buckets: sorted(posted.buckets) }).toEqual({
      moment,
      buckets: sorted(bucketsOf(dataset, window)),
    });
    expect({ moment, texts: answersTo(conversation, said) }).toEqual({
      moment,
      texts: [acknowledged, restarted, posted.message.text],
    });
  }

  // Nobody can be told anything now: what was said is answered with the next start.
  const isPost = ({ service, method, path }: DoorRequest) =>
    service === 'webex' && method === 'POST' && path === '/v1/messages';
  door.script('POST /v1/messages', [never], { repeat: true });
  const unanswered = arrival(conversation, isPost, 2);
  const ordered = conversation.say(command);
  const asked = conversation.say('whoami');
  await unanswered;
  const exit = await conversation.bot.stop('SIGINT');
  expect(exit).toEqual({ code: 0, signal: null });
  door.clear();
  await conversation.restart();
  const answer = await conversation.answerTo(asked);
  const posted = await postedExport(conversation, ordered);
  expect(answer.text).toContain('Ana Petrova');
  expect(answersTo(conversation, ordered)).toEqual([restarted, posted.message.text]);
  await conversation.bot.stop();
  expect(await leftoversIn(dataDir)).toEqual([]);
}, 60_000);

test('sets an export aside that has brought it down three times, and says so', async () => {
  const conversation = await startSignedIn();
  const { door, dataDir } = conversation.sandbox;
  door.script('GET /files/:id', [never], { repeat: true });
  let stuck = arrival(conversation, isDownload);
  const said = conversation.say(command);
  for (let crash = 1; crash <= 3; crash++) {
    await stuck;
    await conversation.bot.kill();
    stuck = arrival(conversation, isDownload);
    await conversation.restart();
  }
  const last = await conversation.answerTo(said, ({ text }) => /failed/.test(text));
  expect(last.text).toMatch(/^Export \w{4} failed\. I was brought down 3 times .+ set it aside\./);
  expect(answersTo(conversation, said)).toEqual([acknowledged, restarted, restarted, last.text]);
  // The next one has the way free.
  door.clear();
  const { tally } = await postedExport(conversation, conversation.say(command));
  expect(tally['exported']).toBeGreaterThan(10);
  await conversation.bot.stop();
  expect(await leftoversIn(dataDir)).toEqual([]);
}, 60_000);
