import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { StoreCorruptError } from '../../src/errors.ts';
import { Collection } from '../../src/store/collection.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { canLimitFileSize, withFileSizeLimit } from './file-size-limit.ts';

const Data = z.object({ words: z.array(z.string()).readonly() });
const format = { schema: Data, version: 1, migrations: {}, empty: { words: [] } };
type Words = z.infer<typeof Data>;

const adding = (word: string) => (data: Words) => ({
  data: { words: [...data.words, word] },
  result: data.words.length,
});
const open = (path: string) => Collection.open<Words>(path, format);
const onDisk = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

describe('collection', () => {
  it('has a change on disk before it says so, and shows it no earlier', async () => {
    const path = join(await makeTempFolder(), 'words.json');
    const words = await open(path);
    const change = words.update(adding('one'));
    const before = words.data.words;
    expect(await change).toBe(0);
    expect(before).toEqual([]);
    expect(words.data.words).toEqual(['one']);
    expect(await onDisk(path)).toEqual({ version: 1, data: { words: ['one'] } });
    expect((await open(path)).data.words).toEqual(['one']);
  });

  it('lets every one of many changes at once see those before it', async () => {
    const words = await open(join(await makeTempFolder(), 'words.json'));
    const changes = Array.from({ length: 100 }, (_, index) => words.update(adding(String(index))));
    expect(await Promise.all(changes)).toEqual(changes.map((_, index) => index));
    expect(words.data.words).toHaveLength(100);
  });

  it('writes nothing where nothing changes', async () => {
    const folder = await makeTempFolder();
    const words = await open(join(folder, 'words.json'));
    expect(await words.update((data) => ({ data, result: 'same' }))).toBe('same');
    expect(await readdir(folder)).toEqual([]);
  });

  it('undoes what could not be written and goes on without it', async () => {
    const path = join(await makeTempFolder(), 'words.json');
    const words = await open(path);
    await mkdir(join(path, 'in-the-way'), { recursive: true });
    const failed = await Promise.allSettled(
      ['one', 'two'].map((word) => words.update(adding(word))),
    );
    const afterFailure = words.data.words;
    await rm(path, { recursive: true });
    expect(await words.update(adding('three'))).toBe(0);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(afterFailure).toEqual([]);
    expect(await onDisk(path)).toEqual({ version: 1, data: { words: ['three'] } });
  });

  it.runIf(canLimitFileSize)(
    'keeps file and memory as they were when the disk is full',
    async () => {
      const path = join(await makeTempFolder(), 'words.json');
      const words = await open(path);
      await words.update(adding('good'));
      await withFileSizeLimit(64 * 1024, async () => {
        const attempt = words.update(adding('x'.repeat(100 * 1024)));
        await expect(attempt).rejects.toMatchObject({ code: 'storage_full' });
      });
      expect(words.data.words).toEqual(['good']);
      expect(await onDisk(path)).toEqual({ version: 1, data: { words: ['good'] } });
    },
  );

  it('rejects a change that throws and none of its neighbours', async () => {
    const words = await open(join(await makeTempFolder(), 'words.json'));
    const settled = await Promise.allSettled([
      words.update(adding('one')),
      words.update(() => {
        throw new Error('not like this');
      }),
      words.update(adding('two')),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(words.data.words).toEqual(['one', 'two']);
  });

  it('clears away what a killed process left half written', async () => {
    const folder = await makeTempFolder();
    await writeFile(join(folder, 'words.json.0123456789abcdef.tmp'), '{"ver');
    await open(join(folder, 'words.json'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('brings an older format up to date, one step after the other', async () => {
    const path = join(await makeTempFolder(), 'words.json');
    await writeFile(path, JSON.stringify({ version: 1, data: 'one two' }));
    const words = await Collection.open<Words>(path, {
      ...format,
      version: 3,
      migrations: {
        1: (data) => String(data).split(' '),
        2: (data) => ({ words: data }),
      },
    });
    expect(words.data.words).toEqual(['one', 'two']);
  });

  it.each([
    ['an empty file', '', 'it is empty'],
    ['a file of spaces', ' \n', 'it is empty'],
    ['a truncated file', '{"version":1,"data":{"words":["on', 'not JSON'],
    ['a file of NULs', '\0\0\0\0', 'not JSON'],
    ['a byte order mark', '\ufeff{"version":1,"data":{"words":[]}}', 'not JSON'],
    ['null', 'null', 'form of a data file'],
    ['a list', '[]', 'form of a data file'],
    ['a text', '"x"', 'form of a data file'],
    ['no version', '{"data":{"words":[]}}', 'form of a data file'],
    ['a version that is none', '{"version":0,"data":{"words":[]}}', 'form of a data file'],
    ['a newer version', '{"version":2,"data":{"words":[]}}', 'newer version'],
    ['a missing member', '{"version":1,"data":{}}', 'wrong shape at words'],
    ['a wrong member', '{"version":1,"data":{"words":["a",7]}}', 'wrong shape at words.1'],
    ['no data', '{"version":1}', 'form of a data file'],
    ['data of another kind', '{"version":1,"data":[]}', 'wrong shape at data'],
  ])('refuses %s, names the file and leaves it alone', async (_, text, reason) => {
    const path = join(await makeTempFolder(), 'words.json');
    await writeFile(path, text);
    const error: unknown = await open(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreCorruptError);
    expect(error).toMatchObject({ file: path, message: expect.stringContaining(reason) });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('refuses a format it knew once and no longer', async () => {
    const path = join(await makeTempFolder(), 'words.json');
    await writeFile(path, JSON.stringify({ version: 1, data: {} }));
    const opening = Collection.open<Words>(path, { ...format, version: 2 });
    await expect(opening).rejects.toThrow('format 1 is no longer known');
  });

  it('does not repeat content of a damaged file in its error', async () => {
    const path = join(await makeTempFolder(), 'words.json');
    await writeFile(path, '{"version":1,"data":{"words":[{"token":"canary"}]}}');
    const error: unknown = await open(path).catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain('canary');
  });
});
