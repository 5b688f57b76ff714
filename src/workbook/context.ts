import type { PackageWriter } from './package-writer.ts';
import type { RowWriter } from './row-writer.ts';
import type { Limits } from './sheet.ts';

/** What the writers of the sheets of one file share. */
export interface WriteContext {
  readonly workbook: PackageWriter;
  readonly rows: RowWriter;
  /** Turns a wanted name into one that is valid and not taken yet. */
  readonly nameSheet: (wanted: string) => string;
  readonly limits: Limits;
  /** Fires when the file will not be finished: cancelled, or the disk refused. */
  readonly signal: AbortSignal;
}
