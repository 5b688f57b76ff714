import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Row } from '../../src/workbook/sheet.ts';
import { writeWorkbook } from '../../src/workbook/write-workbook.ts';
import { properties, textTable } from './support/write.ts';

test('takes only as many rows as fit in flight while the disk takes nothing, then goes on', async () => {
  const total = 20_000;
  let taken = 0;
  async function* rows(): AsyncGenerator<Row> {
    // Every row has its own noise: what compresses well needs no disk.
    for (; taken < total; taken++) yield [randomBytes(750).toString('base64')];
  }
  const waiting: (() => void)[] = [];
  let stuck = true;
  const sink = new Writable({
    write(_chunk, _encoding, done) {
      if (stuck) waiting.push(done);
      else done();
    },
  });
  const writing = writeWorkbook({
    ...properties,
    path: 'unused',
    sheets: [textTable([], { rows: rows() })],
    openFile: async () => ({ sink, keep: async () => 0, discard: async () => undefined }),
  });

  const takenWhileStuck = await settled(() => taken);
  stuck = false;
  for (const done of waiting.splice(0)) done();
  const { sheets } = await writing;

  expect(takenWhileStuck).toBeLessThan(total / 2);
  expect(sheets).toEqual([{ name: 'Messages', rows: total + 1, records: total }]);
});

/** The value once it does not change any more, however often the loop and the threads of zlib had a turn. */
async function settled(read: () => number): Promise<number> {
  let value = read();
  for (let unchanged = 0; unchanged < 50; unchanged++) {
    await promisify(deflate)(Buffer.alloc(262_144));
    await nextTurn();
    if (read() !== value) unchanged = 0;
    value = read();
  }
  return value;
}

test('gives everybody else a turn while rows come without a pause', async () => {
  let turns = 0;
  let writing = true;
  const count = () => {
    turns++;
    if (writing) setImmediate(count);
  };
  setImmediate(count);
  const rows = Array.from({ length: 5_000 }, (_, index): Row => [`row ${index}`]);
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  await writeWorkbook({
    ...properties,
    path: 'unused',
    sheets: [textTable([], { rows })],
    openFile: async () => ({ sink, keep: async () => 0, discard: async () => undefined }),
  });
  writing = false;
  expect(turns).toBeGreaterThan(5_000 / 50 - 10);
});
