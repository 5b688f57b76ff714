import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { readAccount, tallyOfMessage } from '../helpers/account.ts';
import { leftoversIn } from '../helpers/export.ts';
import { type Conversation, endOf, refIn, startConversation } from '../helpers/sandbox.ts';

const id = (digit: number) => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`;
const [whole, untold, broken, open] = [id(1), id(2), id(3), id(4)];

const hasFile = ({ file }: Pick<Message, 'file'>) => file !== undefined;

/** One conversation of each kind, and a first export of them. */
async function exportOnce(command = 'export last 2 days') {
  const conversation = await startConversation({
    envFile: { ADMINS: 'ana@harbour.example,ben@harbour.example' },
    dataset: {
      tasks: [
        { id: whole },
        { id: untold, transcripts: [] },
        { id: broken, transcripts: [{ content: '{"cut' }] },
        { id: open, isActive: true },
      ],
    },
  });
  const said = conversation.say(command);
  const ref = refIn(await conversation.answerTo(said));
  await conversation.login();
  const first = await conversation.answerTo(said, hasFile);
  await conversation.waitForLine(endOf(ref));
  return { conversation, said, ref, first };
}

/** Says `retry` and waits for its end; what is said at the end is in the thread of the export. */
async function retry(conversation: Conversation, ref: string, thread: Message, by: Message) {
  const own = refIn(await conversation.answerTo(by));
  const last = await conversation.answerTo(thread, ({ text }) => text.includes(`ref ${own}`));
  await conversation.waitForLine(endOf(own));
  return { ref: own, text: last.text, file: last.file, account: await accountIn(last), of: ref };
}

const accountIn = (message: Message) =>
  message.file ? readAccount(message.file.bytes) : Promise.resolve(undefined);

test('fetches what failed or was not ready, as often as it takes, and adds it up', async () => {
  const { conversation, said, ref, first } = await exportOnce();
  const { dataset, door, dataDir } = conversation.sandbox;
  expect(tallyOfMessage(first.text)).toEqual({
    ...{ found: 4, exported: 1, no_transcript: 1, still_open: 1, failed: 1 },
  });
  const again = (what: string) =>
    retry(conversation, what, said, conversation.say(`retry ${what}`));

  const nothing = await again(ref);
  expect(nothing.file).toBeUndefined();
  expect(nothing.text).toMatch(
    /^I looked again at 3 conversations of export \w{4}, and none has come yet\. It stays at 4 found · 1 exported · 1 without transcript · 1 still open · 1 failed · ref \w{4} · /,
  );

  dataset.setTranscripts(untold, [{}]);
  const before = door.requests('POST /search').length;
  const second = await again(ref);
  expect(second.text).toMatch(
    new RegExp(`^Addendum to export ${ref}: 1 of 3 conversations came\\. It now holds 4 found · `),
  );
  expect(tallyOfMessage(second.text)).toEqual({ found: 4, exported: 2, still_open: 1, failed: 1 });
  expect(second.file?.name).toMatch(
    new RegExp(`^wxcc-conversations_[\\d_-]+_${ref}_addendum-${second.ref}\\.xlsx$`),
  );
  const addendum = second.account;
  expect(new Map(addendum?.buckets)).toEqual(
    new Map([
      [untold, 'exported'],
      [broken, 'failed'],
      [open, 'still_open'],
    ]),
  );
  expect(addendum?.summary.get('Addendum to')).toBe(ref);
  expect(addendum?.summary.get('Looked at again')).toBe(3);
  expect(addendum?.summary.get('now exported')).toBe(1);
  expect(addendum?.summary.get('Conversations found')).toBe(4);
  expect(addendum?.summary.get('exported')).toBe(2);
  // One question for all of them, by their ids.
  const asked = door.requests('POST /search').slice(before);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.body).toContain(open);
  expect(asked[0]?.body).not.toContain(whole);

  dataset.setTranscripts(broken, [{}]);
  const createdTime = dataset.task(open)?.createdTime ?? 0;
  dataset.add({ id: open, createdTime, transcripts: [{}] });
  // By the reference of the addendum: it is the export that is meant.
  const third = await again(second.ref);
  expect(third.text).toMatch(
    new RegExp(`^Addendum to export ${ref}: 2 of 2 conversations came\\. It now holds 4 found · 4`),
  );
  expect(tallyOfMessage(third.text)).toEqual({ found: 4, exported: 4 });

  const done = conversation.say(`retry ${ref}`);
  expect((await conversation.answerTo(done)).text).toMatch(/^There is nothing to retry: /);

  const history = (await conversation.answerTo(conversation.say('history'))).text;
  expect(history.split('\n').filter((line) => line.includes(' · '))).toEqual([
    expect.stringMatching(
      new RegExp(
        `${third.ref} · .+ · addendum to ${ref}, live chat, .+ · complete: 4 found · 4 exp`,
      ),
    ),
    expect.stringMatching(new RegExp(`${second.ref} · .+ · partial: 4 found · 2 exported`)),
    expect.stringMatching(new RegExp(`${nothing.ref} · .+ · nothing came`)),
    expect.stringMatching(new RegExp(`${ref} · .+ · partial: 4 found · 1 exported`)),
  ]);

  await conversation.bot.stop();
  expect(await leftoversIn(dataDir)).toEqual([]);
  const lines = (await readFile(join(dataDir, 'audit.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ofThird = lines.filter(({ facts }) => facts.ref === third.ref);
  expect(ofThird).toMatchObject([
    { kind: 'export_ordered', facts: { addendumTo: ref } },
    { kind: 'delivered' },
    {
      kind: 'export_ended',
      facts: {
        addendumTo: ref,
        balance: { found: 4, exported: 4 },
        lookedAgain: { found: 2, exported: 2 },
      },
    },
  ]);
}, 60_000);

test('continues a retry after a kill, and posts one addendum', async () => {
  const { conversation, said, ref } = await exportOnce('export last 2 days as csv');
  const { dataset, door, webex } = conversation.sandbox;
  dataset.setTranscripts(untold, [{}]);
  dataset.setTranscripts(broken, [{}]);
  door.script('GET /files/:id', ['pass', { never: true }]);
  const stuck = new Promise<void>((resolve) => {
    let downloads = 0;
    door.onArrival(({ service }) => {
      if (service === 'files' && ++downloads === 2) resolve();
    });
  });
  const command = conversation.say(`retry ${ref}`);
  const own = refIn(await conversation.answerTo(command));
  await stuck;
  await conversation.bot.kill();
  door.clear();
  await conversation.restart();
  const posted = await conversation.answerTo(said, hasFile);
  await conversation.waitForLine(endOf(own));
  expect(tallyOfMessage(posted.text)).toEqual({ found: 4, exported: 3, still_open: 1 });
  expect(posted.text).toContain('2 of 3 conversations came');
  expect(posted.file?.name).toMatch(/_csv\.zip$/);
  const files = webex.messages(webex.space.id).filter(hasFile);
  expect(files).toHaveLength(2);
}, 60_000);

test('is for the person of the export, and for other administrators where nobody reads along', async () => {
  const { conversation, ref } = await exportOnce();
  const { dataset, webex } = conversation.sandbox;
  const { secondAdmin } = webex.people;
  const unknown = `I know no finished export ${ref} of yours.`;
  const inSpace = conversation.say(`retry ${ref}`, { person: secondAdmin });
  expect((await conversation.answerTo(inSpace)).text).toBe(unknown);

  dataset.setTranscripts(untold, [{}]);
  const roomId = webex.directSpace(secondAdmin).id;
  const direct = conversation.say(`retry ${ref}`, { person: secondAdmin, roomId });
  const own = refIn(await conversation.answerTo(direct));
  // With their own grant, and what it may see is for them.
  await conversation.login({ person: secondAdmin });
  const posted = await conversation.answerTo(direct, hasFile);
  await conversation.waitForLine(endOf(own));
  expect(posted.roomId).toBe(roomId);
  expect(posted.text).toContain('1 of 3 conversations came');
  expect(webex.messages(webex.space.id).filter(hasFile)).toHaveLength(1);

  // What went to somebody else has not come for the person of the export.
  const mine = conversation.say(`retry ${ref}`);
  expect((await conversation.answerTo(mine)).text).toContain('3 conversations');
}, 60_000);

test('says why there is nothing to retry', async () => {
  const { conversation, said: thread, ref } = await exportOnce();
  const { door, dataset, webex } = conversation.sandbox;
  const ask = async (text: string) => (await conversation.answerTo(conversation.say(text))).text;
  expect(await ask('retry 0000')).toBe('I know no finished export 0000 of yours.');
  dataset.setTranscripts(untold, [{}]);
  await retry(conversation, ref, thread, conversation.say(`retry ${ref}`));
  const recalled = await ask(`recall ${ref}`);
  // The addendum is a file of the export.
  expect(recalled).toContain(`I have removed the 2 files of export ${ref}`);
  expect(webex.messages(webex.space.id).filter(hasFile)).toEqual([]);
  expect(await ask(`retry ${ref}`)).toBe(
    `The files of export ${ref} were recalled, so I add nothing to them.`,
  );
  door.script('POST /search', [{ status: 403 }], { repeat: true });
  const said = conversation.say('export last 2 days queue all');
  const failed = refIn(await conversation.answerTo(said));
  await conversation.answerTo(said, ({ text }) => text.includes('failed'));
  await conversation.waitForLine(endOf(failed));
  expect(await ask(`retry ${failed}`)).toBe(
    `Export ${failed} did not get so far that I know what is missing in it. Send it again: export last 2 days queue all`,
  );
}, 60_000);
