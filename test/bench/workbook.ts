/**
 * Measures the writing of workbooks, each in a process of its own: ours beside a writer by hand that can do
 * nothing else, exceljs as its documentation shows it, and two Python libraries. Ratios of one run only:
 * absolute times depend on the machine and on who shares it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { openPromise } from 'yauzl';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    rows: { type: 'string', default: '10000,100000,1000000' },
  },
});
const runs = Number(values.runs);
const sizes = values.rows.split(',').map(Number);
/** Below this the start of a process weighs more than the rows, in ours the most: ratios are only printed. */
const ratiosFrom = 100_000;
/** Beyond this the slow ones run once: a minute says enough of them. */
const oftenUpTo = 100_000;
const slowDisk = 2_000_000;
const sizesOfMemory = { small: 100_000, large: 1_000_000 };

const ourProcess = fileURLToPath(new URL('workbook-process.mjs', import.meta.url));
const pythonProcess = fileURLToPath(new URL('workbook-python.py', import.meta.url));

interface Measured {
  readonly ms: number;
  readonly peakMb: number;
  readonly sizeBytes: number;
  /** How late the event loop was; Python has none. */
  readonly p99Ms?: number;
  readonly maxMs?: number;
}

interface Writer {
  readonly name: string;
  readonly isSlow: boolean;
  /** How many times as fast ours has to be, at least. */
  readonly goal?: number;
  readonly command: (count: number, path: string) => readonly [string, ...string[]];
}

const folder = await mkdtemp(join(tmpdir(), 'bench-workbook-'));
let missed = 0;
try {
  const writers = [...ownWriters(), ...(await pythonWriters())];
  const peaks = new Map<number, number>();
  for (const count of sizes) {
    const ours = await compare(writers, count);
    peaks.set(count, ours.peakMb);
  }
  checkPeaks('on the disk', peaks);
  await slow();
} finally {
  await rm(folder, { recursive: true });
}
if (missed > 0) {
  print(`${missed} goals were missed`);
  process.exitCode = 1;
}

function ownWriters(): Writer[] {
  const writer = (name: string, key: string, isSlow: boolean, goal?: number): Writer => ({
    name,
    isSlow,
    ...(goal !== undefined && { goal }),
    command: (count, path) => [process.execPath, ourProcess, key, String(count), path],
  });
  return [
    writer('ours', 'ours', false),
    writer('by hand, same zip level', 'byHand', false, 0.6),
    writer('exceljs, used plainly', 'exceljs', true, 1.8),
  ];
}

async function pythonWriters(): Promise<Writer[]> {
  const materialPath = join(folder, 'material.json');
  await promisify(execFile)(process.execPath, [ourProcess, 'material', '0', materialPath]);
  const writers: Writer[] = [];
  for (const [library, manner, goal] of [
    ['xlsxwriter', 'constant memory', 3],
    ['openpyxl', 'write-only', undefined],
  ] as const) {
    const python = await findPython(library);
    if (!python) {
      print(`No python3 with ${library} here: without it.`);
      continue;
    }
    writers.push({
      name: `${library} ${python.version}, ${manner}`,
      isSlow: true,
      ...(goal !== undefined && { goal }),
      command: (count, path) => [
        python.path,
        pythonProcess,
        library,
        String(count),
        path,
        materialPath,
      ],
    });
  }
  return writers;
}

/** The first on the path may be one without the libraries that the system's own has. */
async function findPython(library: string): Promise<{ path: string; version: string } | undefined> {
  for (const path of ['python3', '/usr/bin/python3']) {
    const command = [pythonProcess, library, '0', '-', '-'];
    const found = await promisify(execFile)(path, command).catch(() => undefined);
    if (found) return { path, version: JSON.parse(found.stdout).version };
  }
  return undefined;
}

/** All in turns, so that a neighbour who is busy for a minute meets each of them. */
async function compare(writers: readonly Writer[], count: number): Promise<Measured> {
  const all = new Map(writers.map((writer) => [writer, [] as Measured[]]));
  for (let number = 0; number < runs; number++) {
    for (const [writer, done] of all) {
      if (number > 0 && writer.isSlow && count > oftenUpTo) continue;
      done.push(await run(writer.command(count, join(folder, 'book.xlsx')), count));
    }
  }
  const [ours, ...others] = [...all].map(([writer, done]) => ({ writer, run: median(done) }));
  if (!ours) throw new Error('there is nothing to compare');
  print(`\n${count} rows`);
  print(`  ours: ${describe(ours.run, count)}`);
  for (const { writer, run } of others) {
    const times = run.ms / ours.run.ms;
    print(`  ${writer.name}: ${describe(run, count)}; ours ${times.toFixed(2)} times as fast`);
    const { goal } = writer;
    if (goal !== undefined && count >= ratiosFrom) {
      check(times >= goal, `at least ${goal} times as fast`);
    }
  }
  checkLoop(ours.run);
  return ours.run;
}

/** The rows must wait for the disk, not pile up before it. */
async function slow(): Promise<void> {
  print(`\nOn a disk that takes ${slowDisk / 1_000_000} MB a second`);
  const peaks = new Map<number, number>();
  for (const count of sizes) {
    const path = join(folder, 'book.xlsx');
    const command = [ourProcess, 'ours', String(count), path, String(slowDisk)];
    const measured = await run([process.execPath, ...command], count);
    print(`  ${count} rows: ${describe(measured, count)}`);
    checkLoop(measured);
    peaks.set(count, measured.peakMb);
  }
  checkPeaks('on a slow disk', peaks);
}

function checkPeaks(where: string, peaks: ReadonlyMap<number, number>): void {
  const small = peaks.get(sizesOfMemory.small);
  const large = peaks.get(sizesOfMemory.large);
  if (large === undefined) return;
  check(large <= 200, `a million rows in 200 MB ${where}`);
  if (small !== undefined) check(large <= small + 32, `32 MB more than 100,000 rows ${where}`);
}

function checkLoop({ p99Ms = 0, maxMs = 0 }: Measured): void {
  check(p99Ms <= 15 && maxMs <= 100, 'event loop late by 15 ms (p99), 100 ms at worst');
}

async function run(
  [program, ...args]: readonly [string, ...string[]],
  count: number,
): Promise<Measured> {
  const path = join(folder, 'book.xlsx');
  const { stdout } = await promisify(execFile)(program, args);
  const { size } = await stat(path);
  const rows = await countRows(path);
  if (rows !== count + 1) throw new Error(`${args.join(' ')} wrote ${rows} rows`);
  await rm(path);
  return { ...JSON.parse(stdout), sizeBytes: size };
}

/** Of the first sheet, the header included: every writer here names its part so. */
async function countRows(path: string): Promise<number> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    let rows = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== 'xl/worksheets/sheet1.xml') continue;
      let end = '';
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        const xml: string = end + chunk.toString('latin1');
        rows += xml.split('<row ').length - 1;
        end = xml.slice(-'<row'.length);
      }
    }
    return rows;
  } finally {
    zip.close();
  }
}

function median(all: readonly Measured[]): Measured {
  const middle = all.toSorted((a, b) => a.ms - b.ms)[Math.floor(all.length / 2)];
  if (!middle) throw new Error('--runs must be 1 or more');
  return middle;
}

function describe({ ms, peakMb, sizeBytes, p99Ms, maxMs }: Measured, count: number): string {
  const late =
    p99Ms === undefined || maxMs === undefined
      ? ''
      : `, loop late by ${p99Ms.toFixed(0)} ms (p99), ${maxMs.toFixed(0)} ms at worst`;
  const rate = Math.round((count * 1_000) / ms);
  return `${rate} rows a second, ${Math.round(peakMb)} MB at the peak, file ${megabytes(sizeBytes)}${late}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function check(reached: boolean, goal: string): void {
  if (reached) return;
  missed++;
  print(`  MISSED: ${goal}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
