import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { NewTask } from '../../src/sandbox/dataset/dataset.ts';
import { uuidFor } from '../../src/sandbox/dataset/task.ts';
import type { Fault } from '../../src/sandbox/door-faults.ts';
import { tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
import { leftoversIn, postedExport } from '../helpers/export.ts';
import { bucketsOf, sorted } from '../helpers/oracle.ts';
import { endOf, startConversation } from '../helpers/sandbox.ts';

const dayMs = 86_400_000;
const yesterdayMs = Date.now() - dayMs;
const captures = 'POST /v1/captures/query';
const afterOneSecond = { 'retry-after': '1' };

/** Conversations of yesterday by their names, a minute apart. */
function tasksOf(drafts: Readonly<Record<string, Partial<NewTask>>>): NewTask[] {
  return Object.entries(drafts).map(([name, draft], index) => ({
    id: uuidFor(name),
    createdTime: yesterdayMs + index * 60_000,
    ...draft,
  }));
}

const isAnswer = ({ text }: { readonly text: string }) => !text.startsWith('Exporting');

test('gets through a bad hour of everything it talks to, and loses nothing', async () => {
  const tasks = tasksOf(
    Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`chat ${index}`, {}])),
  );
  const conversation = await startConversation({
    dataset: { tasks },
    contactCenter: { pageSize: 20 },
  });
  const { door, dataset } = conversation.sandbox;
  const faults: readonly (readonly [route: string, faults: readonly Fault[]])[] = [
    ['POST /search', ['pass', { status: 429, headers: afterOneSecond }, { hangUp: true }]],
    [captures, [{ status: 503 }, { truncate: true }, { status: 429, headers: afterOneSecond }]],
    ['GET /files/:id', [{ status: 503 }, { hangUp: true }, { truncate: true }, { status: 403 }]],
    ['GET /v1/people/:id', [{ hangUp: true }]],
    ['GET /v1/rooms/:id', [{ status: 429, headers: afterOneSecond }]],
    ['GET /v1/memberships', [{ truncate: true }]],
    ['POST /v1/messages', [{ status: 429, headers: afterOneSecond }]],
  ];
  for (const [route, script] of faults) door.script(route, script);
  const said = conversation.say('export last 2 days');
  await conversation.login();
  const posted = await postedExport(conversation, said);
  const expected = bucketsOf(dataset, { fromMs: yesterdayMs, toMs: Date.now() });
  expect(sorted(posted.buckets)).toEqual(sorted(expected));
  expect(posted.tally).toEqual({ found: 45, exported: 45 });
  expect(posted.message.text).not.toMatch(/incomplete/);
});

test('accounts for every transcript that cannot be read, with the reason and the number of tries', async () => {
  const bomb = gzipSync(Buffer.alloc(64 << 20, ' '));
  const tasks = tasksOf({
    good: {},
    html: { transcripts: [{ content: '<html>busy</html>' }] },
    nothing: { transcripts: [{ content: '' }] },
    torn: { transcripts: [{ content: '[{"message":"hel' }] },
    strange: { transcripts: [{ content: { pages: [1, 2] } }] },
    huge: { transcripts: [{ content: `["${'x'.repeat(17 << 20)}"]` }] },
    bomb: { transcripts: [{ content: bomb, contentEncoding: 'gzip' }] },
    gone: {},
    forbidden: {},
    half: { transcripts: [{}, { content: 'oops' }] },
    silent: { transcripts: [{ content: [] }] },
    without: { transcripts: [] },
  });
  const conversation = await startConversation({ dataset: { tasks } });
  const { door } = conversation.sandbox;
  door.script(`GET /files/${uuidFor('gone')}.0`, [{ status: 404 }], { repeat: true });
  door.script(`GET /files/${uuidFor('forbidden')}.0`, [{ status: 403 }], { repeat: true });
  const said = conversation.say('export last 2 days');
  await conversation.login();
  const posted = await postedExport(conversation, said);
  const rowOf = (name: string) => posted.missing.get(uuidFor(name));
  const failed = (reason: RegExp, attempts: number, status?: number) => ({
    bucket: 'failed',
    reason: expect.stringMatching(reason),
    attempts,
    status,
  });
  expect(posted.tally).toEqual({ found: 12, exported: 1, no_transcript: 2, failed: 9 });
  expect(tallyOfRows(posted)).toEqual(posted.tally);
  expect(tallyOfSummary(posted)).toEqual(posted.tally);
  expect([...posted.messages.keys()]).toEqual([uuidFor('good')]);
  expect({
    html: rowOf('html'),
    nothing: rowOf('nothing'),
    torn: rowOf('torn'),
    strange: rowOf('strange'),
    huge: rowOf('huge'),
    bomb: rowOf('bomb'),
    gone: rowOf('gone'),
    forbidden: rowOf('forbidden'),
    half: rowOf('half'),
  }).toMatchObject({
    html: failed(/HTML or XML/, 1),
    nothing: failed(/the file is empty/, 1),
    torn: failed(/JSON is broken/, 1),
    strange: failed(/unknown form \(pages\)/, 1),
    huge: failed(/more data than I accept/, 1),
    bomb: failed(/more data than I accept/, 1),
    gone: failed(/refused the download \(404\)/, 1, 404),
    forbidden: failed(/refused the download \(403\)/, 2, 403),
    half: failed(/it is not JSON/, 1),
  });
  expect(conversation.bot.output()).not.toContain('X-Amz-Signature');
});

test('names the host of transcripts that it may not fetch, and the line that would allow it', async () => {
  const conversation = await startConversation({
    dataset: { tasks: tasksOf({ one: {}, two: {} }) },
    env: { TRANSCRIPT_HOSTS: 'files.elsewhere.example' },
  });
  const { door, contactCenter } = conversation.sandbox;
  const said = conversation.say('export last 2 days');
  await conversation.login();
  const posted = await postedExport(conversation, said);
  expect(posted.tally).toEqual({ found: 2, failed: 2 });
  expect(posted.message.text).toContain(`TRANSCRIPT_HOSTS=${contactCenter.filesHost}`);
  expect(posted.missing.get(uuidFor('one'))).toMatchObject({
    reason: expect.stringContaining(
      `TRANSCRIPT_HOSTS=files.elsewhere.example,${contactCenter.filesHost}`,
    ),
    attempts: 0,
  });
  expect(door.requests('GET /files/:id')).toEqual([]);
});

test('says what went wrong and what to do when an export cannot go on, and goes on with the next', async () => {
  const sales = { id: uuidFor('queue sales'), name: 'Sales' };
  const inSales = { lastQueue: { ...sales, duration: null } };
  const drafts = Array.from({ length: 12 }, (_, index) => [
    `chat ${index}`,
    index % 2 === 0 ? inSales : {},
  ]);
  const queue = {
    description: '',
    active: true,
    queueType: 'INBOUND',
    channelType: 'CHAT',
    socialChannelType: null,
  } as const;
  const conversation = await startConversation({
    dataset: {
      tasks: tasksOf(Object.fromEntries(drafts)),
      queues: [
        { ...queue, ...sales },
        { ...queue, id: uuidFor('queue support'), name: 'Support' },
      ],
    },
    contactCenter: { pageSize: 4 },
    env: { DEFAULT_QUEUE: 'Sales' },
  });
  const { door, dataDir } = conversation.sandbox;
  const answerTo = (text: string) => conversation.answerTo(conversation.say(text), isAnswer);

  // A command that names no queue means the configured one.
  const first = conversation.say('export last 2 days');
  await conversation.login();
  const ofSales = await postedExport(conversation, first);
  expect(ofSales.tally).toEqual({ found: 6, exported: 6 });
  expect(ofSales.summary.get('Queues')).toBe('Sales');

  const unknown = await answerTo('export last 2 days queue "Slaes"');
  expect(unknown.text).toMatch(
    /There is no queue "Slaes"; the nearest one is "Sales"\..+ Try: export last 2 days queue "Sales" Ana Petrova$/,
  );

  door.script(captures, [{ status: 403 }], { repeat: true });
  const forbidden = await answerTo('export last 2 days');
  expect(forbidden.text).toMatch(
    /^Export \w{4} failed\. Webex Contact Center refused this \(403\)\. The account needs the administrator or supervisor role there\. Ana Petrova$/,
  );

  door.clear();
  door.script('POST /search', ['pass', 'pass', { status: 403 }], { repeat: true });
  const broken = await postedExport(conversation, conversation.say('export last 2 days queue all'));
  expect(broken.tally).toEqual({ found: 4, exported: 4 });
  expect(broken.message.text).toMatch(
    /counts 12, I found 4: treat this export as incomplete.* The search broke off, so conversations may be missing/,
  );

  door.clear();
  door.script('POST /v1/messages', ['pass', { status: 502 }]);
  const whole = await postedExport(conversation, conversation.say('export last 2 days queue all'));
  expect(whole.tally).toEqual({ found: 12, exported: 12 });
  expect(door.requests('POST /v1/messages')).toHaveLength(3);
  // The file is there a moment before what it was made of is gone.
  await conversation.waitForLine(endOf(/ref (\w{4})/.exec(whole.message.text)?.[1] ?? ''));
  expect(await leftoversIn(dataDir)).toEqual([]);
});
