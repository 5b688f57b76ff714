import type { Settlement } from './ledger.ts';

/** One of the files that an export is divided into. */
export interface Part {
  readonly number: number;
  readonly of: number;
}

/** How conversations become a file. */
export interface FileFormat {
  /** Behind the name, with its dot. */
  readonly extension: string;
  readonly contentType: string;
  /**
   * Writes one part, opens it again and sees that everything is in it.
   *
   * @returns its size in bytes
   * @throws {WorkbookError} it does not hold what was written; {StorageFullError}; {CancelledError}
   */
  write(path: string, settlements: readonly Settlement[], part: Part): Promise<number>;
}
