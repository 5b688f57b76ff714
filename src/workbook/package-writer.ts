import type { Writable } from 'node:stream';
import ExcelJS, { type Worksheet } from 'exceljs';
import type { CellStyle } from './styles.ts';

export interface BookProperties {
  readonly title: string;
  readonly creator: string;
  readonly createdMs: number;
}

/**
 * exceljs's streaming writer with what it lacks. Everything in this folder that depends on exceljs's
 * insides is in this file, and package-writer.test.ts fails the day they change.
 */
export class PackageWriter extends ExcelJS.stream.xlsx.WorkbookWriter {
  /** Both are plain members of the writer that its types leave out. */
  declare readonly zip: {
    append(source: string, entry: { name: string }): unknown;
    on(event: 'error', listener: (error: Error) => void): unknown;
  };
  declare readonly styles: { readonly xml: string; addStyleModel(style: CellStyle): number };
  declare private _worksheets: readonly Worksheet[];

  constructor(sink: Writable, { title, creator, createdMs }: BookProperties) {
    // Shared strings are kept in memory until the end. Level 6 makes files 9 % smaller and takes a quarter
    // longer: the rows wait for it.
    // With larger pieces zlib's thread is asked less often.
    super({
      stream: sink,
      useStyles: true,
      useSharedStrings: false,
      zip: { zlib: { level: 3, chunkSize: 65_536 } },
    });
    this.title = title;
    this.creator = creator;
    this.lastModifiedBy = creator;
    this.created = new Date(createdMs);
    this.modified = this.created;
    this.views = [
      {
        x: 0,
        y: 0,
        width: 28_800,
        height: 17_600,
        firstSheet: 0,
        activeTab: 0,
        visibility: 'visible',
      },
    ];
  }

  /** Puts the tabs in this order, once all sheets are written; the number in a part's name says nothing. */
  arrangeTabs(names: readonly string[]): void {
    const place = new Map(names.map((name, index) => [name, index]));
    const placeOf = ({ name }: Worksheet) => place.get(name) ?? names.length;
    // The list of exceljs begins with a hole.
    const worksheets = this._worksheets.filter(Boolean);
    this._worksheets = worksheets.sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** Makes Excel's quote prefix of the mark that the styles use for it (see styles.ts). */
  override async addStyles(): Promise<void> {
    const xml = this.styles.xml.replaceAll('applyProtection="1"', 'quotePrefix="1"');
    this.zip.append(xml, { name: 'xl/styles.xml' });
  }
}

/** The stream that takes a sheet's XML towards the zip: the only place where exceljs shows backpressure. */
export interface Outlet extends NodeJS.EventEmitter {
  /** Comes from an old readable-stream: the public `writableNeedDrain` is not there. */
  readonly _writableState: { readonly needDrain: boolean; readonly length: number };
}

export function outletOf(worksheet: Worksheet): Outlet | undefined {
  return internals(worksheet).stream?.pipes?.[0];
}

/**
 * Strings of rows committed in between go to the shared strings, the one place where every reader decodes
 * `_x005F_`. Only for plain strings: exceljs takes all rich texts for one and the same.
 */
export function withSharedStrings(worksheet: Worksheet, commit: () => void): void {
  const sheet = internals(worksheet);
  sheet.useSharedStrings = true;
  commit();
  sheet.useSharedStrings = false;
}

/**
 * Puts our own XML where conditional formats and links belong. exceljs would write them in the wrong order,
 * would make every link an external one, would add an empty identifier to every data bar, which points to
 * an extension it does not write, and cannot say that a zero has no bar.
 *
 * @param xml asked for when the sheet ends
 */
export function writeAfterMerges(worksheet: Worksheet, xml: () => string): void {
  const sheet = internals(worksheet);
  sheet._writeConditionalFormatting = () => sheet.stream?.write?.(xml());
}

/** Rows as XML, below those that exceljs wrote: of a table the header at least. */
export function appendRows(worksheet: Worksheet, xml: string, count: number): void {
  const sheet = internals(worksheet);
  if (!sheet.startedData || sheet._rows.length > 0 || !sheet.stream?.write) {
    throw new Error('rows can only be appended below rows that were committed');
  }
  sheet.stream.write(Buffer.from(xml));
  // By this exceljs numbers the rows that follow.
  sheet._rowZero += count;
}

interface SheetInternals {
  readonly startedData: boolean;
  readonly _rows: readonly unknown[];
  _rowZero: number;
  readonly stream?: { readonly pipes?: readonly Outlet[]; write?(xml: string | Buffer): unknown };
  useSharedStrings: boolean;
  _writeConditionalFormatting: () => void;
}

function internals(worksheet: Worksheet): SheetInternals {
  // Exceljs's types describe the sheet in memory; these members belong to the streaming one.
  return worksheet as unknown as SheetInternals;
}
