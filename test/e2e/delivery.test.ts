import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { hold } from '../helpers/gate.ts';
import {
  type Conversation,
  endOf,
  refIn,
  startConversation,
  transports,
} from '../helpers/sandbox.ts';

const dataset = { tasks: [{ id: '11111111-1111-4111-8111-111111111111' }] };
const download = 'GET /files/:id';

const hasFile = ({ file }: Pick<Message, 'file'>) => file !== undefined;

/** Says `export` and stops the download; what happens before `goOn` happens during the job. */
async function exportHeld(conversation: Conversation, said: { roomId?: string } = {}) {
  const { door } = conversation.sandbox;
  const { fault, letGo } = hold();
  door.script(download, [fault]);
  const command = conversation.say('export last 2 days', said);
  const acknowledged = await conversation.answerTo(command);
  return { command, ref: refIn(acknowledged), goOn: letGo };
}

/** @returns the reference of an export whose file is in the space */
async function exportToTheEnd(conversation: Conversation): Promise<string> {
  const command = conversation.say('export last 2 days');
  const ref = refIn(await conversation.answerTo(command));
  await conversation.login();
  await conversation.answerTo(command, hasFile);
  await conversation.waitForLine(endOf(ref));
  return ref;
}

test('sends the workbook to the person alone when the space changes under the job', async () => {
  const conversation = await startConversation({ dataset });
  const { webex } = conversation.sandbox;
  const { admin, outsider } = webex.people;
  const { space, bot } = webex;
  const direct = webex.directSpace(admin);
  const filesIn = (roomId: string) => webex.messages(roomId).filter(hasFile);
  const isDirectFile = (message: Message) => message.roomId === direct.id && hasFile(message);

  // All are of the organization.
  const first = await exportHeld(conversation);
  await conversation.answerTo(first.command, ({ text }) => text.includes('sign in first'));
  await conversation.login();
  first.goOn();
  await conversation.answerTo(first.command, hasFile);
  await conversation.waitForLine(endOf(first.ref));
  expect(filesIn(direct.id)).toEqual([]);

  // Somebody from outside comes in during the download.
  const second = await exportHeld(conversation);
  webex.addMember(space.id, outsider);
  second.goOn();
  const sent = await conversation.waitForMessage(isDirectFile);
  const line = await conversation.answerTo(second.command);
  expect(sent.text).toContain('You asked for this in the space "CC reports".');
  expect(sent.text).toContain(`ref ${second.ref}`);
  expect(line.text).toBe(
    "I couldn't make sure that everybody in this space may see the file, so I sent it to you directly. Ana Petrova",
  );
  await conversation.waitForLine(endOf(second.ref));
  webex.removeMember(space.id, outsider);

  // The command is deleted: the file stays in the space, outside of any thread.
  const third = await exportHeld(conversation);
  webex.deleteMessage(third.command.id);
  third.goOn();
  const loose = await conversation.waitForMessage(hasFile);
  expect(loose).toMatchObject({ roomId: space.id, parentId: undefined });
  await conversation.waitForLine(endOf(third.ref));

  // The bot is thrown out.
  const fourth = await exportHeld(conversation);
  webex.removeMember(space.id, bot);
  fourth.goOn();
  await conversation.waitForMessage(isDirectFile);
  expect(filesIn(space.id)).toHaveLength(2);
  expect(filesIn(direct.id)).toHaveLength(2);
});

test('ends an export that may go nowhere with a sentence and a line in the log, and no file', async () => {
  const conversation = await startConversation({ dataset });
  const { webex, dataDir } = conversation.sandbox;
  const { admin, outsider } = webex.people;
  const held = await exportHeld(conversation);
  await conversation.login();
  await conversation.answerTo(held.command, ({ text }) => text.includes('sign in first'));
  webex.addMember(webex.space.id, outsider);
  webex.refuseDirect(admin);
  held.goOn();
  const ended = await conversation.answerTo(held.command);

  expect(ended.text).toMatch(/^Export \w{4} failed\. The file may not be posted here, /);
  await conversation.bot.stop();
  const folder = join(dataDir, 'jobs', held.ref);
  expect((await readdir(folder)).sort()).toEqual(['journal.ndjson', 'order.json']);
  expect(await readFile(join(folder, 'journal.ndjson'), 'utf8')).toContain('"outcome":"failed"');
  const log = conversation.bot.output();
  expect(log).toContain('"why":"outsider"');
  expect(log).toContain('the file could neither be posted in the space nor sent to the person');
  const posted = [webex.space, webex.directSpace(admin)].flatMap(({ id }) => webex.messages(id));
  expect(posted.filter(hasFile)).toEqual([]);
});

test('answers in a direct space there, and gives nothing to somebody taken off the list', async () => {
  const conversation = await startConversation({
    dataset,
    envFile: { ADMINS: 'ana@harbour.example,ben@harbour.example' },
  });
  const { webex } = conversation.sandbox;
  const { id: roomId } = webex.directSpace(webex.people.admin);

  const allowed = await exportHeld(conversation, { roomId });
  await conversation.login();
  allowed.goOn();
  const done = await conversation.answerTo(allowed.command, hasFile);
  await conversation.waitForLine(endOf(allowed.ref));
  expect(done.roomId).toBe(roomId);
  expect(done.text).not.toContain('You asked for this');

  const withdrawn = await exportHeld(conversation, { roomId });
  await conversation.writeEnvFile({ ADMINS: 'ben@harbour.example' });
  conversation.hangUp();
  await conversation.waitForLine('was read again');
  withdrawn.goOn();
  const ended = await conversation.answerTo(withdrawn.command);
  expect(ended.text).toBe(
    `Export ${withdrawn.ref} failed. The permission for this export was withdrawn, so nothing more is posted.`,
  );
  expect(webex.messages(roomId).filter(hasFile)).toHaveLength(1);
});

test.each(transports)(
  'a member who joins from outside within the minute after a post is reported with the offer to recall, by %s',
  async (transport) => {
    const conversation = await startConversation({ transport, dataset });
    const { webex } = conversation.sandbox;
    const ref = await exportToTheEnd(conversation);
    webex.addMember(webex.space.id, webex.people.outsider);
    const told = await conversation.waitForMessage(({ text }) => text.includes('from outside'));
    expect(told.roomId).toBe(webex.directSpace(webex.people.admin).id);
    expect(told.text).toContain(`recall ${ref} removes the file`);
    // The event did it, before the first look.
    expect(await conversation.waitForLine('no longer safe')).toContain('"because":"event"');
  },
);

test('tells of somebody from outside who joins behind the file, also when the bot was down meanwhile', async () => {
  const conversation = await startConversation({ dataset });
  const { webex } = conversation.sandbox;
  const ref = await exportToTheEnd(conversation);
  await conversation.bot.kill();
  webex.addMember(webex.space.id, webex.people.outsider);
  await conversation.restart();
  const told = await conversation.waitForMessage(({ text }) => text.includes('from outside'));
  expect(told.roomId).toBe(webex.directSpace(webex.people.admin).id);
  expect(told.text).toBe(
    `Somebody from outside your organization can see the space "CC reports" since I posted the file of export ${ref} there. recall ${ref} removes the file.`,
  );
  conversation.say(`recall ${ref}`, { roomId: told.roomId });
  await conversation.waitForMessage(({ text }) => text.startsWith('I have removed the file'));
  expect(webex.messages(webex.space.id).filter(hasFile)).toEqual([]);
});
