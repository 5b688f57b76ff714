import { Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { outletOf, PackageWriter } from '../../src/workbook/package-writer.ts';
import { properties } from './support/write.ts';

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

test('finds the private field of exceljs that tells when rows have to wait', async () => {
  const sink = createStuckSink();
  onTestFinished(() => sink.release());
  const workbook = new PackageWriter(sink, properties);
  const worksheet = workbook.addWorksheet('Messages');
  const outlet = outletOf(worksheet);
  expect(outlet?._writableState.needDrain).toBe(false);
  for (let index = 0; index < 1_000; index++) worksheet.addRow(['x'.repeat(1_000)]).commit();
  expect(outlet?._writableState.needDrain).toBe(true);
  expect(outlet?._writableState.length).toBeGreaterThan(500_000);
  const drained = new Promise((resolve) => outlet?.once('drain', resolve));
  sink.release();
  await drained;
  expect(outlet?._writableState.needDrain).toBe(false);
  expect(outlet?._writableState.length).toBe(0);
});

test('finds the parts of exceljs that its types leave out', () => {
  const workbook = new PackageWriter(createStuckSink(), properties);
  const worksheet = workbook.addWorksheet('Messages');
  expect(workbook.zip.append).toBeTypeOf('function');
  expect(workbook.styles.xml).toContain('<cellXfs');
  expect(worksheet).toHaveProperty('useSharedStrings', false);
  expect(worksheet).toHaveProperty('_writeConditionalFormatting');
  expect(worksheet).toHaveProperty('stream.write');
});
