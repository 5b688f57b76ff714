import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WorkbookError } from '../../src/errors.ts';
import { countRows } from '../../src/workbook/count-rows.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { textTable, writeSheets } from './support/write.ts';

async function writeBytes(bytes: Buffer | string): Promise<string> {
  const path = join(await makeTempFolder(), 'broken.xlsx');
  await writeFile(path, bytes);
  return path;
}

test('counts the rows of each sheet in the order of the tabs', async () => {
  const { path } = await writeSheets([
    textTable(['a', 'b', 'c'], { name: 'One & <two> "three"' }),
    textTable([], { name: '会話' }),
    textTable(['<row>', '<row r="1">', '</row>'], { name: 'Messages' }),
  ]);
  expect([...(await countRows(path))]).toEqual([
    ['One & <two> "three"', 4],
    ['会話', 1],
    ['Messages', 4],
  ]);
});

test('counts rows that lie across the pieces in which the file is inflated', async () => {
  const texts = Array.from({ length: 5_000 }, (_, index) => 'x'.repeat(index % 61));
  const { path } = await writeSheets([textTable(texts)]);
  expect(await countRows(path)).toEqual(new Map([['Messages', 5_001]]));
});

test('refuses a file that is cut off, wherever', async () => {
  const { path } = await writeSheets([textTable(['x'.repeat(2_000), 'y'])]);
  const bytes = await readFile(path);
  const results: unknown[] = [];
  for (let length = 0; length < bytes.length; length += 97) {
    const cut = await writeBytes(bytes.subarray(0, length));
    results.push(await countRows(cut).catch((error: unknown) => error));
  }
  expect(results.length).toBeGreaterThan(30);
  expect(results.every((result) => result instanceof WorkbookError)).toBe(true);
});

test('refuses a file with one changed byte inside a sheet', async () => {
  const text = Array.from({ length: 5_000 }, (_, index) =>
    String.fromCharCode(97 + ((index * 7919) % 26)),
  );
  const { path } = await writeSheets([textTable([text.join('')])]);
  const bytes = await readFile(path);
  const at = bytes.indexOf('xl/worksheets/sheet1.xml') + 600;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  await expect(countRows(await writeBytes(bytes))).rejects.toMatchObject({
    code: 'workbook_invalid',
    message: 'broken.xlsx is not a whole file',
  });
});

test('refuses a workbook that names a sheet it does not have', async () => {
  const { path } = await writeSheets([textTable(['x'])]);
  const bytes = await readFile(path);
  // The central directory names the part a second time; without it the workbook points to nothing.
  const at = bytes.lastIndexOf('xl/worksheets/sheet1.xml');
  bytes.write('xl/worksheets/sheet9.xml', at);
  await expect(countRows(await writeBytes(bytes))).rejects.toBeInstanceOf(WorkbookError);
});

test.each([
  ['that is empty', ''],
  ['of text', 'this is no workbook'],
  ['that is an empty zip', Buffer.from('504b0506'.padEnd(44, '0'), 'hex')],
])('refuses a file %s', async (_, bytes) => {
  await expect(countRows(await writeBytes(bytes))).rejects.toBeInstanceOf(WorkbookError);
});

test('refuses a file that is missing', async () => {
  await expect(countRows(join(await makeTempFolder(), 'none.xlsx'))).rejects.toBeInstanceOf(
    WorkbookError,
  );
});
