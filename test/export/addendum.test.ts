import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAccounts } from '../../src/export/accounts.ts';
import { FinishedExports } from '../../src/export/finished-exports.ts';
import type { ExportOrder } from '../../src/export/order.ts';
import { readAccount, tallyOfMessage } from '../helpers/account.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { dayMs, nowMs } from './orders.ts';
import { type Rig, startRig } from './rig.ts';

const id = (number: number) => `${String(number).padStart(8, '0')}-1111-4111-8111-111111111111`;
const hourMs = 3_600_000;

/** Exports one after the other, that know of each other. */
async function startExports(rig: Rig) {
  const finished = await FinishedExports.open(join(await makeTempFolder(), 'exports.json'));
  const jobs = await rig.openJobs({ finished });
  const run = async (order: Partial<ExportOrder> = {}) => {
    const { ref } = await jobs.accept(rig.orderOfAdmin(order));
    jobs.start(ref);
    await jobs.idle();
    const file = rig.files().find(({ text }) => text.includes(`ref ${ref}`));
    const account = file && (await readAccount(file.file?.bytes));
    const text = file?.text ?? rig.said.at(-1) ?? '';
    return { ref, text, buckets: new Map(account?.buckets), report: rig.reports.at(-1) };
  };
  return { run, finished, accounts: createAccounts({ folder: rig.folder, finished }) };
}

function callsTo(rig: Rig, route: string): number {
  return rig.door.requests(route).length;
}

/** So many without transcript, an hour apart. */
const untold = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: id(index),
    transcripts: [],
    createdTime: nowMs - (index + 1) * hourMs,
  }));

describe('an addendum', () => {
  test('asks for links in tens and for the rest in one question', async () => {
    const rig = await startRig({ dataset: { tasks: untold(45) } });
    const { run } = await startExports(rig);
    const { ref } = await run();
    for (let number = 0; number < 44; number++) rig.dataset.setTranscripts(id(number), [{}]);
    rig.door.clear();
    const { text } = await run({ addendumTo: ref });
    expect(tallyOfMessage(text)).toEqual({ found: 45, exported: 44, no_transcript: 1 });
    expect(callsTo(rig, 'POST /search')).toBe(1);
    expect(callsTo(rig, 'POST /v1/captures/query')).toBe(5);
  });

  test('works where the contact center does not filter by id, and takes nothing else in', async () => {
    const others = { id: id(9), createdTime: nowMs - 90 * 60_000 };
    const rig = await startRig({
      dataset: { tasks: [...untold(2), others] },
    });
    const { run } = await startExports(rig);
    const { ref, text } = await run();
    expect(tallyOfMessage(text)).toEqual({ found: 3, exported: 1, no_transcript: 2 });
    rig.dataset.setTranscripts(id(0), [{}]);
    // Refuses the filter as one that does not know the member.
    rig.door.script('POST /search', [
      { status: 400, body: '{"errors":[{"message":"unknown member id of the filter"}]}' },
    ]);
    const second = await run({ addendumTo: ref });
    expect(tallyOfMessage(second.text)).toEqual({ found: 3, exported: 2, no_transcript: 1 });
    expect([...second.buckets.keys()].sort()).toEqual([id(0), id(1)]);
  });

  test('keeps in the balance what the search lists no more', async () => {
    const rig = await startRig({
      dataset: {
        tasks: [...untold(2), { id: id(5), isActive: true, createdTime: nowMs - 5 * hourMs }],
      },
    });
    const { run } = await startExports(rig);
    const { ref } = await run();
    // As if they were of another time, or gone.
    for (const number of [0, 5]) {
      const isActive = number === 5;
      rig.dataset.add({ id: id(number), isActive, createdTime: nowMs - 300 * dayMs });
    }
    const { text, buckets } = await run({ addendumTo: ref });
    // Its transcript is there all the same.
    expect(buckets).toEqual(
      new Map([
        [id(0), 'exported'],
        [id(1), 'no_transcript'],
        [id(5), 'still_open'],
      ]),
    );
    expect(tallyOfMessage(text)).toEqual({
      ...{ found: 3, exported: 1, no_transcript: 1, still_open: 1 },
    });
  });

  test('takes format, filters and words of the export over', async () => {
    const rig = await startRig({
      dataset: { tasks: [...untold(1), { id: id(7), transcripts: [] }] },
    });
    const { run } = await startExports(rig);
    const containing = ['nobody ever said this'];
    const order = { containing, format: 'jsonl', redact: true } as const;
    const { ref } = await run(order);
    rig.dataset.setTranscripts(id(0), [{}]);
    const { text, report } = await run({ ...order, addendumTo: ref });
    // It came, and is not what was asked for.
    expect(text).toMatch(
      /none has come yet\. It stays at \*\*2 found\*\* · 0 exported · 1 without/,
    );
    expect(report?.balance).toMatchObject({ found: 2, filtered_out: 1, no_transcript: 1 });
  });

  test('says that its export is forgotten', async () => {
    const rig = await startRig({ dataset: { tasks: untold(1) } });
    const { run } = await startExports(rig);
    const { text } = await run({ addendumTo: '0000' });
    expect(text).toMatch(/^Export \w{4} failed\. What I knew about export 0000 is gone\./);
  });
});

describe('an account', () => {
  test('is that of the person who asks, and of the person of the export', async () => {
    const rig = await startRig({ dataset: { tasks: untold(2) } });
    const { run, accounts } = await startExports(rig);
    const order = rig.orderOfAdmin();
    const other = { ...order.requester, personUuid: rig.webex.people.secondAdmin.uuid };
    const { ref } = await run();
    rig.dataset.setTranscripts(id(0), [{}]);
    await run({ addendumTo: ref, requester: other });
    rig.dataset.setTranscripts(id(1), [{}]);
    const mine = await accounts.of(ref, order.requester);
    const theirs = await accounts.of(ref, other);
    expect([mine, theirs].map((account) => account?.balance())).toMatchObject([
      { found: 2, exported: 0 },
      { found: 2, exported: 1 },
    ]);
  });
});
