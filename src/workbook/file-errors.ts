import { AppError, StorageFullError, WorkbookError } from '../errors.ts';

/** Full, over the quota, over the size that this process may write. */
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What the caller hears of an error while a file was written: its own ones as they are. */
export function toAppError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && noRoom.has(code)) {
    return new StorageFullError(`${what}: the disk is full`, { cause: error });
  }
  return new WorkbookError(what, { cause: error });
}
