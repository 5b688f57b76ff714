import { expect, test } from 'vitest';
import { tallyOfMessage, tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
import { parseCsv, readArchive } from '../helpers/archive.ts';
import { postedExport } from '../helpers/export.ts';
import { bucketsOf, sorted } from '../helpers/oracle.ts';
import { startConversation } from '../helpers/sandbox.ts';

const dayMs = 86_400_000;

test('exports the conversations of one agent, named in another case, and of nobody else', async () => {
  const conversation = await startConversation();
  const { dataset } = conversation.sandbox;
  const today = Math.floor(Date.now() / dayMs);
  const dateOf = (back: number) => new Date((today - back) * dayMs).toISOString().slice(0, 10);
  const window = { fromMs: (today - 8) * dayMs, toMs: today * dayMs };
  const [agent = ''] = [...dataset.tasks({ ...window, by: 'createdTime' })].flatMap(
    ({ channelType, createdTime, lastAgent }) =>
      channelType === 'chat' && createdTime >= window.fromMs && createdTime < window.toMs
        ? (lastAgent?.name ?? [])
        : [],
  );
  const said = conversation.say(
    `export ${dateOf(8)} to ${dateOf(1)} agent "${agent.toUpperCase()}" in UTC`,
  );
  await conversation.login();
  const posted = await postedExport(conversation, said);
  const expected = bucketsOf(dataset, {
    ...window,
    fits: ({ channelType, lastAgent }) => channelType === 'chat' && lastAgent?.name === agent,
  });

  expect(expected.length).toBeGreaterThan(1);
  expect(sorted(posted.buckets)).toEqual(sorted(expected));
  expect(posted.tally).toEqual(tallyOfRows({ buckets: expected }));
  expect(tallyOfSummary(posted)).toEqual(posted.tally);
});

test('exports as CSV what one customer wrote of, and counts the rest of it as filtered out', async () => {
  const customer = (email: string) => ({ name: 'Ava', email, phoneNumber: null });
  const says = (message: string) => [{ content: [{ message }] }];
  const createdTime = Date.now() - dayMs;
  const conversation = await startConversation({
    dataset: {
      tasks: [
        { customer: customer('ava@shop.example'), transcripts: says('I want a REFUND, please') },
        { customer: customer('Ava@Shop.example'), transcripts: says('thanks') },
        { customer: customer('ben@shop.example'), transcripts: says('a refund for me as well') },
      ].map((task) => ({ ...task, createdTime })),
    },
  });
  const said = conversation.say(
    'export last 2 days customer ava@shop.example containing "refund" as csv',
  );
  await conversation.login();
  const { text, file } = await conversation.answerTo(said, (one) => one.file !== undefined);
  const files = await readArchive(file?.bytes);
  const entries = parseCsv((files.get('entries.csv') ?? '').replace('\ufeff', ''));
  const receipt = JSON.parse(files.get('receipt.json') ?? '{}');

  expect(tallyOfMessage(text)).toEqual({ found: 2, exported: 1, filtered_out: 1 });
  expect(entries.map((row) => row[3])).toEqual(['message', 'I want a REFUND, please']);
  expect(JSON.stringify(receipt)).toContain('ava@shop.example');
});
