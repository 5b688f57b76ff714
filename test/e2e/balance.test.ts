import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countRows } from '../../src/workbook/count-rows.ts';
import { tallyOfMessage, tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
import { leftoversIn, postedExport } from '../helpers/export.ts';
import { bucketsOf, entryCountOf, sorted } from '../helpers/oracle.ts';
import { startConversation } from '../helpers/sandbox.ts';
import { makeTempFolder } from '../helpers/temp.ts';

const dayMs = 86_400_000;

/** Whole days of UTC, counted back from today: as a command says them, and as the data knows them. */
function days(from: number, to: number) {
  const today = Math.floor(Date.now() / dayMs);
  const dateOf = (back: number) => new Date((today - back) * dayMs).toISOString().slice(0, 10);
  return {
    words: `${dateOf(from)} to ${dateOf(to)} in UTC`,
    window: { fromMs: (today - from) * dayMs, toMs: (today - to + 1) * dayMs },
  };
}

test('puts every conversation into the bucket where it belongs, and says so three times alike', async () => {
  const conversation = await startConversation();
  const { dataset, dataDir } = conversation.sandbox;
  const week = days(8, 1);
  const first = conversation.say(`export ${week.words}`);
  await conversation.login();
  const chats = await postedExport(conversation, first);
  const expected = bucketsOf(dataset, week.window);
  expect(sorted(chats.buckets)).toEqual(sorted(expected));
  expect(chats.tally).toEqual(tallyOfRows({ buckets: expected }));
  expect(tallyOfSummary(chats)).toEqual(chats.tally);
  expect(chats.tally['no_transcript']).toBeGreaterThan(1);
  for (const [id, bucket] of expected) {
    const entries = bucket === 'exported' ? entryCountOf(dataset, id) : undefined;
    expect([id, chats.messages.get(id)]).toEqual([id, entries]);
  }

  const recent = days(2, 0);
  const everything = await postedExport(
    conversation,
    conversation.say(`export ${recent.words} channel all`),
  );
  const ofAll = bucketsOf(dataset, { ...recent.window, fits: () => true });
  expect(sorted(everything.buckets)).toEqual(sorted(ofAll));
  expect(everything.tally).toEqual(tallyOfRows({ buckets: ofAll }));
  // Three always are; more when the hour of the test is a busy one.
  expect(everything.tally['still_open']).toBeGreaterThanOrEqual(3);

  const ended = await postedExport(
    conversation,
    conversation.say(`export ${recent.words} channel digital by ended`),
  );
  const ofDigital = bucketsOf(dataset, {
    ...recent.window,
    by: 'endedTime',
    fits: ({ channelType }) => channelType !== 'telephony',
  });
  expect(sorted(ended.buckets)).toEqual(sorted(ofDigital));
  expect(ended.tally).toEqual(tallyOfRows({ buckets: ofDigital }));
  expect(await leftoversIn(dataDir)).toEqual([]);
});

test('keeps the balance with a contact center that understands and writes everything differently', async () => {
  const conversation = await startConversation({
    contactCenter: {
      refuseChannelValues: ['chat', 'telephony'],
      refuseFields: ['csatScore', 'lastSite.name'],
      graphqlErrorsAs: 400,
      sorting: 'unknown',
      absentMembers: 'missing',
      aggregationValues: 'text',
      captureMembers: 'capital',
      pageSize: 30,
    },
  });
  const week = days(5, 1);
  const said = conversation.say(`export ${week.words}`);
  await conversation.login();
  const posted = await postedExport(conversation, said);
  const { dataset } = conversation.sandbox;
  const chats = new Map(bucketsOf(dataset, week.window));
  const all = bucketsOf(dataset, { ...week.window, fits: () => true });
  const expected = all.map(([id]) => [id, chats.get(id) ?? 'filtered_out'] as const);
  expect(sorted(posted.buckets)).toEqual(sorted(expected));
  expect(posted.tally).toEqual(tallyOfRows({ buckets: expected }));
  expect(tallyOfSummary(posted)).toEqual(posted.tally);
  expect(posted.tally['filtered_out']).toBeGreaterThan(20);
  // The second count agrees with what was found, those of other channels included.
  expect(posted.message.text).not.toMatch(/counts|counted|incomplete/);
});

test('says that there was nothing, or nothing but open conversations', async () => {
  const openSinceMs = Date.now() - 3 * 3_600_000;
  const conversation = await startConversation({
    dataset: { tasks: [{ createdTime: openSinceMs, isActive: true }] },
  });
  const first = conversation.say(`export ${days(1, 0).words}`);
  await conversation.login();
  const posted = await postedExport(conversation, first);
  expect(posted.tally).toEqual({ found: 1, still_open: 1 });
  expect(tallyOfSummary(posted)).toEqual(posted.tally);
  expect([...posted.messages]).toEqual([]);

  const second = conversation.say(`export ${days(90, 80).words}`);
  const answer = await conversation.answerTo(second, ({ text }) => !text.startsWith('Exporting'));
  expect(answer.text).toMatch(/^No conversations in .+ Check the dates and filters/);
  expect(answer.file).toBeUndefined();
});

test('exports thousands of conversations, every entry of them', async () => {
  const count = 2_500;
  const conversation = await startConversation({
    dataset: { kind: 'chats', count, days: 6 },
    contactCenter: { requestsPerMinute: Number.POSITIVE_INFINITY },
    env: { WXCC_REQUESTS_PER_MINUTE: '100000' },
  });
  const said = conversation.say('export last 7 days');
  await conversation.login();
  const done = await conversation.answerTo(said, ({ file }) => file !== undefined, {
    withinMs: 90_000,
  });
  const path = join(await makeTempFolder(), 'large.xlsx');
  await writeFile(path, done.file?.bytes ?? '');
  const rows = await countRows(path);
  expect(tallyOfMessage(done.text)).toEqual({ found: count, exported: count });
  expect(Object.fromEntries(rows)).toMatchObject({
    Conversations: count + 1,
    Messages: count * 20 + 1,
    'Not exported': 1,
  });
}, 120_000);
