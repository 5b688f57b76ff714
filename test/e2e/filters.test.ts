import { expect, test } from 'vitest';
import { tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
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
