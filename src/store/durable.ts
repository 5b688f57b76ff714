import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageFullError } from '../errors.ts';

/**
 * Replaces a file so that at every moment, power loss included, either the old or the new content is
 * there in full, readable by its owner alone.
 *
 * @param keepPrevious leaves the content before this one beside it, as `<path>.prev`
 * @throws {StorageFullError} no room; the old file is as it was
 */
export async function replaceFile(
  path: string,
  data: string | Buffer,
  options: { keepPrevious?: boolean } = {},
): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    await writeWhole(temporary, data);
    if (options.keepPrevious) await keepPrevious(path);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw toStorageError(error, path);
  }
}

/** Deletes what `keepPrevious` kept: a secret somebody asked to forget may be in it. */
export async function forgetPrevious(path: string): Promise<void> {
  await rm(previousPath(path), { force: true });
  await syncFolder(dirname(path));
}

/** Deletes temporary files of this path that a killed process left behind. */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    const suffix = name.startsWith(basename(path)) ? name.slice(basename(path).length) : '';
    if (/^\.[0-9a-f]{16}\.tmp$/.test(suffix)) await rm(join(folder, name), { force: true });
  }
}

export interface AppendFile {
  /**
   * Resolves when the data is on disk, in the order of the calls. Whatever came while a write was
   * running shares the next one, and with it the flush.
   *
   * @throws {StorageFullError} no room; nothing of the data is in the file
   */
  append(data: string | Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file that only grows, readable by its owner alone; it is made where there is none. */
export async function openAppendFile(path: string): Promise<AppendFile> {
  const handle = await open(path, 'a', 0o600);
  try {
    await syncFolder(dirname(path));
    const { size } = await handle.stat();
    return new GrowingFile(path, handle, size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Waiting {
  readonly data: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class GrowingFile implements AppendFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Everything up to here is whole and on disk. */
  #sizeBytes: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #broken: Error | undefined;

  constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  append(data: string | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ data: Buffer.from(data), resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#broken ??= new Error(`${this.#path} is closed`);
    await this.#handle.close();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      const error = await this.#write(Buffer.concat(group.map(({ data }) => data)));
      for (const { resolve, reject } of group) {
        if (error) reject(error);
        else resolve();
      }
    }
    this.#writing = undefined;
  }

  async #write(data: Buffer): Promise<Error | undefined> {
    if (this.#broken) return this.#broken;
    try {
      await this.#handle.appendFile(data);
      await this.#handle.datasync();
      this.#sizeBytes += data.length;
      return undefined;
    } catch (error) {
      await this.#cutBack();
      return toStorageError(error, this.#path);
    }
  }

  /** A write that failed half way left a torn end, and the next one would be glued to it. */
  async #cutBack(): Promise<void> {
    try {
      await this.#handle.truncate(this.#sizeBytes);
    } catch (cause) {
      this.#broken = new Error(`${this.#path} has a torn end that cannot be cut off`, { cause });
    }
  }
}

async function writeWhole(path: string, data: string | Buffer): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(data);
    await handle.sync();
    // A short write that was reported as a success has destroyed files before; ask what is there.
    const { size } = await handle.stat();
    if (size !== Buffer.byteLength(data)) throw new StorageFullError(`${path} came out too short`);
  } finally {
    await handle.close();
  }
}

async function keepPrevious(path: string): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    // Not every volume knows hard links; a copy is as good, only slower.
    await link(path, temporary).catch(() => copyFile(path, temporary, constants.COPYFILE_EXCL));
    await rename(temporary, previousPath(path));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    // Renaming one hard link onto another of the same file does nothing, successfully.
    await rm(temporary, { force: true });
  }
}

/** A rename is on disk only when its folder is. Windows cannot open folders and has no need to. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function temporaryPath(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.tmp`;
}

function previousPath(path: string): string {
  return `${path}.prev`;
}

const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function toStorageError(error: unknown, path: string): Error {
  const code = codeOf(error);
  if (code !== undefined && noRoom.has(code)) {
    return new StorageFullError(`${path} could not be written (${code})`, { cause: error });
  }
  return error instanceof Error ? error : new Error(`${path} could not be written`);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
