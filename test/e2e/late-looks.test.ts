import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { formatInstant } from '../../src/time.ts';
import { readAccount, tallyOfMessage } from '../helpers/account.ts';
import { leftoversIn } from '../helpers/export.ts';
import { hold } from '../helpers/gate.ts';
import { type Conversation, endOf, refIn, startConversation } from '../helpers/sandbox.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const id = (digit: number) => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`;
const [first, second, third, fourth, open] = [id(1), id(2), id(3), id(4), id(5)];
const hasFile = ({ file }: Message) => file !== undefined;
const killHook = new URL('../helpers/kill-hook.mjs', import.meta.url).href;

type Options = Parameters<typeof startConversation>[0];

/** An export of four conversations without transcript and an open one, by somebody who stays signed in. */
async function exportOnce(options: Options = {}) {
  const untold = [first, second, third, fourth].map((one) => ({ id: one, transcripts: [] }));
  const conversation = await startConversation({
    dataset: { tasks: [...untold, { id: open, isActive: true }] },
    ...options,
  });
  const said = conversation.say('export last 2 days');
  const ref = refIn(await conversation.answerTo(said));
  await conversation.login();
  const posted = await conversation.answerTo(said, hasFile);
  await conversation.waitForLine(endOf(ref));
  return { conversation, said, ref, posted };
}

interface Ended {
  order: { ref: string; addendumTo?: string; lateLook?: number };
  endedAtMs: number;
}

/** As if the export had ended so long ago; the bot has to be stopped. */
async function endedBefore({ sandbox }: Conversation, ref: string, agoMs: number): Promise<void> {
  const path = join(sandbox.dataDir, 'exports.json');
  const file = JSON.parse(await readFile(path, 'utf8'));
  const ended: Ended[] = file.data.exports;
  for (const one of ended) if (one.order.ref === ref) one.endedAtMs = Date.now() - agoMs;
  await writeFile(path, JSON.stringify(file));
}

async function auditOf({ sandbox }: Conversation) {
  const text = await readFile(join(sandbox.dataDir, 'audit.ndjson'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const textsIn = ({ sandbox: { webex } }: Conversation, thread: Message) =>
  webex
    .messages(thread.roomId)
    .filter(({ parentId }) => parentId === thread.id)
    .map(({ text }) => text);

const filesIn = ({ sandbox: { webex } }: Conversation) =>
  [webex.space, webex.directSpace(webex.people.admin)]
    .flatMap((space) => webex.messages(space.id))
    .filter(hasFile);

const ownRefIn = ({ text }: Message) => /ref (\w{4})/.exec(text)?.[1] ?? '';

test('posts what has come late in the thread, and nothing while nothing has', async () => {
  const { conversation, said, ref, posted } = await exportOnce();
  const { dataset, dataDir } = conversation.sandbox;
  const record = JSON.parse(await readFile(join(dataDir, 'exports.json'), 'utf8')).data.exports[0];
  const zone: string = record.order.window.zone;
  // To the minute, which may have turned between the post and the record.
  const until = [0, minuteMs].map((ms) => formatInstant(record.endedAtMs + 24 * hourMs - ms, zone));
  expect(
    until.map((at) => ` I look again by myself until ${at} and post what has come.`),
  ).toContain(/ I look again by .*? post what has come\./.exec(posted.text)?.[0]);
  const before = textsIn(conversation, said);

  await conversation.bot.stop();
  await endedBefore(conversation, ref, 16 * minuteMs);
  await conversation.restart();
  await conversation.waitForLine('"outcome":"empty"');
  expect(textsIn(conversation, said)).toEqual(before);

  await conversation.bot.stop();
  dataset.setTranscripts(first, [{}]);
  const createdTime = dataset.task(open)?.createdTime ?? 0;
  dataset.add({ id: open, createdTime, transcripts: [{}] });
  // Of the two that are missed one is made up for.
  await endedBefore(conversation, ref, 7 * hourMs);
  await conversation.restart();
  const addendum = await conversation.answerTo(said, hasFile);
  const own = ownRefIn(addendum);
  await conversation.waitForLine(endOf(own));
  expect(addendum.text).toContain(`Addendum to export ${ref}: 2 of 5 conversations came`);
  expect(addendum.text).not.toContain('I look again');
  expect(tallyOfMessage(addendum.text)).toEqual({ found: 5, exported: 2, no_transcript: 3 });
  const account = await readAccount(addendum.file?.bytes);
  expect(account.summary.get('Addendum to')).toBe(ref);
  expect(account.summary.get('Command')).toBe('export last 2 days');
  expect(account.summary.get('exported')).toBe(2);

  // What came is missing no more, and what brought nothing is spoken of nowhere.
  const history = await conversation.answerTo(conversation.say('history'));
  expect(history.text.split('\n').filter((line) => line.includes(' · '))).toHaveLength(2);
  const since = await conversation.answerTo(conversation.say('export since last export'));
  expect(since.text).toContain(`since your export ${ref}; 3 conversations of it`);
  await conversation.waitForLine(endOf(refIn(since)));

  await conversation.bot.stop();
  expect(await leftoversIn(dataDir)).toEqual([]);
  const looks = (await auditOf(conversation)).filter(({ facts }) => facts.lateLook !== undefined);
  expect(looks).toMatchObject([
    { kind: 'export_ordered', facts: { addendumTo: ref, lateLook: 1 } },
    { kind: 'export_ended', facts: { addendumTo: ref, outcome: 'empty' } },
    { kind: 'export_ordered', facts: { ref: own, addendumTo: ref, lateLook: 3 } },
    { kind: 'export_ended', facts: { ref: own, balance: { exported: 2 } } },
  ]);
  const delivered = (await auditOf(conversation)).filter(({ kind }) => kind === 'delivered');
  expect(delivered.map(({ facts }) => facts.ref)).toContain(own);
}, 90_000);

test('is killed at any moment between being due and being done, and posts once all the same', async () => {
  const { conversation, said, ref } = await exportOnce({
    env: { NODE_OPTIONS: `--import ${killHook}`, KILL_BEFORE_WRITING: '' },
  });
  const { dataset } = conversation.sandbox;
  const moments = [
    ['before it is ordered', '"lateLook":1', first, 16 * minuteMs],
    ['before it begins', '"state":"running"', second, 61 * minuteMs],
    ['with what it collected', '"kind":"settled"', third, 7 * hourMs],
    ['when it has posted', '"kind":"ended"', fourth, 25 * hourMs],
  ] as const;
  for (const [moment, fatal, late, agoMs] of moments) {
    const before = filesIn(conversation).length;
    await conversation.bot.stop();
    dataset.setTranscripts(late, [{}]);
    await endedBefore(conversation, ref, agoMs);
    const death = await conversation.restart({ KILL_BEFORE_WRITING: fatal }).then(
      async (bot) => (await bot.exited).signal,
      (error: Error) => /ended with (\w+)/.exec(error.message)?.[1],
    );
    await conversation.restart();
    const addendum = await conversation.answerTo(said, hasFile);
    await conversation.waitForLine(endOf(ownRefIn(addendum)));
    expect({ moment, death }).toEqual({ moment, death: 'SIGKILL' });
    expect({ moment, text: addendum.text }).toMatchObject({
      text: expect.stringContaining('1 of '),
    });
    expect({ moment, files: filesIn(conversation).length - before }).toEqual({ moment, files: 1 });
  }
  const texts = textsIn(conversation, said);
  expect(texts.filter((text) => text.includes('I was restarted'))).toEqual([]);
  expect(tallyOfMessage(texts.at(-1) ?? '')).toEqual({ found: 5, exported: 4, still_open: 1 });
}, 180_000);

test('makes way for its person: for a retry, for a recall, for a logout', async () => {
  const { conversation, said, ref } = await exportOnce();
  const { dataset, door, webex } = conversation.sandbox;
  const ask = async (text: string) => (await conversation.answerTo(conversation.say(text))).text;
  /** Starts the bot when a look is due, up to where the first of these requests comes. */
  const restartUpTo = async (route: string, agoMs: number) => {
    await conversation.bot.stop();
    await endedBefore(conversation, ref, agoMs);
    const held = hold();
    door.script(route, [held.fault]);
    await conversation.restart();
    await held.arrived;
    return held;
  };

  // Its file is on its way: too late for anything else.
  dataset.setTranscripts(first, [{}]);
  const posting = await restartUpTo('POST /v1/messages', 16 * minuteMs);
  expect(await ask(`retry ${ref}`)).toBe(
    `What has come late for export ${ref} is being posted at this moment. Please send retry ${ref} again when it is there.`,
  );
  expect(await ask('status')).toMatch(/^Nothing of yours is running/);
  posting.letGo();
  const late = await conversation.answerTo(said, hasFile);
  await conversation.waitForLine(endOf(ownRefIn(late)));

  // A retry takes over what a look was about to fetch.
  dataset.setTranscripts(second, [{}]);
  const looking = await restartUpTo('POST /v1/captures/query', 61 * minuteMs);
  const retried = conversation.say(`retry ${ref}`);
  const own = refIn(await conversation.answerTo(retried));
  const addendum = await conversation.answerTo(said, hasFile);
  looking.letGo();
  await conversation.waitForLine(endOf(own));
  expect(addendum.text).toContain('1 of 4 conversations came');
  expect(addendum.text).toContain(`ref ${own}`);

  // Nobody's sign-in is used after a logout.
  dataset.setTranscripts(third, [{}]);
  const signedIn = await restartUpTo('POST /v1/captures/query', 7 * hourMs);
  expect(await ask('logout')).toBe(
    'I have deleted your sign-in. Webex itself still lists the consent; remove it in your Webex account settings if you want.',
  );
  signedIn.letGo();
  await conversation.waitForLine('its person is not signed in');
  conversation.say('login');
  await conversation.login();
  await conversation.waitForMessage(({ text }) => text.startsWith('You are signed in'));

  // After a recall there is nothing to add to.
  const recalling = await restartUpTo('POST /v1/captures/query', 25 * hourMs);
  expect(await ask(`recall ${ref}`)).toContain('I have removed the 3 files');
  recalling.letGo();
  await conversation.bot.stop();
  await conversation.restart();
  expect(await ask('status')).toMatch(/^Nothing of yours is running/);
  expect(webex.messages(webex.space.id).filter(hasFile)).toEqual([]);
}, 180_000);

test('is off where it is switched off', async () => {
  const { conversation, said, ref, posted } = await exportOnce({
    env: { LATE_TRANSCRIPTS: 'off' },
  });
  const { dataset, door } = conversation.sandbox;
  expect(posted.text).not.toContain('I look again');
  const restartDue = async (extra = {}) => {
    await conversation.bot.stop();
    await endedBefore(conversation, ref, 16 * minuteMs);
    return conversation.restart(extra);
  };
  await restartDue();
  const retried = conversation.say(`retry ${ref}`);
  await conversation.waitForLine(endOf(refIn(await conversation.answerTo(retried))));

  // One that was under way is called off.
  dataset.setTranscripts(first, [{}]);
  const held = hold();
  door.script('POST /v1/captures/query', [held.fault]);
  await restartDue({ LATE_TRANSCRIPTS: 'on' });
  await held.arrived;
  await conversation.bot.kill();
  held.letGo();
  await conversation.restart();
  await conversation.waitForLine('"outcome":"cancelled"');
  await conversation.bot.stop();
  expect(textsIn(conversation, said)).not.toContainEqual(expect.stringContaining('Addendum'));
  const ordered = (await auditOf(conversation)).filter(({ kind }) => kind === 'export_ordered');
  expect(ordered.map(({ facts }) => facts.lateLook)).toEqual([undefined, undefined, 1]);
}, 90_000);
