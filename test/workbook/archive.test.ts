import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CancelledError, StorageFullError } from '../../src/errors.ts';
import { cleanText } from '../../src/workbook/clean-text.ts';
import { countRecords } from '../../src/workbook/count-records.ts';
import { csvFile } from '../../src/workbook/csv.ts';
import type { Row, TableSheet } from '../../src/workbook/sheet.ts';
import { type ArchiveFile, writeArchive } from '../../src/workbook/write-archive.ts';
import { parseCsv, readArchive } from '../helpers/archive.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { payloads } from '../security/data/cell-payloads.ts';
import { fillsUpAfter } from './support/full-disk.ts';

const createdMs = Date.UTC(2026, 10, 20, 9, 42);

type Options = Partial<Parameters<typeof writeArchive>[0]>;

async function tryToWrite(files: readonly ArchiveFile[], options: Options = {}) {
  const folder = await makeTempFolder();
  const path = join(folder, 'a.zip');
  const error: unknown = await writeArchive({ path, files, createdMs, ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { path, error, left: await readdir(folder) };
}

function table(columns: TableSheet['columns'], rows: readonly Row[]): TableSheet {
  return { kind: 'table', name: 'Rows', columns, rows };
}

/** What stands in the file, byte for byte. */
async function writeCsv(sheet: TableSheet): Promise<string> {
  const { path, error } = await tryToWrite([csvFile('a.csv', sheet, () => {})]);
  if (error !== undefined) throw error;
  return (await readArchive(await readFile(path))).get('a.csv') ?? '';
}

const textOf = (name: string, ...pieces: string[]): ArchiveFile => ({
  name,
  write: async (add) => {
    for (const piece of pieces) await add(piece);
  },
});

describe('an archive', () => {
  test('holds its files whole, in their order, for its owner alone', async () => {
    const long = 'abcdefghij'.repeat(50_000);
    const { path, left } = await tryToWrite([
      textOf('one.txt', 'first'),
      textOf('two.txt', ...Array<string>(3).fill(long)),
      textOf('empty.txt'),
    ]);
    const files = await readArchive(await readFile(path));
    expect([...files]).toEqual([
      ['one.txt', 'first'],
      ['two.txt', long.repeat(3)],
      ['empty.txt', ''],
    ]);
    expect(left).toEqual(['a.zip']);
  });

  test('waits for a slow disk instead of filling the memory', async () => {
    let given = 0;
    let onDisk = 0;
    let mostAhead = 0;
    const slow = async (path: string) => {
      const file = await fillsUpAfter(Number.POSITIVE_INFINITY, 'never')(path);
      const write = file.sink._write.bind(file.sink);
      file.sink._write = (chunk: Buffer, encoding, done) => {
        onDisk += chunk.length;
        void nextTurn().then(() => write(chunk, encoding, done));
      };
      return file;
    };
    const { error } = await tryToWrite(
      [
        {
          name: 'a.txt',
          write: async (add) => {
            while (given < 60_000_000) {
              // Hardly compressible, so that what is given has to reach the disk.
              const piece = randomBytes(50_000).toString('latin1');
              await add(piece);
              given += Buffer.byteLength(piece);
              mostAhead = Math.max(mostAhead, given - onDisk);
            }
          },
        },
      ],
      { openFile: slow },
    );
    expect(error).toBeUndefined();
    // Latin letters above 127 take two bytes of which half a bit is wasted: a fifth of them is saved. The rest is
    // what is being compressed, which is more where the machine is busy, but never in step with the file.
    expect(mostAhead).toBeLessThan(given * 0.2 + 10_000_000);
  });

  test.each([
    ['the disk is full', { openFile: fillsUpAfter(5_000, 'ENOSPC') }, StorageFullError],
    ['it is cancelled before', { signal: AbortSignal.abort(new CancelledError()) }, CancelledError],
  ])('is not there when %s, and its source is told', async (_name, options, kind) => {
    let stopped = !('openFile' in options);
    const endless: ArchiveFile = {
      name: 'a.txt',
      write: async (add) => {
        try {
          for (let number = 0; ; number++) await add(`${number} ${Math.random()}\n`);
        } finally {
          stopped = true;
        }
      },
    };
    const { error, left } = await tryToWrite([endless], options);
    await nextTurn();
    expect(error).toBeInstanceOf(kind);
    expect([left, stopped]).toEqual([[], true]);
  });

  test('is not there when it is cancelled midway', async () => {
    const stop = new AbortController();
    const endless: ArchiveFile = {
      name: 'a.txt',
      write: async (add) => {
        for (let number = 0; ; number++) {
          if (number === 50_000) stop.abort(new CancelledError());
          await add(`${number} ${Math.random()}\n`);
        }
      },
    };
    const { error, left } = await tryToWrite([endless], { signal: stop.signal });
    expect(error).toBeInstanceOf(CancelledError);
    expect(left).toEqual([]);
  });

  test('is not there when its source fails, whose own error says why', async () => {
    const broken: ArchiveFile = {
      name: 'a.txt',
      write: async (add) => {
        await add('x'.repeat(200_000));
        throw new StorageFullError('the spool');
      },
    };
    const { error, left } = await tryToWrite([textOf('b.txt', 'x'), broken]);
    expect(error).toMatchObject({ message: 'the spool' });
    expect(left).toEqual([]);
  });
});

describe('a CSV file', () => {
  test('begins with a byte order mark, and ends each record as RFC 4180 says', async () => {
    const csv = await writeCsv(
      table(
        [
          { header: 'id', type: 'text' },
          { header: 'a "b", c', type: 'text' },
        ],
        [
          ['1', 'plain'],
          ['2', 'two\nlines'],
          ['3', undefined],
        ],
      ),
    );
    expect(csv).toBe('\uFEFFid,"a ""b"", c"\r\n1,plain\r\n2,"two\nlines"\r\n3,\r\n');
  });

  test('holds numbers, times and durations as programs read them', async () => {
    const csv = await writeCsv(
      table(
        [
          { header: 'n', type: 'number' },
          { header: 'count', type: 'integer' },
          { header: 'at (UTC)', type: 'dateTime' },
          { header: 'took', type: 'duration' },
          { header: 'ok', type: 'boolean' },
          { header: 'part', type: 'continuation' },
        ],
        [
          [-1.5, -3, createdMs, 90_500, true, undefined],
          [Number.NaN, undefined, 9e15, undefined, false, 'ignored'],
        ],
      ),
    );
    expect(parseCsv(csv.slice(1))).toEqual([
      ['n', 'count', 'at (UTC)', 'took_seconds', 'ok'],
      ['-1.5', '-3', '2026-11-20 09:42:00.000', '90.5', 'true'],
      ['', '', '9000000000000000', '', 'false'],
    ]);
  });

  test('holds every hostile text, none of which a spreadsheet would calculate', async () => {
    const texts = [...payloads, "'=1", "''=1", "'quoted'", "'"];
    const csv = await writeCsv(
      table(
        [{ header: 'text', type: 'text' }],
        texts.map((text) => [text]),
      ),
    );
    const [, ...cells] = parseCsv(csv.slice(1)).map(([cell = '']) => cell);
    expect(cells.filter((cell) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell))).toEqual([]);
    // What README says brings a text back.
    const restored = cells.map((cell) => cell.replace(/^'(?='*[=+\-@\t\r\n＝＋－＠])/, ''));
    expect(restored).toEqual(texts.map(cleanText));
  });
});

describe('counting again', () => {
  test('finds as many records as were written, whatever they hold', async () => {
    let told = 0;
    const sheet = table(
      [{ header: 'text', type: 'text' }],
      [...payloads, 'a\n"b"\nc', '"', '""', 'x'.repeat(200_000)].map((text) => [text]),
    );
    const { path } = await tryToWrite([
      csvFile('a.csv', sheet, () => told++),
      textOf('b.jsonl', '{"a":"\\"\\n"}\n', '{"a":1}\n'),
      textOf('c.json', '{}\n'),
    ]);
    expect([...(await countRecords(path))]).toEqual([
      ['a.csv', told + 1],
      ['b.jsonl', 2],
    ]);
  });

  test.each([
    ['is cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 30)],
    [
      'has one changed byte',
      (bytes: Buffer) => {
        bytes.writeUInt8(bytes.readUInt8(4_000) ^ 0xff, 4_000);
        return bytes;
      },
    ],
  ])('refuses a file that %s', async (_name, damage) => {
    const lines = Array.from({ length: 2_000 }, () => `${Math.random()}\n`);
    const { path } = await tryToWrite([textOf('b.jsonl', ...lines)]);
    await writeFile(path, damage(await readFile(path)));
    await expect(countRecords(path)).rejects.toMatchObject({ code: 'workbook_invalid' });
  });
});
