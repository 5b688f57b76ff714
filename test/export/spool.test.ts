import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Spool, toSpoolRecord } from '../../src/export/spool.ts';
import { createVault } from '../../src/store/vault.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { placeWith } from './records.ts';

const nowhere = placeWith(1);

const vault = createVault([{ kid: 'k1', key: randomBytes(32) }]);
const values = [{ text: 'my card is 4111 1111 1111 1111' }, { text: '👩‍👩‍👧' }, { text: '' }];

test('returns every record from where it was put, also after it is opened again', async () => {
  const folder = await makeTempFolder();
  const first = await Spool.open(folder, vault, 'E7K2');
  const places = await first.append(values.map((value) => toSpoolRecord(value)));
  await first.close();
  const again = await Spool.open(folder, vault, 'E7K2');
  const more = await again.append([toSpoolRecord({ text: 'later' })]);
  const read = await Promise.all([...places, ...more].map((place) => again.read(place)));
  await again.close();
  expect(read).toEqual([...values, { text: 'later' }]);
});

test('keeps the places of records apart when several parts append at once', async () => {
  const spool = await Spool.open(await makeTempFolder(), vault, 'E7K2');
  const batches = await Promise.all(
    Array.from({ length: 20 }, (_, batch) =>
      spool.append([toSpoolRecord({ batch }), toSpoolRecord({ batch, second: true })]),
    ),
  );
  const read = await Promise.all(batches.flat().map((place) => spool.read(place)));
  await spool.close();
  expect(read).toEqual(
    Array.from({ length: 20 }, (_, batch) => [{ batch }, { batch, second: true }]).flat(),
  );
});

test('leaves nothing readable on disk', async () => {
  const folder = await makeTempFolder();
  const spool = await Spool.open(folder, vault, 'E7K2');
  await spool.append(values.map((value) => toSpoolRecord(value)));
  await spool.close();
  const raw = (await readFile(join(folder, 'spool.bin'))).toString('latin1');
  expect(raw.length).toBeGreaterThan(0);
  expect(raw).not.toContain('4111');
});

test('refuses a record that was changed, cut off, or belongs to another job', async () => {
  const folder = await makeTempFolder();
  const spool = await Spool.open(folder, vault, 'E7K2');
  const [place] = await spool.append([toSpoolRecord({ text: 'hello' })]);
  await spool.close();
  const path = join(folder, 'spool.bin');
  const good = await readFile(path);
  const flipped = Buffer.from(good);
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  const problems: string[] = [];
  for (const bad of [flipped, good.subarray(0, good.length - 1)]) {
    await writeFile(path, bad);
    const reopened = await Spool.open(folder, vault, 'E7K2');
    await reopened.read(place ?? nowhere).catch(() => problems.push('refused'));
    await reopened.close();
  }
  await Spool.open(folder, vault, 'OTHR').catch(() => problems.push('not its key'));
  expect(problems).toEqual(['refused', 'refused', 'not its key']);
});

test('is unreadable once its key is destroyed', async () => {
  const folder = await makeTempFolder();
  const spool = await Spool.open(folder, vault, 'E7K2');
  const [place] = await spool.append([toSpoolRecord({ text: 'hello' })]);
  await spool.close();
  const copy = await readFile(join(folder, 'spool.bin'));
  await Spool.destroy(folder);
  await writeFile(join(folder, 'spool.bin'), copy);
  const revived = await Spool.open(folder, vault, 'E7K2');
  const reading = revived.read(place ?? nowhere);
  await expect(reading).rejects.toThrow();
  await revived.close();
});

test('reads records that are larger than what is read ahead, in any order, at once', async () => {
  const spool = await Spool.open(await makeTempFolder(), vault, 'E7K2');
  const records = Array.from({ length: 6 }, (_, index) => ({
    index,
    text: 'x'.repeat(index % 2 === 0 ? 1_500_000 : 300_000),
  }));
  const places = await spool.append(records.map((record) => toSpoolRecord(record)));
  const order = [5, 0, 3, 3, 1, 4, 2];
  const read = await Promise.all(order.map((index) => spool.read(places[index] ?? nowhere)));
  await spool.close();
  expect(read).toEqual(order.map((index) => records[index]));
});
