import type { CellXml } from './cell-xml.ts';
import type { PackageWriter } from './package-writer.ts';
import type { Limits } from './sheet.ts';
import type { SheetNames } from './sheet-name.ts';

/** What the writers of the sheets of one file share. */
export interface WriteContext {
  readonly workbook: PackageWriter;
  readonly cells: CellXml;
  readonly sheetNames: SheetNames;
  readonly limits: Limits;
  /** Fires when the file will not be finished: cancelled, or the disk refused. */
  readonly signal: AbortSignal;
}
