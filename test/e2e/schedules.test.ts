import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DoorRequest } from '../../src/sandbox/door.ts';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { tallyOfMessage } from '../helpers/account.ts';
import { type Conversation, endOf, refIn, startConversation } from '../helpers/sandbox.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Of three hours ago, so that what is missed is late whatever the time of the day. */
const clockTime = new Date(Date.now() - 3 * hourMs).toISOString().slice(11, 16);
const command = `schedule every day ${clockTime} export last 3 days in UTC`;

async function startSignedIn(): Promise<Conversation> {
  const conversation = await startConversation({ dataset: { kind: 'chats', count: 12, days: 3 } });
  conversation.say('login');
  await conversation.login();
  await conversation.waitForMessage(({ text }) => text.startsWith('You are signed in'));
  return conversation;
}

/** @returns the ref that it got */
async function schedule({ say, answerTo }: Conversation): Promise<string> {
  const { text } = await answerTo(say(command));
  return /^Schedule (\w{4}) is made/.exec(text)?.[1] ?? '';
}

/** As if the bot had been down for so many days by now; it has to be stopped. */
async function missDays({ sandbox }: Conversation, days: number): Promise<void> {
  const path = join(sandbox.dataDir, 'schedules.json');
  const file = JSON.parse(await readFile(path, 'utf8'));
  for (const one of file.data.schedules) one.doneUntilMs -= days * dayMs;
  await writeFile(path, JSON.stringify(file));
}

/** As if it had been killed between accepting the export and noting that the run has become one. */
async function forgetStart({ sandbox }: Conversation): Promise<void> {
  const pathOf = (name: string) => join(sandbox.dataDir, name);
  const ended = JSON.parse(await readFile(pathOf('exports.json'), 'utf8'));
  const { dueMs } = ended.data.exports[0].order.schedule;
  const file = JSON.parse(await readFile(pathOf('schedules.json'), 'utf8'));
  file.data.schedules[0].run = { dueMs, missed: 0 };
  await writeFile(pathOf('schedules.json'), JSON.stringify(file));
}

function announcementsOf({ sandbox: { webex } }: Conversation, ref: string): Message[] {
  return webex
    .messages(webex.space.id)
    .filter(({ text }) => text.startsWith(`Scheduled export ${ref}`));
}

function filesIn({ sandbox: { webex } }: Conversation): Message[] {
  return [webex.space, webex.directSpace(webex.people.admin)]
    .flatMap(({ id }) => webex.messages(id))
    .filter(({ file }) => file !== undefined);
}

const hasFile = ({ file }: Message) => file !== undefined;

test('runs once, and late, what was missed while the bot was down', async () => {
  const conversation = await startSignedIn();
  const { sandbox, say, answerTo, bot } = conversation;
  const ref = await schedule(conversation);
  await bot.stop();
  await missDays(conversation, 3);
  await conversation.restart();
  const announced = await conversation.waitForMessage(({ text }) =>
    text.startsWith('Scheduled export'),
  );
  const acknowledged = await answerTo(announced, ({ text }) => text.startsWith('Exporting'));
  const posted = await answerTo(announced, hasFile);
  await conversation.waitForLine(endOf(refIn(acknowledged)));
  await conversation.bot.stop();
  await forgetStart(conversation);
  await conversation.restart();
  const listed = await answerTo(say('schedules'));
  const removed = await answerTo(say(`unschedule ${ref}`));
  await conversation.bot.stop();

  expect(announced.text).toMatch(
    /It was due on .+ and comes late, because I was not running then.+ The 2 runs before it were missed and are not made up for\.$/,
  );
  expect(announced.roomId).toBe(sandbox.webex.space.id);
  expect(tallyOfMessage(posted.text)['found']).toBeGreaterThan(5);
  expect(listed.text).toMatch(
    new RegExp(`^${ref}: export last 3 days in UTC every day at .+ next: `),
  );
  expect(listed.text).not.toContain('due since');
  expect(removed.text).toMatch(/is removed/);
  expect(announcementsOf(conversation, ref)).toHaveLength(1);
  expect(filesIn(conversation)).toHaveLength(1);
  const lines = (await readFile(join(sandbox.dataDir, 'audit.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ facts }) => facts?.schedule === ref);
  expect(lines.map(({ kind }) => kind)).toEqual([
    'schedule_made',
    'export_ordered',
    'schedule_removed',
  ]);
}, 120_000);

test('is killed at any moment between being due and being started, and runs once all the same', async () => {
  const conversation = await startSignedIn();
  const { door, webex } = conversation.sandbox;
  const never = { never: true } as const;
  const isPost = ({ service, method, path }: DoorRequest) =>
    service === 'webex' && method === 'POST' && path === '/v1/messages';
  const arrivals = (count: number) =>
    new Promise<void>((resolve) => {
      let arrived = 0;
      const stop = door.onArrival((request) => {
        if (!isPost(request) || ++arrived < count) return;
        stop();
        resolve();
      });
    });
  const moments: Readonly<Record<string, () => Promise<void>>> = {
    'before it is announced': () => {
      // Of the owner alone: the bot asks for itself when it starts.
      const owner = `/v1/people/${webex.people.admin.id}`;
      door.script(`GET ${owner}`, [never]);
      return new Promise((resolve) => {
        const stop = door.onArrival(({ path }) => {
          if (path !== owner) return;
          stop();
          resolve();
        });
      });
    },
    'when the announcement is on its way': () => {
      door.script('POST /v1/messages', [never]);
      return arrivals(1);
    },
    'when it is accepted, and nobody knows': () => {
      door.script('POST /v1/messages', ['pass', never]);
      return arrivals(2);
    },
  };
  for (const [moment, reach] of Object.entries(moments)) {
    const before = filesIn(conversation).length;
    const ref = await schedule(conversation);
    await conversation.bot.stop();
    await missDays(conversation, 1);
    const reached = reach();
    const restarted = conversation.restart();
    await Promise.all([reached, restarted]);
    await conversation.bot.kill();
    door.clear();
    await conversation.restart();
    const posted = await conversation.waitForMessage(hasFile);
    const exportRef = /ref (\w{4})/.exec(posted.text)?.[1] ?? '';
    await conversation.waitForLine(endOf(exportRef));
    const [announced, ...others] = announcementsOf(conversation, ref);
    const removed = await conversation.answerTo(conversation.say(`unschedule ${ref}`));
    expect({ moment, parent: posted.parentId, others }).toEqual({
      moment,
      parent: announced?.id,
      others: [],
    });
    expect({ moment, files: filesIn(conversation).length - before }).toEqual({ moment, files: 1 });
    expect(removed.text).not.toContain('goes on');
  }
  // Between the post and the answer to it nobody can know: it is announced again, and run once.
  const ref = await schedule(conversation);
  const before = filesIn(conversation).length;
  await conversation.bot.stop();
  await missDays(conversation, 1);
  const killed = new Promise<void>((resolve) => {
    const stop = webex.onMessage(({ message }) => {
      if (!message.text.startsWith(`Scheduled export ${ref}`)) return;
      stop();
      resolve();
    });
  });
  door.script('POST /v1/messages', [{ never: 'after' }]);
  const restarted = conversation.restart();
  await killed;
  await restarted;
  await conversation.bot.kill();
  door.clear();
  await conversation.restart();
  const posted = await conversation.waitForMessage(hasFile);
  expect(announcementsOf(conversation, ref).map(({ id }) => id)).toContain(posted.parentId);
  expect(filesIn(conversation).length - before).toBe(1);
}, 240_000);
