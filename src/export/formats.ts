import { WorkbookError } from '../errors.ts';
import { countRecords } from '../workbook/count-records.ts';
import { countRows } from '../workbook/count-rows.ts';
import { csvFile } from '../workbook/csv.ts';
import type { Sheet, TableSheet } from '../workbook/sheet.ts';
import { type ArchiveFile, writeArchive } from '../workbook/write-archive.ts';
import { writeWorkbook } from '../workbook/write-workbook.ts';
import type { ConversationReader } from './conversation-records.ts';
import type { FileFormat, Part } from './file-format.ts';
import { conversationLines, conversationSchema } from './jsonl.ts';
import type { Settlement } from './ledger.ts';
import type { ExportOrder } from './order.ts';
import { receiptOf } from './receipt.ts';
import { conversationsSheet, messagesSheet, notExportedSheet, type SheetInput } from './sheets.ts';
import type { SummaryFacts } from './summary.ts';
import { tabs, workbookSheets } from './workbook.ts';

interface FormatInput {
  readonly read: ConversationReader;
  readonly facts: Omit<SummaryFacts, 'part'>;
  readonly signal: AbortSignal;
}

/** The format that an order asks for: the same conversations by the same rules in each. */
export function createFormat(order: ExportOrder, input: FormatInput): FileFormat {
  const sheetInput = (settlements: readonly Settlement[]): SheetInput => ({
    settlements,
    read: input.read,
    zone: order.window.zone,
    withContact: order.withContact === true,
  });
  switch (order.format) {
    case 'csv':
      return archiveFormat('_csv.zip', order, input, (settlements, counter) =>
        csvFiles(sheetInput(settlements), counter),
      );
    case 'jsonl':
      return archiveFormat('_jsonl.zip', order, input, (settlements, counter) => [
        conversationLines(sheetInput(settlements), counter('conversations.jsonl')),
        jsonFile('conversation.schema.json', conversationSchema),
      ]);
    default:
      return workbookFormat(
        {
          title: titleOf(order),
          createdMs: input.facts.finishedMs,
          tabs,
          signal: input.signal,
        },
        (settlements, part) => workbookSheets(sheetInput(settlements), { ...input.facts, part }),
      );
  }
}

interface Book {
  readonly title: string;
  readonly createdMs: number;
  readonly tabs?: readonly string[];
  readonly signal: AbortSignal;
}

/** @param sheetsOf made anew for each attempt, because rows can be read once only */
export function workbookFormat(
  book: Book,
  sheetsOf: (settlements: readonly Settlement[], part: Part) => Iterable<Sheet>,
): FileFormat {
  return {
    extension: '.xlsx',
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    async write(path, settlements, part) {
      const sheets = sheetsOf(settlements, part);
      const written = await writeWorkbook({ path, sheets, creator: 'wxcc-export-bot', ...book });
      const inFile = await countRows(path);
      for (const { name, rows } of written.sheets) mustHold(name, inFile.get(name), rows);
      return written.sizeBytes;
    },
  };
}

/** Counts what is written into a file of this name. */
type Counter = (name: string, already?: number) => () => void;

function archiveFormat(
  extension: string,
  order: ExportOrder,
  { facts, signal }: FormatInput,
  filesOf: (settlements: readonly Settlement[], counter: Counter) => ArchiveFile[],
): FileFormat {
  return {
    extension,
    contentType: 'application/zip',
    async write(path, settlements, part) {
      const records = new Map<string, number>();
      const counter: Counter = (name, already = 0) => {
        records.set(name, already);
        return () => records.set(name, (records.get(name) ?? 0) + 1);
      };
      const files = [
        jsonFile('receipt.json', receiptOf({ ...facts, order }, part)),
        ...filesOf(settlements, counter),
      ];
      const createdMs = facts.finishedMs;
      const sizeBytes = await writeArchive({ path, files, createdMs, signal });
      const inFile = await countRecords(path);
      for (const [name, count] of records) mustHold(name, inFile.get(name), count);
      return sizeBytes;
    },
  };
}

function csvFiles(input: SheetInput, counter: Counter): ArchiveFile[] {
  const tables: readonly (readonly [string, TableSheet])[] = [
    ['entries.csv', messagesSheet(input)],
    ['conversations.csv', conversationsSheet(input)],
    ['not-exported.csv', notExportedSheet(input)],
  ];
  // The header is a record as well.
  return tables.map(([name, sheet]) => csvFile(name, sheet, counter(name, 1)));
}

function jsonFile(name: string, content: unknown): ArchiveFile {
  return { name, write: async (add) => void (await add(`${JSON.stringify(content, null, 2)}\n`)) };
}

function titleOf({ ref }: ExportOrder): string {
  return `Webex Contact Center conversations ${ref}`;
}

function mustHold(name: string, inFile: number | undefined, written: number): void {
  if (inFile === written) return;
  throw new WorkbookError(`${name} has ${inFile} rows, not ${written}`);
}
