import { randomBytes } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createConversationReader } from '../../src/export/conversation-records.ts';
import { Journal, readJournal } from '../../src/export/journal.ts';
import { Ledger } from '../../src/export/ledger.ts';
import { metricsOf } from '../../src/export/metrics.ts';
import { Recorder, type SettledConversation } from '../../src/export/recorder.ts';
import { Spool } from '../../src/export/spool.ts';
import { createVault } from '../../src/store/vault.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { entryWith, taskWith } from './records.ts';

async function startRecorder({ spoolOn }: { spoolOn?: string } = {}) {
  const folder = await makeTempFolder();
  if (spoolOn !== undefined) await symlink(spoolOn, join(folder, 'spool.bin'));
  const vault = createVault([{ kid: 'k1', key: randomBytes(32) }]);
  const spool = await Spool.open(folder, vault, 'E7K2');
  const path = join(folder, 'journal.ndjson');
  const journal = await Journal.open(path);
  onTestFinished(async () => {
    await Promise.all([spool.close(), journal.close()]);
  });
  const ledger = new Ledger();
  const recorder = new Recorder({ spool, journal, ledger });
  const conversation = (number: number): SettledConversation => {
    const id = `task-${number}`;
    ledger.find(id, number);
    const facts = { task: taskWith({ id }), metrics: metricsOf([]) };
    return { id, bucket: 'exported', facts, entries: [entryWith({ message: String(number) })] };
  };
  const groups = async () =>
    (await readJournal(path)).flatMap((one) => (one.kind === 'settled' ? [one.tasks] : []));
  return { recorder, conversation, ledger, spool, groups };
}

test('writes many conversations in a few groups, each readable from where the ledger says', async () => {
  const { recorder, conversation, ledger, spool, groups } = await startRecorder();
  const all = Array.from({ length: 600 }, (_, number) => conversation(number));
  await Promise.all(all.map((one) => recorder.record(one)));
  await recorder.flush();
  const written = await groups();
  const reader = createConversationReader(spool);
  const read = await Promise.all(
    ledger.settlements().map(async (settlement) => ({
      facts: await reader.facts(settlement),
      entries: await reader.entries(settlement),
    })),
  );
  expect(ledger.balance()).toMatchObject({ found: 600, exported: 600 });
  expect(read).toEqual(all.map(({ facts, entries }) => ({ facts, entries })));
  expect(written.flat()).toHaveLength(600);
  expect(written.length).toBeLessThan(10);
});

test('makes those wait who bring more than the disk takes', async () => {
  const { recorder, conversation } = await startRecorder();
  const order: string[] = [];
  const records = Array.from({ length: 65 }, (_, number) =>
    recorder.record(conversation(number)).then(() => void order.push(String(number))),
  );
  const flushed = recorder.flush().then(() => void order.push('flushed'));
  await Promise.all([...records, flushed]);
  // 63 find room; the others wait until everything before them is on disk.
  expect(order.indexOf('62')).toBe(62);
  expect(new Set(order.slice(63))).toEqual(new Set(['63', '64', 'flushed']));
});

test.runIf(process.platform === 'linux')(
  'settles nothing that is not on disk, and takes nothing more after a failure',
  async () => {
    const { recorder, conversation, ledger, groups } = await startRecorder({
      spoolOn: '/dev/full',
    });
    await recorder.record(conversation(1));
    await expect(recorder.flush()).rejects.toMatchObject({ code: 'storage_full' });
    await expect(recorder.record(conversation(2))).rejects.toMatchObject({ code: 'storage_full' });
    await recorder.idle();
    expect([ledger.unsettled(), await groups()]).toEqual([['task-1', 'task-2'], []]);
  },
);

test('reports a conversation that is settled twice as what it is, an error of this program', async () => {
  const { recorder, conversation } = await startRecorder();
  const one = conversation(1);
  await recorder.record(one);
  await recorder.record(one);
  await expect(recorder.flush()).rejects.toThrow('settled as exported, then as exported');
});
