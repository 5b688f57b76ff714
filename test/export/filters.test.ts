import { describe, expect, test } from 'vitest';
import type { ExportOrder } from '../../src/export/order.ts';
import { uuidFor } from '../../src/sandbox/dataset/task.ts';
import { readAccount, tallyOfMessage, tallyOfRows, tallyOfSummary } from '../helpers/account.ts';
import { readArchive } from '../helpers/archive.ts';
import { dayMs, nowMs } from './orders.ts';
import { runExport, startRig } from './rig.ts';

const support = { id: 'q1', name: 'Support', duration: 1_000 };
const sales = { id: 'q2', name: 'Sales', duration: 1_000 };
const agent = (id: string, name: string) => ({
  ...{ id, name, signInId: null, sessionId: null, phoneNumber: null, channelId: null },
});
const activity = (queueName: string) => ({
  ...{ id: 'x', isActive: false, eventName: 'queued', previousState: null, nextState: null },
  ...{ createdTime: nowMs, endedTime: null, duration: null, queueId: null, queueName },
  ...{ agentId: null, agentName: null, terminationReason: null },
});
const says = (message: string) => [{ content: [{ message }] }];
const customer = (email: string | null) => ({ name: 'Ava', email, phoneNumber: null });

const ids = [0, 1, 2, 3].map((index) => uuidFor(`conversation ${index}`));
const tasks = [
  { lastAgent: agent('a1', 'Maria López'), customer: customer('Ava@Shop.example') },
  { lastAgent: agent('a2', 'Ben Ode'), customer: customer(null), origin: 'ava@shop.example' },
  { lastAgent: agent('a3', 'maria  lópez'), customer: customer('ava@shopxexample') },
  { lastAgent: null, customer: customer('ben@shop.example') },
].map((task, index) => ({
  ...task,
  id: ids[index] ?? '',
  createdTime: nowMs - dayMs + index,
  lastQueue: index < 2 ? support : sales,
  firstQueueName: 'Welcome',
  activities: [],
  transcripts: says(['I want a REFUND', 'all good', 'my re\u0301fund', 'thanks'][index] ?? ''),
}));
const queues = ['Support', 'Sales', 'Welcome', 'Night'].map((name, index) => ({
  ...{ id: `q${index + 1}`, name, active: true },
  channelType: 'CHAT',
  description: '',
  queueType: 'INBOUND' as const,
  socialChannelType: null,
}));
const dataset = { tasks, queues };

/** The ids in the file, as places in `tasks`, with the counts of the balance. */
async function exported(order: Partial<ExportOrder>, before: (rig: Rig) => void = () => {}) {
  const rig = await startRig({ dataset });
  before(rig);
  await runExport(rig, order);
  const [message] = rig.files();
  if (!message) throw new Error(`no file; said: ${rig.said}`);
  const account = await readAccount(message.file?.bytes);
  const [tally] = [tallyOfMessage(message.text)];
  expect(tallyOfSummary(account)).toEqual(tally);
  expect(tallyOfRows(account)).toEqual(tally);
  const found = account.buckets.flatMap(([id, bucket]) =>
    bucket === 'exported' ? [ids.indexOf(id)] : [],
  );
  return { found: found.sort(), tally, rig };
}
type Rig = Awaited<ReturnType<typeof startRig>>;

/** As a service answers that does not know a part of the question. */
const refusal = (part: string) => ({
  body: JSON.stringify({ errors: [{ message: `Validation error: unknown filter ${part}` }] }),
});

describe('an export', () => {
  test('by agent finds the name in either case, and asks the contact center for nobody else', async () => {
    const { found, tally, rig } = await exported({ agents: ['maria lópez'] });
    expect(found).toEqual([0, 2]);
    expect(tally).toEqual({ found: 2, exported: 2 });
    expect(rig.door.requests('POST /search').at(-1)?.body).toContain('"lastAgent":{"id"');
  });

  test('by several agents finds those of each', async () => {
    const { found } = await exported({ agents: ['Maria López', 'Ben Ode'] });
    expect(found).toEqual([0, 1, 2]);
  });

  test('by an agent nobody knows ends with the nearest name', async () => {
    const rig = await startRig({ dataset });
    await runExport(rig, { agents: ['Ben Odd'] });
    expect(rig.files()).toEqual([]);
    expect(rig.said.join()).toContain(
      'No agent "Ben Odd" was the last one in a conversation of that time; the nearest one is "Ben Ode".',
    );
  });

  test('by customer knows the address in either case, and where chats have it', async () => {
    const { found, tally } = await exported({ customer: 'ava@shop.example' });
    expect(found).toEqual([0, 1]);
    expect(tally).toEqual({ found: 2, exported: 2 });
  });

  test.each([
    ['customer', { customer: 'ava@shop.example' }, [0, 1]],
    ['lastAgent', { agents: ['Ben Ode'] }, [1]],
  ] as const)(
    'is filtered here, and says so, where the service does not know %s',
    async (part, order, expected) => {
      const { found, tally } = await exported(order as Partial<ExportOrder>, ({ door }) => {
        const counted = part === 'lastAgent' ? (['pass'] as const) : [];
        door.script('POST /search', [...counted, refusal(part), refusal(part)]);
      });
      expect(found).toEqual(expected);
      expect(tally).toEqual({
        found: 4,
        exported: expected.length,
        filtered_out: 4 - expected.length,
      });
    },
  );

  test('by agent goes by the name where the service cannot list the agents', async () => {
    const { found } = await exported({ agents: ['Ben Ode'] }, ({ door }) => {
      door.script('POST /search', [refusal('group')]);
    });
    expect(found).toEqual([1]);
  });

  test('by words reads the transcripts, in either case and however the letters are put together', async () => {
    const { found, tally } = await exported({ containing: ['refund', 'réfund'] });
    expect(found).toEqual([0, 2]);
    expect(tally).toEqual({ found: 4, exported: 2, filtered_out: 2 });
  });

  test('by words that are masked finds them all the same', async () => {
    const masked = { tasks: [{ ...tasks[0], transcripts: says('card 4111 1111 1111 1111') }] };
    const rig = await startRig({ dataset: masked });
    await runExport(rig, { containing: ['4111 1111'], redact: true });
    const account = await readAccount(rig.files()[0]?.file?.bytes);
    expect(account.messages.size).toBe(1);
  });

  test('through a queue finds what was in it at any time', async () => {
    const { found, tally } = await exported({ through: ['welcome'] });
    const { found: some } = await exported({ through: ['Night', 'Support'] });
    expect(found).toEqual([0, 1, 2, 3]);
    expect(tally).toEqual({ found: 4, exported: 4 });
    expect(some).toEqual([0, 1]);
  });

  test('through a queue reads the activities, in windows that the service takes', async () => {
    const long = tasks.map((task, index) => ({
      ...task,
      createdTime: nowMs - (index * 25 + 1) * dayMs,
      activities: index === 3 ? [activity('Welcome'), activity('Night')] : [],
    }));
    const rig = await startRig({ dataset: { ...dataset, tasks: long } });
    const window = { fromMs: nowMs - 100 * dayMs, toMs: nowMs, zone: 'Europe/Berlin' };
    await runExport(rig, { through: ['Night'], window });
    const [message] = rig.files();
    expect(tallyOfMessage(message?.text ?? '')).toEqual({ found: 4, exported: 1, filtered_out: 3 });
  });

  test('by a last queue and through another lists the queues once for both', async () => {
    const { found, rig } = await exported({ queues: ['Support'], through: ['Welcome'] });
    const lists = rig.door.requests('GET /organization/:org/v2/contact-service-queue');
    expect(found).toEqual([0, 1]);
    expect(lists).toHaveLength(1);
  });

  test('with several filters holds what passes all of them, in other formats as well', async () => {
    const rig = await startRig({ dataset });
    const order = { agents: ['Maria López'], containing: ['refund'], format: 'jsonl' } as const;
    await runExport(rig, {
      ...order,
      agents: [...order.agents],
      containing: [...order.containing],
    });
    const files = await readArchive(rig.files()[0]?.file?.bytes);
    const lines = String(files.get('conversations.jsonl')).trim().split('\n');
    const buckets = lines.map((line) => (JSON.parse(line) as { bucket: string }).bucket);
    expect(buckets).toEqual(['exported', 'filtered_out']);
  });
});
