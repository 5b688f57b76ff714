// Writes one workbook in a process of its own and prints what that took.
// Arguments: the writer, the number of rows, the path, and where wanted the bytes a second of the disk.
import { writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Writable } from 'node:stream';
import { setTimeout as nextTimer } from 'node:timers/promises';
import ExcelJS from 'exceljs';
import { zlib } from '../../dist/workbook/package-writer.js';
import { openPartFile } from '../../dist/workbook/part-file.js';
import { writeWorkbook } from '../../dist/workbook/write-workbook.js';
import { readPeakMb } from './peak-memory.mjs';
import { writeByHand } from './workbook-floor.mjs';
import { columns, entries, makeRow, material } from './workbook-rows.mjs';

const [writer, countText, path, bytesPerSecond] = process.argv.slice(2);
const count = Number(countText);

const writers = {
  /** As the bot does: a conversation at a time, with bands, wrapped texts, filter and frozen header. */
  async ours() {
    async function* batches() {
      for (let from = 0; from < count; from += entries) {
        const size = Math.min(entries, count - from);
        yield Array.from({ length: size }, (_, index) => makeRow(from + index));
      }
    }
    await writeWorkbook({
      path,
      title: 'bench',
      creator: 'bench',
      createdMs: 0,
      sheets: [
        {
          kind: 'table',
          name: 'Messages',
          columns: columns.map(({ kind, ...column }) => ({ ...column, type: kind })),
          rows: { batches: batches() },
          bandBy: 0,
        },
      ],
      ...(bytesPerSecond && { openFile: (name) => openSlowFile(name, Number(bytesPerSecond)) }),
    });
  },

  /** No workbook, but what Python makes the same rows of. */
  material: () => writeFile(path, JSON.stringify({ ...material, columns })),

  byHand: () => writeByHand(path, count, zlib.level),

  /** As its documentation shows: streaming, formats of columns, a row after the other, its own zip level. */
  async exceljs() {
    const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: path, useStyles: true });
    const sheet = workbook.addWorksheet('Messages');
    const formats = { dateTime: 'yyyy-mm-dd hh:mm:ss.000', duration: '[h]:mm:ss' };
    sheet.columns = columns.map(({ header, kind, width = 20 }) => ({
      header,
      width,
      ...(formats[kind] && { style: { numFmt: formats[kind] } }),
    }));
    for (let index = 0; index < count; index++) {
      const row = makeRow(index);
      row[8] = new Date(row[8]);
      row[15] /= 86_400_000;
      sheet.addRow(row).commit();
    }
    sheet.commit();
    await workbook.commit();
  },
};

/** The same file, on a disk that takes so many bytes a second. */
async function openSlowFile(name, rate) {
  const file = await openPartFile(name);
  let freeAtMs = performance.now();
  const sink = new Writable({
    write(chunk, encoding, done) {
      freeAtMs = Math.max(freeAtMs, performance.now()) + (chunk.length * 1_000) / rate;
      setTimeout(() => file.sink.write(chunk, encoding, done), freeAtMs - performance.now());
    },
    final(done) {
      file.sink.end(done);
    },
  });
  return { sink, keep: () => file.keep(), discard: () => file.discard() };
}

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
// It measures from one turn of the loop to the next, so the loop must have turned once.
await nextTimer(10);
const cpu = process.cpuUsage();
const startedMs = performance.now();
await writers[writer]();
const ms = performance.now() - startedMs;
const { user, system } = process.cpuUsage(cpu);
// A loop that never turned has not measured its delay yet.
await nextTimer(10);
const result = {
  ms,
  cpuMs: (user + system) / 1_000,
  peakMb: readPeakMb(),
  p99Ms: delay.percentile(99) / 1e6,
  maxMs: delay.max / 1e6,
};
process.stdout.write(JSON.stringify(result));
