import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { conversationSchema } from '../../src/export/jsonl.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import { tallyOfMessage } from '../helpers/account.ts';
import { parseCsv, readArchive } from '../helpers/archive.ts';
import { bucketsOf, entryCountOf, sorted } from '../helpers/oracle.ts';
import { lastWeek } from './orders.ts';
import { type Rig, runExport, startRig } from './rig.ts';

async function exportAs(format: 'csv' | 'jsonl', order: Partial<ExportOrder> = {}, rig?: Rig) {
  const used = rig ?? (await startRig());
  await runExport(used, { format, ...order });
  const [message, ...others] = used.files();
  if (!message || others.length > 0) throw new Error(`not one file; said: ${used.said}`);
  const files = await readArchive(message.file?.bytes);
  const receipt = JSON.parse(files.get('receipt.json') ?? '');
  return { rig: used, message, files, receipt };
}

/** Records as objects, without the mark that the first one begins with. */
function recordsIn(csv: string | undefined): Record<string, string>[] {
  if (!csv?.startsWith('\uFEFF')) throw new Error('there is no byte order mark');
  const [header = [], ...rows] = parseCsv(csv.slice(1));
  return rows.map((row) =>
    Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])),
  );
}

interface Line {
  readonly task: Record<string, unknown> & { readonly id: string };
  readonly bucket: string;
  readonly reason?: { readonly text: string };
  readonly entries: readonly unknown[];
}

const linesIn = (jsonl: string | undefined): Line[] =>
  (jsonl ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('an export as CSV', () => {
  test('holds each entry and each conversation once, and the same balance everywhere', async () => {
    const { rig, message, files, receipt } = await exportAs('csv');
    const expected = bucketsOf(rig.dataset, lastWeek);
    const exported = recordsIn(files.get('conversations.csv')).map((row) => row['task_id'] ?? '');
    const missing = recordsIn(files.get('not-exported.csv'));
    const entries = recordsIn(files.get('entries.csv'));
    expect(message.file?.name).toMatch(/^wxcc-conversations_[\d_-]+_\w{4}_csv\.zip$/);
    expect([...files.keys()]).toEqual([
      'receipt.json',
      'entries.csv',
      'conversations.csv',
      'not-exported.csv',
    ]);
    expect(
      sorted([
        ...exported.map((id) => [id, 'exported'] as const),
        ...missing.map((row) => [row['task_id'] ?? '', row['bucket'] ?? ''] as const),
      ]),
    ).toEqual(sorted(expected));
    for (const id of exported) {
      const count = entries.filter((row) => row['task_id'] === id).length;
      expect([id, count]).toEqual([id, entryCountOf(rig.dataset, id)]);
    }
    const { found, ...parts } = receipt.balance;
    expect(tallyOfMessage(message.text)).toMatchObject({ found, exported: parts.exported });
    expect(Object.values<number>(parts).reduce((sum, part) => sum + part, 0)).toBe(found);
    expect(message.text).toContain('(not-exported.csv)');
  });

  test('begins its entries with the columns of the contract', async () => {
    const { files } = await exportAs('csv');
    const [header = []] = parseCsv(files.get('entries.csv')?.slice(1) ?? '');
    expect(header.slice(0, 8)).toEqual([
      'task_id',
      'timestamp',
      'direction',
      'message',
      'participant_name',
      'participant_role',
      'participant_userId',
      'participant_aliasId',
    ]);
    expect(header).not.toContain('part');
  });

  test('is divided like a workbook, each part with the whole balance', async () => {
    const rig = await startRig({ runner: { uploadLimitBytes: 20_000 } });
    await runExport(rig, { format: 'csv' });
    const ids: string[] = [];
    const balances = new Set<string>();
    for (const [index, { file }] of rig.files().entries()) {
      const files = await readArchive(file?.bytes);
      const receipt = JSON.parse(files.get('receipt.json') ?? '');
      expect(file?.bytes.length).toBeLessThanOrEqual(20_000);
      expect(receipt.part).toEqual({ number: index + 1, of: rig.files().length });
      balances.add(JSON.stringify(receipt.balance));
      for (const name of ['conversations.csv', 'not-exported.csv']) {
        ids.push(...recordsIn(files.get(name)).map((row) => row['task_id'] ?? ''));
      }
    }
    expect(rig.files().length).toBeGreaterThan(1);
    expect(balances.size).toBe(1);
    expect(ids.toSorted()).toEqual(
      bucketsOf(rig.dataset, lastWeek)
        .map(([id]) => id)
        .toSorted(),
    );
  });
});

describe('an export as JSON lines', () => {
  test('holds every conversation that was found, as the schema in it says', async () => {
    const { rig, message, files, receipt } = await exportAs('jsonl');
    const lines = linesIn(files.get('conversations.jsonl'));
    const schema = JSON.parse(files.get('conversation.schema.json') ?? '');
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
    const wrong = lines.flatMap((line) => (validate(line) ? [] : [validate.errors]));
    expect(wrong).toEqual([]);
    expect(validate({ ...lines[0], extra: 1 })).toBe(false);
    expect(sorted(lines.map(({ task, bucket }) => [task.id, bucket]))).toEqual(
      sorted(bucketsOf(rig.dataset, lastWeek)),
    );
    for (const { task, bucket, entries, reason } of lines) {
      const count = bucket === 'exported' ? entryCountOf(rig.dataset, task.id) : 0;
      expect([task.id, entries.length, reason === undefined]).toEqual([
        task.id,
        count,
        bucket === 'exported',
      ]);
    }
    expect(receipt.balance.found).toBe(lines.length);
    expect(message.file?.name).toMatch(/_jsonl\.zip$/);
  });

  test('says who the customers are only when it is asked', async () => {
    const customer = { name: 'Ava Lindqvist', email: 'ava@shop.example', phoneNumber: '+46 8 1' };
    const dataset = { tasks: [{ customer, transcripts: [{ content: [{ message: 'hello' }] }] }] };
    const without = await exportAs('jsonl', {}, await startRig({ dataset }));
    const withThem = await exportAs('jsonl', { withContact: true }, await startRig({ dataset }));
    const first = ({ files }: typeof without) => linesIn(files.get('conversations.jsonl'))[0]?.task;
    expect(first(without)).not.toHaveProperty('customer');
    expect(first(without)).not.toHaveProperty('origin');
    expect(first(withThem)).toMatchObject({ customer: { email: 'ava@shop.example' } });
  });
});

test('the schema is the one that the documents show', async () => {
  const shown = new URL('../../.github/docs/conversation.schema.json', import.meta.url);
  expect(JSON.parse(await readFile(shown, 'utf8'))).toEqual(conversationSchema);
});

test.each(['csv', 'jsonl'] as const)(
  'the receipt of %s says who asked for what',
  async (format) => {
    const { rig, receipt } = await exportAs(format, { filters: 'live chat, as told' });
    expect(receipt).toMatchObject({
      version: 1,
      askedBy: { name: rig.webex.people.admin.displayName },
      command: 'export last 7 days',
      filters: 'live chat, as told',
      window: {
        from: new Date(lastWeek.fromMs).toISOString(),
        to: new Date(lastWeek.toMs).toISOString(),
        zone: lastWeek.zone,
        hours: 168,
        by: 'created',
      },
      contactCenterCount: { kind: 'equal' },
      part: { number: 1, of: 1 },
    });
    expect(receipt.statistics.week).toHaveLength(7);
  },
);
