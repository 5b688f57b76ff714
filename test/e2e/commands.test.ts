import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { gate, hold } from '../helpers/gate.ts';
import { type Conversation, startConversation } from '../helpers/sandbox.ts';

const nothing = 'Nothing of yours is running. export last 7 days starts an export.';

function jobFolders({ sandbox }: Conversation): Promise<string[]> {
  return readdir(join(sandbox.dataDir, 'jobs'));
}

/** Refused commands of every kind with their answers, out of those recorded beside the unit tests. */
async function refusedCommands(): Promise<{ typed: string; answer: string }[]> {
  const recorded = await readFile(new URL('../bot/grammar/refused.txt', import.meta.url), 'utf8');
  return recorded
    .split('\n\n')
    .filter((block, index) => !block.startsWith('#') && index % 4 === 0)
    .map((block) => {
      const [typed = '', sentence = '', suggestion = ''] = block.trimEnd().split('\n');
      return { typed, answer: `${sentence.trim()} Try: ${suggestion.trim()}` };
    });
}

test('answers every wrong command with its sentence, and starts nothing', async () => {
  const conversation = await startConversation();
  const { webex, door } = conversation.sandbox;
  const roomId = webex.directSpace(webex.people.admin).id;
  const cases = [
    ...(await refusedCommands()),
    {
      typed: `export last 7 days queue "${'x'.repeat(600)}"`,
      answer: 'That is longer than the 500 characters I read. Try: export last 7 days',
    },
    {
      typed: 'export 2999-01-01',
      answer: expect.stringMatching(/^That starts in the future, at .+ Try: export /),
    },
    {
      typed: 'export 2001-01-01',
      answer: expect.stringMatching(/^The contact center reaches back 36 months,.+ Try: export /),
    },
  ];
  const said = cases.map(({ typed }) => conversation.say(typed, { roomId }));
  const answers = await Promise.all(said.map((message) => conversation.answerTo(message)));

  expect(cases.length).toBeGreaterThan(40);
  expect(answers.map(({ text }) => text)).toEqual(cases.map(({ answer }) => answer));
  expect(door.requests('POST /search')).toEqual([]);
  expect(door.requests('POST /v1/access_token')).toEqual([]);
  expect(await jobFolders(conversation)).toEqual([]);
});

test('understands a command wherever and however it is written, and answers in its thread', async () => {
  const conversation = await startConversation();
  const { webex } = conversation.sandbox;
  const { admin, colleague } = webex.people;
  const roomId = webex.directSpace(admin).id;
  const mention = `<@personId:${webex.bot.id}>`;
  const marked = (markdown: string) => conversation.say('', { markdown, mention: false });
  const answer = async (said: Message) => (await conversation.answerTo(said)).text;

  const opening = conversation.say('status');
  const answers: [string, string][] = [
    ['with a mention', await answer(opening)],
    ['directly', await answer(conversation.say('status', { roomId }))],
    ['in capitals', await answer(conversation.say('  STATUS '))],
    ['before the mention', await answer(marked(`status ${mention}`))],
    ['with two mentions', await answer(marked(`${mention} status ${mention}`))],
    ['in a block of code', await answer(marked(`${mention}\n\`\`\`\nstatus\n\`\`\``))],
    ['as code', await answer(marked(`${mention}: \`status\``))],
    ['in bold', await answer(marked(`${mention}, **status**`))],
  ];
  const inThread = conversation.say('status', { parentId: opening.id });
  const inItsThread = await conversation.answerTo(opening);
  const around = await answer(marked(`cancel ${mention} e7k2`));
  const toTwo = await answer(marked(`${mention} <@personId:${colleague.id}> status`));
  const emoji = await answer(conversation.say('status 🎉'));
  const help = await answer(conversation.say(''));
  const helpDirectly = await answer(conversation.say('help me please', { roomId }));
  const whoami = await answer(conversation.say('whoami'));
  const logout = await answer(conversation.say('logout'));
  const cancel = await answer(conversation.say('cancel'));

  for (const [how, text] of answers) expect(text, how).toBe(nothing);
  expect(inThread.parentId).toBe(opening.id);
  expect(inItsThread.text).toBe(nothing);
  expect(around).toBe('There is no running export E7K2 of yours.');
  expect(toTwo).toMatch(/not with "Nora"\. Try: status$/);
  expect(emoji).toBe('Nothing can follow "status". Try: status');
  expect(help).toMatch(/^I export conversations of .+ In a space, mention me first\./);
  expect(helpDirectly).toMatch(
    /^I export conversations of Webex Contact Center to a workbook\. For/,
  );
  expect(whoami.split('\n')).toEqual([
    'Account: Ana Petrova (ana@harbour.example)',
    `Organization: ${webex.organizations.home.uuid}`,
    'Contact center: known after the sign-in, region us1',
    'Sign-in: none; login sends you a card',
    'Permission: administrator of this bot',
    'Time zone: Europe/Berlin',
  ]);
  expect(logout).toBe('You were not signed in.');
  expect(cancel).toBe('Nothing of yours is running.');
});

test('keeps one export for each person, tells how far it is, and stops it when asked', async () => {
  const conversation = await startConversation({
    dataset: { kind: 'chats', count: 12, days: 5 },
  });
  const { webex, door, dataDir } = conversation.sandbox;
  const ask = async (text: string, options: Parameters<Conversation['say']>[1] = {}) =>
    (await conversation.answerTo(conversation.say(text, options))).text;
  const order = async (text: string) => {
    const said = conversation.say(text);
    const { text: acknowledgement } = await conversation.answerTo(said);
    const ref = /Ref (\w{4}) ·/.exec(acknowledgement)?.[1] ?? 'none';
    return { said, acknowledgement, ref };
  };
  const filesPosted = () =>
    [webex.space, webex.directSpace(webex.people.admin)]
      .flatMap(({ id }) => webex.messages(id))
      .filter(({ file }) => file !== undefined).length;
  const cards = () =>
    webex
      .messages(webex.directSpace(webex.people.admin).id)
      .filter(({ card }) => card !== undefined);

  // Waiting for a sign-in.
  const first = await order('export last 7 days queue “Nowhere”');
  await conversation.answerTo(first.said);
  const waiting = await ask('status');
  const second = await order('export last 7 days');
  await conversation.answerTo(second.said);
  const cardsThen = cards().length;
  const stopped = await ask('cancel');
  await conversation.waitForLine(`"ref":"${second.ref}","outcome":"cancelled"`);
  const afterStop = await ask('status');
  expect(first.acknowledgement).toMatch(
    /^Exporting live chat, queue "Nowhere": .+ I can check the names only after you have signed in\./,
  );
  expect(waiting).toMatch(new RegExp(`^Export ${first.ref} \\(.+\\) waits for your sign-in\\.$`));
  expect(second.acknowledgement).toContain(
    `This replaces ${first.ref}, which waited for a sign-in.`,
  );
  expect(cardsThen).toBe(1);
  expect(stopped).toBe(`Stopping ${second.ref}. Nothing is posted.`);
  expect(afterStop).toBe(nothing);
  expect(cards()).toEqual([]);

  // Signing in without an export.
  const invited = await ask('login');
  const page = await conversation.login();
  const signedIn = await conversation.waitForMessage(({ text }) => /^You are signed in/.test(text));
  const again = await ask('login');
  const whoami = await ask('whoami');
  expect(invited).toBe("I need you to sign in first. I've sent you a private message.");
  expect(page.html).toContain('You are signed in');
  expect(signedIn.text).toBe('You are signed in.');
  expect(again).toBe(
    'You are signed in already. whoami shows as whom, logout deletes the sign-in.',
  );
  expect(whoami).toMatch(/Sign-in: active, renewed by itself until /);

  // Every stage of a run, and a cancel in the middle of it.
  const planning = hold();
  door.script('POST /search', [planning.fault]);
  const downloads = gate();
  const downloading = gate();
  const until = () => {
    downloading.open();
    return downloads.opened;
  };
  door.script('GET /files/:id', [{ until }], { repeat: true });
  const third = await order('export last 7 days');
  await planning.arrived;
  const whilePlanning = await ask('status');
  const refused = await ask('export yesterday');
  planning.letGo();
  await downloading.opened;
  const whileCollecting = await ask('status');
  const byOther = await ask(`cancel ${third.ref}`, { person: webex.people.secondAdmin });
  const otherStatus = await ask('status', { person: webex.people.secondAdmin });
  const wrongRef = await ask('cancel 0000');
  const cancelled = await ask(`cancel ${third.ref.toLowerCase()}`);
  await conversation.waitForLine(`"ref":"${third.ref}","outcome":"cancelled"`);
  const left = await readdir(join(dataDir, 'jobs', third.ref));
  const afterCancel = await ask('status');
  downloads.open();
  expect(whilePlanning).toMatch(/: asking the contact center what there is\.$/);
  expect(refused).toMatch(new RegExp(`^Your export ${third.ref} is still running,`));
  expect(whileCollecting).toMatch(/: 0 of 12 conversations done\.$/);
  expect(byOther).toBe(`There is no running export ${third.ref} of yours.`);
  expect(otherStatus).toBe(nothing);
  expect(wrongRef).toBe('There is no running export 0000 of yours.');
  expect(cancelled).toBe(`Stopping ${third.ref}. Nothing is posted.`);
  expect(left.toSorted()).toEqual(['journal.ndjson', 'order.json']);
  expect(afterCancel).toBe(nothing);
  expect(filesPosted()).toBe(0);

  // Too late: the workbook is on its way. The first message is the acknowledgement.
  const posting = hold();
  door.script('POST /v1/messages', ['pass', posting.fault]);
  const fourth = await order('export last 7 days');
  await posting.arrived;
  const whilePosting = await ask('status');
  const tooLate = await ask('cancel');
  posting.letGo();
  const done = await conversation.answerTo(fourth.said, ({ file }) => file !== undefined);
  expect(whilePosting).toMatch(/: posting the file\.$/);
  expect(tooLate).toBe(
    `The file of ${fourth.ref} is being posted at this moment; it is too late to stop it.`,
  );
  expect(done.text).toMatch(new RegExp(`^12 found · 12 exported · ref ${fourth.ref} · `));

  // Logging out in the middle of a run.
  const reading = hold();
  door.script('GET /files/:id', [reading.fault]);
  const fifth = await order('export last 7 days');
  await reading.arrived;
  const loggedOut = await ask('logout');
  await conversation.waitForLine(`"ref":"${fifth.ref}","outcome":"cancelled"`);
  reading.letGo();
  const afterLogout = await ask('status');
  const nobody = await ask('whoami');
  expect(loggedOut).toMatch(
    new RegExp(`^I have deleted your sign-in\\. I stopped ${fifth.ref}\\. Webex itself still`),
  );
  expect(afterLogout).toBe(nothing);
  expect(nobody).toContain('Sign-in: none;');
  expect(filesPosted()).toBe(1);
  const grants = JSON.parse(await readFile(join(dataDir, 'grants.json'), 'utf8'));
  expect(JSON.stringify(grants)).toContain('"grants":[]');
});
