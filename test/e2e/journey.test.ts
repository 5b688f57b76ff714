import { expect, test } from 'vitest';
import { startConversation, transports } from '../helpers/sandbox.ts';
import { readSheets } from '../helpers/workbook.ts';

test.each(transports)(
  'leads from the command through the login card to a workbook that adds up, by %s',
  async (transport) => {
    const conversation = await startConversation({ transport });
    const { webex, door } = conversation.sandbox;
    const said = conversation.say('export last 7 days');
    const acknowledged = await conversation.answerTo(said);
    const callsBefore = door.requests('POST /search').length;
    const asked = await conversation.answerTo(said);
    const page = await conversation.login();
    const done = await conversation.answerTo(said, ({ file }) => file !== undefined);

    expect(acknowledged.text).toMatch(
      /^Exporting live chat, all queues: .+Europe\/Berlin \(UTC\+\d\)\. .+Ref \w{4} ·/,
    );
    expect(callsBefore).toBe(0);
    expect(asked.text).toBe("I need you to sign in first. I've sent you a private message.");
    expect(page.status).toBe(200);
    expect(page.html).toContain('signed in');
    expect(done.file?.name).toMatch(/^wxcc-conversations_[\d-]+_[\d-]+_\w{4}\.xlsx$/);

    const sheets = await readSheets(done.file?.bytes);
    const [found = 0, exported = 0] = (done.text.match(/[\d,]+/g) ?? []).map((number) =>
      Number(number.replaceAll(',', '')),
    );
    const messages = sheets.get('Messages') ?? [];
    const conversations = sheets.get('Conversations') ?? [];
    expect([...sheets.keys()]).toEqual(['Summary', 'Conversations', 'Messages', 'Not exported']);
    expect(conversations.length - 1).toBe(exported);
    expect(conversations.length - 1 + (sheets.get('Not exported')?.length ?? 0) - 1).toBe(found);
    expect(found).toBeGreaterThan(100);
    expect(new Set(messages.slice(1).map(([id]) => id)).size).toBe(exported);
    // The card is gone, so nobody finds a dead button.
    const direct = webex.messages(webex.directSpace(webex.people.admin).id);
    expect(direct.filter(({ card }) => card !== undefined)).toEqual([]);
  },
);

test('keeps its promises about the entries: order, contract columns, hostile text', async () => {
  const atMs = Date.now() - 3 * 3_600_000;
  const entry = (offsetMs: number, message: string, more = {}) => ({
    id: `m${offsetMs}`,
    aliasId: 'alias-1',
    direction: 'inbound',
    message,
    timestamp: new Date(atMs + offsetMs).toISOString(),
    participant: { name: 'Ada', role: 'customer', userId: 'ada@example.org' },
    ...more,
  });
  const conversation = await startConversation({
    dataset: {
      tasks: [
        {
          id: '11111111-1111-4111-8111-111111111111',
          createdTime: atMs,
          transcripts: [
            { content: [entry(2_000, '=1+1'), entry(1_000, '  a\u000bb \ud83d\ude00 _x0041_')] },
            { content: [entry(1_500, 'between', { participant: undefined })] },
          ],
        },
      ],
    },
  });
  const said = conversation.say('export last 2 days');
  await conversation.login();
  const done = await conversation.answerTo(said, ({ file }) => file !== undefined);
  const [header, ...rows] = (await readSheets(done.file?.bytes)).get('Messages') ?? [];

  expect(header?.slice(0, 8)).toEqual([
    'task_id',
    'timestamp',
    'direction',
    'message',
    'participant_name',
    'participant_role',
    'participant_userId',
    'participant_aliasId',
  ]);
  expect(rows.map((row) => row[3])).toEqual(['  a\ufffdb \ud83d\ude00 _x0041_', 'between', '=1+1']);
  expect(rows.map((row) => row[4])).toEqual(['Ada', undefined, 'Ada']);
});
