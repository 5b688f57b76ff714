import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal, readJournal } from '../../src/export/journal.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { placeWith } from './records.ts';

test('tells a restart everything that was written before', async () => {
  const path = join(await makeTempFolder(), 'journal.ndjson');
  const journal = await Journal.open(path);
  await journal.append({ kind: 'state', state: 'accepted', atMs: 1 });
  await journal.append(
    { kind: 'state', state: 'running', atMs: 2 },
    {
      kind: 'settled',
      tasks: [{ id: 'a', bucket: 'exported', entries: 3, place: placeWith(9) }],
    },
  );
  await journal.close();
  const kinds = (await readJournal(path)).map(({ kind }) => kind);
  expect(kinds).toEqual(['journal', 'state', 'state', 'settled']);
});

test('keeps at hand what became of the job, earlier processes included', async () => {
  const path = join(await makeTempFolder(), 'journal.ndjson');
  const journal = await Journal.open(path);
  await journal.append({ kind: 'state', state: 'running', atMs: 1 }, { kind: 'recounted' });
  await journal.close();
  const again = await Journal.open(path);
  await again.append({ kind: 'interrupted', atMs: 2 });
  await again.close();
  expect(again.milestones.map(({ kind }) => kind)).toEqual(['state', 'interrupted']);
});

test('drops a last line that a crash tore, and continues behind the good ones', async () => {
  const path = join(await makeTempFolder(), 'journal.ndjson');
  const journal = await Journal.open(path);
  await journal.append({ kind: 'state', state: 'accepted', atMs: 1 });
  await journal.close();
  await appendFile(path, '{"kind":"state","sta');
  const again = await Journal.open(path);
  await again.append({ kind: 'state', state: 'running', atMs: 2 });
  await again.close();
  const kinds = (await readJournal(path)).map(({ kind }) => kind);
  expect(kinds).toEqual(['journal', 'state', 'state']);
});

test.each([
  ['text', 'hello\n{"kind":"state","state":"running","atMs":2}\n'],
  ['an unknown record', '{"kind":"surprise"}\n'],
  ['a newer version', '{"kind":"journal","version":2}\n'],
])('refuses %s in the middle and leaves the file alone', async (_name, content) => {
  const path = join(await makeTempFolder(), 'journal.ndjson');
  await writeFile(path, content);
  await expect(Journal.open(path)).rejects.toMatchObject({ code: 'store_corrupt', file: path });
  expect(await readFile(path, 'utf8')).toBe(content);
});
