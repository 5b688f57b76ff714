import { expect, test } from 'vitest';
import type { Task } from '../../src/contact-center/task.ts';
import type { Entry } from '../../src/contact-center/transcript/entry.ts';
import type { Bucket, Settlement } from '../../src/export/ledger.ts';
import { metricsOf } from '../../src/export/metrics.ts';
import {
  conversationsSheet,
  MessagePlaces,
  messagesSheet,
  notExportedSheet,
} from '../../src/export/sheets.ts';
import type { TableSheet } from '../../src/workbook/sheet.ts';
import { entryWith, settlementWith, taskWith } from './records.ts';

const zone = 'Europe/Berlin';
const createdTime = Date.UTC(2026, 9, 24, 23, 30);

/** Rows as objects with the headers for keys, cells without a value left out. */
async function rowsOf(sheet: TableSheet): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  if (!('batches' in sheet.rows)) throw new Error('the rows come in batches');
  for await (const row of inOnes(sheet.rows.batches)) {
    const cells = sheet.columns.map(({ header }, index) => [header, row[index]] as const);
    rows.push(Object.fromEntries(cells.filter(([, value]) => value !== undefined)));
  }
  return rows;
}

interface Conversation {
  readonly settlement: Settlement;
  readonly task: Task;
  readonly entries: readonly Entry[];
}

async function* inOnes<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}

function inputOf(...all: Conversation[]) {
  const known = (id: string) => {
    const found = all.find(({ settlement }) => settlement.id === id);
    if (!found) throw new Error(`nobody knows ${id}`);
    return found;
  };
  return {
    zone,
    withContact: false,
    settlements: all.map(({ settlement }) => settlement),
    read: {
      facts: async ({ id }: Settlement) => {
        const { task, entries } = known(id);
        return { task, metrics: metricsOf(entries) };
      },
      entries: async ({ id }: Settlement) => known(id).entries,
    },
  };
}

const conversation = (id: string, bucket: Bucket, more: Partial<Conversation> = {}) => ({
  settlement: settlementWith({ id, bucket, entries: more.entries?.length ?? 0 }),
  task: taskWith({ id }),
  entries: [],
  ...more,
});

test('puts one row for each entry, the eight columns of the contract first', async () => {
  const sheet = messagesSheet(
    inputOf(
      conversation('a', 'exported', {
        task: taskWith({ id: 'a', lastQueue: { id: 'q', name: 'Sales' } }),
        entries: [
          entryWith({
            timestamp: '2026-10-24T23:30:00Z',
            timestampMs: createdTime,
            direction: 'inbound',
            message: 'hello',
            participantName: 'Ava',
            participantRole: 'customer',
            role: 'customer',
            participantUserId: 'ava@shop.example',
            participantAliasId: 'alias-1',
            attachmentNames: ['a.pdf', 'b.png'],
          }),
          entryWith({ message: 'and more' }),
        ],
      }),
      conversation('b', 'no_transcript'),
      conversation('c', 'exported', { entries: [entryWith({ kind: 'event' })] }),
    ),
  );
  const rows = await rowsOf(sheet);
  expect(sheet.columns.slice(0, 8).map(({ header }) => header)).toEqual([
    'task_id',
    'timestamp',
    'direction',
    'message',
    'participant_name',
    'participant_role',
    'participant_userId',
    'participant_aliasId',
  ]);
  expect(rows).toEqual([
    {
      task_id: 'a',
      timestamp: '2026-10-24T23:30:00Z',
      direction: 'inbound',
      message: 'hello',
      participant_name: 'Ava',
      participant_role: 'customer',
      participant_userId: 'ava@shop.example',
      participant_aliasId: 'alias-1',
      // Half past one in the morning of the 25th, before the clocks go back.
      'local_time (Europe/Berlin)': Date.UTC(2026, 9, 25, 1, 30),
      sequence: 1,
      role: 'customer',
      queue: 'Sales',
      channel: 'chat',
      kind: 'message',
      attachments: 'a.pdf, b.png',
    },
    {
      task_id: 'a',
      message: 'and more',
      sequence: 2,
      queue: 'Sales',
      channel: 'chat',
      kind: 'message',
    },
    { task_id: 'c', sequence: 1, channel: 'chat', kind: 'event' },
  ]);
});

test('puts one row for each exported conversation, with local times and what was measured', async () => {
  const task = taskWith({
    id: 'a',
    channelSubType: 'Web',
    lastQueue: { id: 'q', name: 'Sales' },
    lastAgent: { id: 'g', name: 'Marta' },
    createdTime,
    endedTime: createdTime + 7_200_000,
    totalDuration: 7_200_000,
    queueDuration: 30_000,
    transferCount: 2,
    csatScore: 4.5,
    terminatingEnd: 'Agent',
    terminationReason: 'done',
  });
  const entries = [
    entryWith({ timestampMs: createdTime, role: 'customer' }),
    entryWith({ timestampMs: createdTime + 9_000, role: 'agent' }),
  ];
  const rows = await rowsOf(
    conversationsSheet(
      inputOf(conversation('a', 'exported', { task, entries }), conversation('b', 'failed')),
    ),
  );
  expect(rows).toEqual([
    {
      task_id: 'a',
      channel: 'chat',
      sub_channel: 'Web',
      queue: 'Sales',
      agent: 'Marta',
      'created (Europe/Berlin)': Date.UTC(2026, 9, 25, 1, 30),
      // Two hours later it is half past two for the second time.
      'ended (Europe/Berlin)': Date.UTC(2026, 9, 25, 2, 30),
      duration: 7_200_000,
      queue_time: 30_000,
      first_response: 9_000,
      longest_silence: 9_000,
      entries: 2,
      hand_overs: 2,
      csat: 4.5,
      ended_by: 'Agent',
      end_reason: 'done',
      status: 'ended',
    },
  ]);
});

test('leads from a conversation to its first entry, wherever that is known', async () => {
  const places = new MessagePlaces();
  places.note({ value: 'a', sheet: 'Messages', row: 2 });
  places.note({ value: 'c', sheet: 'Messages (2)', row: 77 });
  const sheet = conversationsSheet(
    inputOf(
      conversation('a', 'exported'),
      conversation('b', 'exported'),
      conversation('c', 'exported'),
    ),
    places,
  );
  const rows = await rowsOf(sheet);
  expect(rows.map((row) => row['entries_from'])).toEqual([
    { text: 'Messages row 2', to: { sheet: 'Messages', row: 2 } },
    undefined,
    { text: 'Messages (2) row 77', to: { sheet: 'Messages (2)', row: 77 } },
  ]);
});

test('keeps no more places than a sheet can hold links', () => {
  const places = new MessagePlaces();
  for (let row = 1; row <= 65_531; row++) places.note({ value: `${row}`, sheet: 'Messages', row });
  expect([places.of('65530')?.row, places.of('65531')]).toEqual([65_530, undefined]);
});

test('names the customers only when they are asked for', async () => {
  const customer = { name: 'Ava Lindqvist', email: 'ava@shop.example', phoneNumber: '+46 8 1' };
  const input = inputOf(conversation('a', 'exported', { task: taskWith({ id: 'a', customer }) }));
  const [without] = await rowsOf(conversationsSheet(input));
  const [withThem] = await rowsOf(conversationsSheet({ ...input, withContact: true }));
  expect(JSON.stringify(without)).not.toContain('Ava');
  expect(withThem).toMatchObject({
    customer_name: 'Ava Lindqvist',
    customer_email: 'ava@shop.example',
    customer_phone: '+46 8 1',
  });
});

test('lists whatever is not in the file with its reason, failures first', async () => {
  const failed = {
    ...conversation('c', 'failed'),
    settlement: settlementWith({
      id: 'c',
      bucket: 'failed',
      reason: { text: 'refused', attempts: 5, status: 503, trackingId: 't-1' },
    }),
  };
  const rows = await rowsOf(
    notExportedSheet(
      inputOf(
        conversation('a', 'exported'),
        conversation('b', 'still_open'),
        conversation('d', 'no_transcript'),
        failed,
        conversation('e', 'filtered_out'),
      ),
    ),
  );
  expect(rows.map((row) => [row['task_id'], row['bucket']])).toEqual([
    ['c', 'failed'],
    ['d', 'no_transcript'],
    ['b', 'still_open'],
    ['e', 'filtered_out'],
  ]);
  expect(rows[0]).toMatchObject({
    reason: 'refused',
    attempts: 5,
    status_code: 503,
    tracking_id: 't-1',
    what_to_do: expect.stringContaining('Cisco support'),
  });
});

test('reads one conversation at a time, in the order of the settlements', async () => {
  const input = inputOf(conversation('a', 'exported'), conversation('b', 'exported'));
  const read: string[] = [];
  let reading = 0;
  let most = 0;
  const sheet = conversationsSheet({
    ...input,
    read: {
      ...input.read,
      facts: async (settlement) => {
        most = Math.max(most, ++reading);
        read.push(settlement.id);
        const facts = await input.read.facts(settlement);
        reading--;
        return facts;
      },
    },
  });
  await rowsOf(sheet);
  expect([read, most]).toEqual([['a', 'b'], 1]);
});
