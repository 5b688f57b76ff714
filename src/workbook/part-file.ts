import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

/** A file that is there either whole or not at all. */
export interface PartFile {
  /** Whoever writes listens for its `error`. */
  readonly sink: Writable;
  /**
   * Gives the file its name, once the sink has been ended and everything is on the disk.
   *
   * @returns its size in bytes
   */
  keep(): Promise<number>;
  /** Leaves nothing behind; never fails. */
  discard(): Promise<void>;
}

/** Opens a temporary file beside `path`, for our eyes only, so that renaming it is one step. */
export async function openPartFile(path: string): Promise<PartFile> {
  const partPath = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  const handle: FileHandle = await open(partPath, 'wx', 0o600);
  // With `flush` the data is on the disk before the file is closed; a disk may only refuse it then.
  const sink = handle.createWriteStream({ flush: true });
  return {
    sink,
    async keep() {
      if (!sink.closed) await once(sink, 'close');
      if (sink.errored) throw sink.errored;
      const { size } = await stat(partPath);
      await rename(partPath, path);
      return size;
    },
    async discard() {
      sink.destroy();
      if (!sink.closed) await once(sink, 'close').catch(() => undefined);
      await rm(partPath, { force: true }).catch(() => undefined);
    },
  };
}
