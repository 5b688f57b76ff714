import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { makeTempFolder } from '../../helpers/temp.ts';

/** Where everything is installed nothing may be left out: a test that never runs says nothing. */
const areRequired = process.env['WORKBOOK_PROGRAMS'] === 'required';

/** Ends the test, with the reason, where the program is not there. */
async function need(context: TestContext, name: string, isThere: Promise<unknown>): Promise<void> {
  const isMissing = await isThere.then(
    () => false,
    () => true,
  );
  if (isMissing && areRequired) throw new Error(`${name} is not installed`);
  context.skip(isMissing, `${name} is not installed`);
}

// Not the one on the path, which may be without the libraries of the system.
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('read-workbook.py', import.meta.url));

export function needOpenpyxl(context: TestContext): Promise<void> {
  return need(context, 'openpyxl', promisify(execFile)(python, ['-c', 'import openpyxl']));
}

interface OpenpyxlSheet {
  readonly name: string;
  /** Dates as ISO text without a zone, durations in seconds. */
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  readonly formulas: readonly string[];
  readonly links: readonly { ref: string; target: string | null; location: string | null }[];
  readonly freeze: string | null;
  readonly filter: string | null;
  readonly printTitles: string | null;
  readonly merged: readonly string[];
  readonly conditionalFormats: number;
}

interface OpenpyxlBook {
  readonly parts: readonly string[];
  readonly sheets: readonly OpenpyxlSheet[];
  readonly title: string;
  readonly creator: string;
  readonly created: string;
}

/** Every part has passed expat as well. */
export async function readWithOpenpyxl(path: string): Promise<OpenpyxlBook> {
  const { stdout } = await promisify(execFile)(python, [script, path], { maxBuffer: 100_000_000 });
  return JSON.parse(stdout);
}

export function needLibreOffice(context: TestContext): Promise<void> {
  return need(context, 'LibreOffice', promisify(execFile)('soffice', ['--version']));
}

const filters = {
  // Commas, quotes where needed, UTF-8, all cells as shown, formulas as formulas, all sheets:
  // https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html
  csv: 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1',
  fods: 'fods',
  pdf: 'pdf',
} as const;

/** LibreOffice trusts the values in a file; only so would it calculate what is a formula. */
const alwaysCalculate = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>`;

/**
 * Opens a workbook in LibreOffice, which calculates all of it, and saves it in another format.
 *
 * @returns the files by name: `chats-Messages.csv`, `chats.pdf`
 */
export async function convert(
  path: string,
  format: keyof typeof filters,
): Promise<Map<string, Buffer>> {
  const folder = await makeTempFolder();
  const [profile, out] = [join(folder, 'profile'), join(folder, 'out')];
  await mkdir(join(profile, 'user'), { recursive: true });
  await writeFile(join(profile, 'user', 'registrymodifications.xcu'), alwaysCalculate);
  await promisify(execFile)('soffice', [
    `-env:UserInstallation=file://${profile}`,
    '--headless',
    ...['--convert-to', filters[format]],
    ...['--outdir', out],
    path,
  ]);
  const names = await readdir(out);
  const files = await Promise.all(names.map((name) => readFile(join(out, name))));
  return new Map(names.map((name, index) => [name, files[index] ?? Buffer.alloc(0)]));
}

/** RFC 4180, with the line ends of LibreOffice. */
export function parseCsv(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, bare = '', end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** Width and height of each page that LibreOffice prints, in points. */
export async function printedPages(path: string): Promise<[number, number][]> {
  const [pdf = ''] = [...(await convert(path, 'pdf')).values()].map((file) =>
    file.toString('latin1'),
  );
  const pages = pdf.matchAll(/\/Type\/Page\/.*?\/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]/gs);
  return [...pages].map(([, width, height]) => [
    Math.round(Number(width)),
    Math.round(Number(height)),
  ]);
}
