import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Message } from '../../src/sandbox/webex/message.ts';
import { endOf, refIn, startConversation } from '../helpers/sandbox.ts';

const page = new URL('../../.github/docs/conversation.md', import.meta.url);

const intro = `# A conversation in full

What people say and what the bot answers, as it comes out of \`test/e2e/conversation.test.ts\`, which holds this page against the running bot.
\`CONVERSATION=write\` in its environment writes the page anew.
`;

/** What differs from run to run: moments, references, numbers. */
function steady(text: string): string {
  return (
    text
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
      .replace(/ · \d+ still open/g, '')
      .replace(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ \w{3} \d{4} \d\d:\d\d\b/g, 'MOMENT')
      .replace(/\d{4}-\d\d-\d\d/g, 'DAY')
      // A reference may well consist of digits.
      .replace(/(?<![0-9A-Za-z])(?=[0-9A-Z]*[A-Z])[0-9A-Z]{4}(?![0-9A-Za-z])/g, 'N')
      .replace(/\d+(?:[,.]\d+)*/g, 'N')
  );
}

test('the page of the documents shows what is really said', async () => {
  const conversation = await startConversation();
  const { sandbox, say, answerTo, waitForMessage, waitForLine, login } = conversation;
  const { webex } = sandbox;
  const { admin, colleague } = webex.people;
  const parts = [intro];
  const lines: string[] = [];
  const note = (who: string, text: string) => {
    lines.push(
      ...text.split('\n').map((line, index) => `${(index === 0 ? who : '').padEnd(6)}${line}`),
    );
  };
  const tell = (heading: string) => {
    parts.push(`## ${heading}\n`);
  };
  const close = () => {
    parts.push(`\`\`\`\n${lines.splice(0).join('\n')}\n\`\`\`\n`);
  };
  const bot = (message: Message) => {
    note('Bot', message.text);
    if (message.file) note('', `(${message.file.name})`);
    return message;
  };
  const typed = (text: string, person = admin) => {
    note(person === admin ? 'Ana' : 'Nia', `@Exporter ${text}`);
    return say(text, { person });
  };
  const ask = async (text: string, person = admin) => bot(await answerTo(typed(text, person)));

  tell('Somebody who is no administrator');
  await ask('export last 7 days', colleague);
  close();

  tell('The first export, with the sign-in');
  const first = typed('export last 7 days');
  const acknowledged = bot(await answerTo(first, ({ text }) => text.startsWith('Exporting')));
  const ref = refIn(acknowledged);
  bot(await answerTo(first));
  note('', '(a card, for Ana alone: who asked, what happens next, which access, until when)');
  await login();
  bot(await waitForMessage(({ text }) => text.startsWith('You are signed in')));
  bot(await answerTo(first, ({ file }) => file !== undefined));
  await waitForLine(endOf(ref));
  close();

  tell('Afterwards');
  await ask('status');
  await ask('history');
  const again = typed(`retry ${ref}`);
  const looking = bot(await answerTo(again, ({ text }) => text.startsWith('Looking')));
  bot(await waitForMessage(({ text }) => text.startsWith('I looked again')));
  await waitForLine(endOf(refIn(looking)));
  await ask(`recall ${ref}`);
  close();

  tell('A slip');
  await ask('exprot last week');
  await ask('export 01/02/2026');
  await ask('export last week queue "Sales');
  close();

  tell('Every Monday');
  const made = await ask('schedule every monday 08:00 export last week queue "Sales"');
  await ask('schedules');
  await ask(`unschedule ${/^Schedule (\w{4})/.exec(made.text)?.[1] ?? ''}`);
  close();

  tell('Who am I to the bot, and an end');
  await ask('whoami');
  await ask('logout');
  close();

  const written = parts.join('\n');
  if (process.env['CONVERSATION'] === 'write') await writeFile(page, written);
  expect(steady(await readFile(page, 'utf8'))).toBe(steady(written));
}, 60_000);
