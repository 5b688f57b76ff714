import { CancelledError, WorkbookError } from '../errors.ts';
import { CellXml } from './cell-xml.ts';
import { cleanText } from './clean-text.ts';
import type { WriteContext } from './context.ts';
import { toAppError } from './file-errors.ts';
import { type BookProperties, PackageWriter } from './package-writer.ts';
import { openPartFile, type PartFile } from './part-file.ts';
import { checkReport, writeReport } from './report.ts';
import { excelLimits, type Limits, type Sheet, type WrittenSheet } from './sheet.ts';
import { SheetNames } from './sheet-name.ts';
import { checkTable, writeTable } from './table.ts';

export interface WorkbookOptions extends BookProperties {
  readonly path: string;
  /**
   * Written one after the other. A sheet is asked for when the one before it is written, so it can hold
   * what was learned meanwhile: the places of rows, for links to them.
   */
  readonly sheets: Iterable<Sheet> | AsyncIterable<Sheet>;
  /**
   * Wanted names of sheets in the order of their tabs, where it is not the order of writing. The
   * successors of a full sheet stand behind it, sheets that are not named here at the end. The book opens
   * with the first tab.
   */
  readonly tabs?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<Limits>;
  readonly openFile?: (path: string) => Promise<PartFile>;
}

export interface WrittenWorkbook {
  readonly sizeBytes: number;
  /** In the order of the tabs. */
  readonly sheets: readonly WrittenSheet[];
}

/**
 * Writes sheets to an XLSX file, in memory that does not grow with the rows. The file appears under its
 * name when it is whole (mode 0600); after any error nothing of it is left.
 *
 * @throws {CancelledError} the signal fired; {StorageFullError} the disk is full; {WorkbookError} anything
 *   else that is not an AppError of the rows themselves, which comes through as it is
 */
export async function writeWorkbook(options: WorkbookOptions): Promise<WrittenWorkbook> {
  const { path, signal, openFile = openPartFile } = options;
  if (Number.isNaN(new Date(options.createdMs).getTime())) {
    throw new WorkbookError('createdMs is no date');
  }
  if (signal?.aborted) throw new CancelledError();
  const file = await openFile(path).catch((error: unknown) => {
    throw toAppError(error, 'the file could not be created');
  });
  try {
    const sheets = await writeSheets(file.sink, options);
    return { sizeBytes: await file.keep(), sheets };
  } catch (error) {
    await file.discard();
    throw toAppError(error, 'the file could not be written');
  }
}

/**
 * Ends with the first of: everything written, the sink refused, the caller cancelled. The last two may come
 * while rows are waited for, so they do not wait for the rows.
 */
async function writeSheets(
  sink: PartFile['sink'],
  options: WorkbookOptions,
): Promise<readonly WrittenSheet[]> {
  // It may have fired while the file was opened, and fires only once.
  if (options.signal?.aborted) throw new CancelledError();
  const stop = new AbortController();
  const cancel = () => stop.abort(new CancelledError());
  const workbook = new PackageWriter(sink, {
    title: cleanText(options.title),
    creator: cleanText(options.creator),
    createdMs: options.createdMs,
  });
  // These listeners stay: an error without a listener ends the process, and a dying disk may send several.
  sink.on('error', (error) => stop.abort(error));
  workbook.zip.on('error', (error) => stop.abort(error));
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([
      fillWorkbook(workbook, options, stop.signal),
      rejection(stop.signal),
    ]);
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    // Rows that are still waited for end at their next step, and their source is closed.
    stop.abort(new CancelledError());
  }
}

async function fillWorkbook(
  workbook: PackageWriter,
  { sheets, tabs = [], limits }: WorkbookOptions,
  signal: AbortSignal,
): Promise<readonly WrittenSheet[]> {
  const context: WriteContext = {
    workbook,
    cells: new CellXml((text) => workbook.sharedStringId(text)),
    sheetNames: new SheetNames(),
    limits: { ...excelLimits, ...limits },
    signal,
  };
  const written: { wanted: string; parts: readonly WrittenSheet[] }[] = [];
  for await (const sheet of sheets) {
    signal.throwIfAborted();
    written.push({ wanted: sheet.name, parts: await writeSheet(sheet, context) });
  }
  signal.throwIfAborted();
  if (written.length === 0) throw new WorkbookError('a workbook needs a sheet');
  const placeOf = (wanted: string) => (tabs.includes(wanted) ? tabs.indexOf(wanted) : tabs.length);
  const inOrder = written
    .toSorted((a, b) => placeOf(a.wanted) - placeOf(b.wanted))
    .flatMap(({ parts }) => parts);
  workbook.arrangeTabs(inOrder.map(({ name }) => name));
  await workbook.commit();
  return inOrder;
}

async function writeSheet(sheet: Sheet, context: WriteContext): Promise<readonly WrittenSheet[]> {
  if (sheet.kind === 'table') {
    checkTable(sheet);
    return writeTable(sheet, context);
  }
  checkReport(sheet, context.limits);
  return writeReport(sheet, context);
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
