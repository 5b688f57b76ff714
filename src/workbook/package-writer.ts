import { PassThrough, type Writable } from 'node:stream';
import { crc32, DeflateRaw } from 'node:zlib';
import ExcelJS, { type AddWorksheetOptions, type Worksheet } from 'exceljs';
import type { CellStyle } from './styles.ts';

export interface BookProperties {
  readonly title: string;
  readonly creator: string;
  readonly createdMs: number;
}

/** One sheet of the package, while its rows are written. */
export interface SheetPart {
  /** Takes the rows as XML, in UTF-8, and says when it is full as every stream does. */
  readonly rows: Writable;
  end(rest: SheetEnd): void;
}

interface SheetEnd {
  /** `A1:G3` */
  readonly autoFilter?: string;
  /** What belongs between the filter and the page: merged cells, conditional formats, links, in this order. */
  readonly xml: string;
}

/**
 * What may wait for the zip: with a quarter of it rows and zip wait for each other a twelfth of the time,
 * twice as much is only memory.
 */
const bytesInFlight = 1_048_576;

/**
 * The level of zlib, measured on rows of transcripts in microseconds and bytes a row: 1.7 and 132 at
 * level 1, 2.8 and 122 at 3, 2.9 and 116 at 4, 4.3 and 109 at 5, 5.1 and 109 at 6, beside six for the XML.
 * The fourth is small for next to nothing more than the third; beyond it each byte has its price, and only
 * files near the largest that may be posted would gain by it.
 *
 * The pieces are larger than the usual ones: the loop and zlib's thread wait less often for each other.
 *
 * @public the bench of the built program compares with a writer at the same level
 */
export const zlib = {
  level: 4,
  chunkSize: 65_536,
  highWaterMark: bytesInFlight,
};

/**
 * exceljs's streaming writer writes the package: its parts, what stands around the rows of a sheet, the
 * styles, the zip. The rows come as finished XML, which is several times as fast as its own rows, and
 * with the backpressure that it lacks.
 *
 * Everything in this folder that depends on exceljs's insides is in this file, and package-writer.test.ts
 * fails the day they change.
 */
export class PackageWriter extends ExcelJS.stream.xlsx.WorkbookWriter {
  // Plain members of the writer that its types leave out.
  declare readonly zip: Zip;
  declare readonly styles: {
    readonly xml: string;
    addStyleModel(style: CellStyle): number;
  };
  declare readonly sharedStrings: { add(text: string): number };
  declare private _worksheets: readonly Worksheet[];

  constructor(sink: Writable, { title, creator, createdMs }: BookProperties) {
    super({
      stream: sink,
      useStyles: true,
      useSharedStrings: false,
      zip: { zlib },
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
    computeChecksumsNatively(this.zip);
  }

  openSheet(
    name: string,
    options: Partial<AddWorksheetOptions>,
    columnWidths: readonly number[],
  ): SheetPart {
    const worksheet = this.addWorksheet(name, options);
    worksheet.columns = columnWidths.map((width) => ({ width }));
    // Exceljs's types describe the sheet in memory; these members belong to the streaming one.
    const sheet = worksheet as unknown as SheetInternals;
    sheet._writeColumns();
    sheet._writeOpenSheetData();
    sheet.startedData = true;
    return {
      rows: sheet.stream.part,
      end({ autoFilter, xml }) {
        if (autoFilter !== undefined) worksheet.autoFilter = autoFilter;
        // The only element between merged cells and page that exceljs would put in its right place is this
        // one. It would also make every link an external one, add an empty identifier to every data bar,
        // and could not say that a zero has no bar.
        sheet._writeConditionalFormatting = () => sheet.stream.write(xml);
        worksheet.commit();
      },
    };
  }

  /** The number under which cells name a style; the same object has the same number. */
  styleId(style: CellStyle): number {
    return this.styles.addStyleModel(style);
  }

  /** The number under which a cell names a text that is kept in memory until the end. */
  sharedStringId(text: string): number {
    return this.sharedStrings.add(text);
  }

  /** Puts the tabs in this order, once all sheets are written; the number in a part's name says nothing. */
  arrangeTabs(names: readonly string[]): void {
    const place = new Map(names.map((name, index) => [name, index]));
    const placeOf = ({ name }: Worksheet) => place.get(name) ?? names.length;
    // The list of exceljs begins with a hole.
    const worksheets = this._worksheets.filter(Boolean);
    this._worksheets = worksheets.sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** Called by exceljs for each sheet; its own stream copies twice and never asks anybody to wait. */
  _openStream(path: string): SheetStream {
    const part = new PassThrough({ highWaterMark: bytesInFlight });
    this.zip.append(part, { name: path });
    return new SheetStream(part);
  }

  /** Makes Excel's quote prefix of the mark that the styles use for it (see styles.ts). */
  override async addStyles(): Promise<void> {
    const xml = this.styles.xml.replaceAll('applyProtection="1"', 'quotePrefix="1"');
    this.zip.append(xml, { name: 'xl/styles.xml' });
  }
}

/** As much of a stream as exceljs asks of it. */
class SheetStream {
  readonly part: PassThrough;

  constructor(part: PassThrough) {
    this.part = part;
  }

  /** A buffer of exceljs is used again for what comes next, so its content is taken at once. */
  write(xml: string | { toBuffer(): Buffer }): void {
    this.part.write(typeof xml === 'string' ? xml : xml.toBuffer());
  }

  end(): void {
    this.part.end();
  }

  pause(): void {}
}

interface SheetInternals {
  readonly stream: SheetStream;
  startedData: boolean;
  _writeColumns(): void;
  _writeOpenSheetData(): void;
  _writeConditionalFormatting: () => void;
}

/** The archiver of exceljs and the zip stream inside it. */
interface Zip {
  append(source: string | PassThrough, entry: { name: string }): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  readonly _module: { readonly engine: ZipEngine };
}

interface ZipEngine {
  _smartStream(entry: unknown, done: unknown): DeflateWithChecksum;
}

interface DeflateWithChecksum extends DeflateRaw {
  /** Before the first byte an empty buffer of its own. */
  checksum: number | Buffer;
  rawSize: number;
}

/** The archiver computes the checksum of every part in JavaScript, which takes a tenth of all time. */
function computeChecksumsNatively({ _module: { engine } }: Zip): void {
  const open = engine._smartStream.bind(engine);
  engine._smartStream = (entry, done) => {
    const stream = open(entry, done);
    stream._transform = (chunk: Buffer, encoding, callback) => {
      stream.checksum = crc32(chunk, typeof stream.checksum === 'number' ? stream.checksum : 0);
      stream.rawSize += chunk.length;
      DeflateRaw.prototype._transform.call(stream, chunk, encoding, callback);
    };
    return stream;
  };
}
