import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { countRows } from '../../src/workbook/count-rows.ts';
import { PackageWriter } from '../../src/workbook/package-writer.ts';
import { makeTempFolder } from '../helpers/temp.ts';
import { readParts } from './support/package.ts';
import { properties } from './support/write.ts';

const row = (number: number, text: string) =>
  `<row r="${number}"><c r="A${number}" t="str"><v>${text}</v></c></row>`;

async function openFile() {
  const path = join(await makeTempFolder(), 'book.xlsx');
  return { path, workbook: new PackageWriter(createWriteStream(path), properties) };
}

/** A disk that takes nothing until it is told to. */
function createStuckSink(): Writable & { release(): void } {
  const waiting: (() => void)[] = [];
  let stuck = true;
  const sink = new Writable({
    highWaterMark: 16_384,
    write(_chunk, _encoding, done) {
      if (stuck) waiting.push(done);
      else done();
    },
  });
  return Object.assign(sink, {
    release() {
      stuck = false;
      for (const done of waiting.splice(0)) done();
    },
  });
}

test('has the rows wait while the disk takes nothing, and go on when it does', async () => {
  const sink = createStuckSink();
  onTestFinished(() => sink.release());
  const workbook = new PackageWriter(sink, properties);
  const part = workbook.openSheet('Messages', {}, [10]);
  let hasRoom = true;
  let pieces = 0;
  while (hasRoom && pieces < 1_000) {
    pieces++;
    hasRoom = part.rows.write(row(pieces, 'x'.repeat(10_000)));
  }
  const drained = once(part.rows, 'drain');
  sink.release();
  await drained;
  expect(hasRoom).toBe(false);
  expect(pieces).toBeLessThan(500);
});

test('puts the rows, and what follows them, where exceljs leaves their places', async () => {
  const { path, workbook } = await openFile();
  const part = workbook.openSheet('Messages', { pageSetup: { orientation: 'landscape' } }, [10]);
  part.rows.write(row(1, 'a') + row(2, 'b'));
  part.end({ autoFilter: 'A1:A2', xml: '<mergeCells count="0"/>' });
  await workbook.commit();
  const xml = (await readParts(path)).get('xl/worksheets/sheet1.xml') ?? '';
  expect([...xml.matchAll(/<(\/?[A-Za-z]+)/g)].map(([, name]) => name)).toEqual([
    'worksheet',
    'sheetFormatPr',
    'cols',
    'col',
    '/cols',
    'sheetData',
    ...['row', 'c', 'v', '/v', '/c', '/row'],
    ...['row', 'c', 'v', '/v', '/c', '/row'],
    '/sheetData',
    'autoFilter',
    'mergeCells',
    'pageMargins',
    'pageSetup',
    '/worksheet',
  ]);
});

test('numbers styles and shared texts as their parts do', async () => {
  const { path, workbook } = await openFile();
  const plain = workbook.styleId({});
  const dated = workbook.styleId({ numFmt: 'yyyy-mm-dd' });
  const texts = ['one', 'two', 'one'].map((text) => workbook.sharedStringId(text));
  workbook.openSheet('Messages', {}, []).end({ xml: '' });
  await workbook.commit();
  const parts = await readParts(path);
  const styles = parts.get('xl/styles.xml')?.match(/<cellXfs.*<\/cellXfs>/)?.[0] ?? '';
  const formats = [...styles.matchAll(/<xf numFmtId="(\d+)"/g)].map(([, id]) => Number(id));
  const strings = [...(parts.get('xl/sharedStrings.xml') ?? '').matchAll(/<t>([^<]*)<\/t>/g)];
  expect([plain, dated]).toEqual([0, 1]);
  expect(formats).toEqual([0, 164]);
  expect(texts).toEqual([0, 1, 0]);
  expect(strings.map(([, text]) => text)).toEqual(['one', 'two']);
});

test('computes no checksum in JavaScript', async () => {
  // The archiver's own way to it, so that it is the copy that the archiver uses.
  const fromExceljs = createRequire(createRequire(import.meta.url).resolve('exceljs'));
  const fromZip = createRequire(
    createRequire(fromExceljs.resolve('archiver')).resolve('compress-commons'),
  );
  const checksum: { buf(data: Uint8Array): number } = createRequire(
    fromZip.resolve('crc32-stream'),
  )('crc-32');
  const inJavaScript = vi.spyOn(checksum, 'buf');
  onTestFinished(() => inJavaScript.mockRestore());
  const { path, workbook } = await openFile();
  const part = workbook.openSheet('Messages', {}, []);
  part.rows.write(row(1, 'a'));
  part.end({ xml: '' });
  await workbook.commit();
  // It compares the checksums of the file with its own.
  expect(await countRows(path)).toEqual(new Map([['Messages', 1]]));
  expect(inJavaScript).not.toHaveBeenCalled();
  checksum.buf(Buffer.from('a'));
  expect(inJavaScript).toHaveBeenCalledOnce();
});
