import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CancelledError, StorageFullError, StoreCorruptError } from '../../src/errors.ts';
import { openPartFile } from '../../src/workbook/part-file.ts';
import type { Row } from '../../src/workbook/sheet.ts';
import { type WorkbookOptions, writeWorkbook } from '../../src/workbook/write-workbook.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { fillsUpAfter } from './support/full-disk.ts';
import { properties, textTable } from './support/write.ts';

/** Writes where something is going to fail; the folder must be as it was before. */
async function tryToWrite(
  sheets: WorkbookOptions['sheets'],
  options: Partial<WorkbookOptions> = {},
) {
  const folder = await makeTempFolder();
  const path = join(folder, 'chats.xlsx');
  const error: unknown = await writeWorkbook({ ...properties, path, sheets, ...options }).then(
    () => 'written',
    (reason: unknown) => reason,
  );
  return { error, left: await readdir(folder) };
}

/** Rows without end that tell how many were taken and whether their source was closed. */
function createEndlessRows(text = 'x'.repeat(500)) {
  const state = { taken: 0, closed: false };
  async function* generate(): AsyncGenerator<Row> {
    try {
      for (;;) {
        state.taken++;
        yield [`${text} ${state.taken}`];
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, rows: generate() };
}

test.each(['ENOSPC', 'EDQUOT', 'EFBIG'])(
  'says that the storage is full on %s and leaves nothing behind',
  async (code) => {
    const { state, rows } = createEndlessRows();
    const { error, left } = await tryToWrite([textTable([], { rows })], {
      openFile: fillsUpAfter(20_000, code),
    });
    await nextTurn();
    expect(error).toBeInstanceOf(StorageFullError);
    expect(left).toEqual([]);
    expect(state.closed).toBe(true);
  },
);

test('says so too when only the last bytes do not fit', async () => {
  const { error, left } = await tryToWrite([textTable(['x'])], {
    openFile: fillsUpAfter(3_000, 'ENOSPC'),
  });
  expect(error).toBeInstanceOf(StorageFullError);
  expect(left).toEqual([]);
});

test('keeps the good file that has the name already', async () => {
  const folder = await makeTempFolder();
  const path = join(folder, 'chats.xlsx');
  await writeFile(path, 'yesterday');
  const writing = writeWorkbook({
    ...properties,
    path,
    sheets: [textTable(['x'])],
    openFile: fillsUpAfter(1_000, 'ENOSPC'),
  });
  await expect(writing).rejects.toMatchObject({ code: 'storage_full' });
  expect(await readFile(path, 'utf8')).toBe('yesterday');
  expect(await readdir(folder)).toEqual(['chats.xlsx']);
});

test.runIf(existsSync('/dev/full'))('understands a disk that the kernel says is full', async () => {
  const { rows } = createEndlessRows();
  const { error } = await tryToWrite([textTable([], { rows })], {
    openFile: async () => ({
      sink: createWriteStream('/dev/full'),
      keep: async () => 0,
      discard: async () => undefined,
    }),
  });
  expect(error).toMatchObject({ code: 'storage_full', cause: { code: 'ENOSPC' } });
});

test.each([
  ['is missing', async (folder: string) => join(folder, 'missing', 'chats.xlsx')],
  [
    'is a file',
    async (folder: string) => {
      await writeFile(join(folder, 'file'), '');
      return join(folder, 'file', 'chats.xlsx');
    },
  ],
])('says that the file cannot be created where the folder %s', async (_, prepare) => {
  const path = await prepare(await makeTempFolder());
  const { error } = await tryToWrite([textTable(['x'])], { path });
  expect(error).toMatchObject({
    code: 'workbook_invalid',
    message: 'the file could not be created',
  });
});

test('says that the file cannot be written where a folder has its name', async () => {
  const folder = await makeTempFolder();
  const path = join(folder, 'chats.xlsx');
  await mkdir(path);
  const { error } = await tryToWrite([textTable(['x'])], { path });
  expect(error).toMatchObject({ code: 'workbook_invalid' });
  expect(await readdir(folder)).toEqual(['chats.xlsx']);
});

test('names the row at which the rows broke off', async () => {
  async function* broken(): AsyncGenerator<Row> {
    for (let index = 0; index < 300; index++) yield ['x'];
    throw new Error('the spool cannot be read');
  }
  const { error, left } = await tryToWrite([textTable([], { rows: broken() })]);
  expect(error).toMatchObject({
    code: 'workbook_invalid',
    message: 'row 301 of sheet "Messages" could not be read',
    cause: { message: 'the spool cannot be read' },
  });
  expect(left).toEqual([]);
});

test('lets an expected error of the rows through as it is', async () => {
  const corrupt = new StoreCorruptError('spool', 'the seal is broken');
  async function* broken(): AsyncGenerator<Row> {
    yield ['x'];
    throw corrupt;
  }
  const { error, left } = await tryToWrite([textTable([], { rows: broken() })]);
  expect(error).toBe(corrupt);
  expect(left).toEqual([]);
});

test.each([
  ['has more cells than columns', ['a', 'b']],
  ['is no list', 'abc'],
  ['is nothing', undefined],
])('refuses a row that %s', async (_, row) => {
  // What the types forbid is the point.
  const rows = [['x'], row] as unknown as Row[];
  const { error, left } = await tryToWrite([textTable([], { rows })]);
  expect(error).toMatchObject({
    code: 'workbook_invalid',
    message: 'row 2 of sheet "Messages" does not fit its 1 columns',
  });
  expect(left).toEqual([]);
});

test.each<[string, Partial<WorkbookOptions>]>([
  ['a workbook without sheets', { sheets: [] }],
  ['a table without columns', { sheets: [textTable([], { columns: [] })] }],
  ['a band column that is not there', { sheets: [textTable([], { bandBy: 1 })] }],
  ['groups of no column', { sheets: [textTable([], { onGroup: () => undefined })] }],
  ['a date of creation that is none', { createdMs: Number.NaN }],
  [
    'a report with a format outside its cells',
    {
      sheets: [
        {
          kind: 'report',
          name: 'Summary',
          columnWidths: [10],
          rows: [[{ style: 'integer', value: 1 }]],
          formats: [
            { kind: 'dataBar', range: { fromRow: 0, toRow: 1, fromColumn: 0, toColumn: 0 } },
          ],
        },
      ],
    },
  ],
  [
    'a report with a colour that is none',
    {
      sheets: [
        {
          kind: 'report',
          name: 'Summary',
          columnWidths: [10],
          rows: [[{ style: 'integer', value: 1 }]],
          formats: [
            {
              kind: 'dataBar',
              range: { fromRow: 0, toRow: 0, fromColumn: 0, toColumn: 0 },
              color: '"/><x',
            },
          ],
        },
      ],
    },
  ],
])('refuses %s and leaves nothing behind', async (_, options) => {
  const { error, left } = await tryToWrite([textTable(['x'])], options);
  expect(error).toMatchObject({ code: 'workbook_invalid' });
  expect(error).not.toHaveProperty('cause');
  expect(left).toEqual([]);
});

test('stops at once when cancelled in the middle, and closes the source of the rows', async () => {
  const stopping = new AbortController();
  const { state, rows } = createEndlessRows();
  async function* cancelling(): AsyncGenerator<Row> {
    for await (const row of rows) {
      if (state.taken === 5_000) stopping.abort();
      yield row;
    }
  }
  const { error, left } = await tryToWrite([textTable([], { rows: cancelling() })], {
    signal: stopping.signal,
  });
  expect(error).toBeInstanceOf(CancelledError);
  expect(left).toEqual([]);
  await nextTurn();
  expect(state).toEqual({ taken: 5_000, closed: true });
});

test('stops when cancelled while the rows do not come', async () => {
  const stopping = new AbortController();
  async function* stuck(): AsyncGenerator<Row> {
    yield ['x'];
    queueMicrotask(() => stopping.abort());
    await new Promise(() => {});
  }
  const { error, left } = await tryToWrite([textTable([], { rows: stuck() })], {
    signal: stopping.signal,
  });
  expect(error).toBeInstanceOf(CancelledError);
  expect(left).toEqual([]);
});

test('takes no row when cancelled before it starts', async () => {
  const { state, rows } = createEndlessRows();
  const { error, left } = await tryToWrite([textTable([], { rows })], {
    signal: AbortSignal.abort(),
  });
  expect(error).toBeInstanceOf(CancelledError);
  expect(left).toEqual([]);
  expect(state.taken).toBe(0);
});

test('does not start when cancelled while the file is opened', async () => {
  const stopping = new AbortController();
  const { state, rows } = createEndlessRows();
  const { error, left } = await tryToWrite([textTable([], { rows })], {
    signal: stopping.signal,
    openFile: async (path) => {
      stopping.abort();
      return openPartFile(path);
    },
  });
  expect(error).toBeInstanceOf(CancelledError);
  expect(left).toEqual([]);
  expect(state.taken).toBe(0);
});
