import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppendFile } from '../store/durable.ts';
import { openAppendFile, replaceFile } from '../store/durable.ts';
import type { Vault } from '../store/vault.ts';
import type { SpoolPlace } from './ledger.ts';

const nothing = Buffer.alloc(0);
const ivBytes = 12;
const tagBytes = 16;

/** Records are read in about the order they were written: one read of the disk serves hundreds ... */
const windowBytes = 1024 * 1024;
/** ... and those that were written a little earlier than their turn are looked for behind it. */
const lookBehindBytes = windowBytes / 4;

/** A record that only its place in the file is missing of. */
export interface Sealed {
  readonly parts: readonly Buffer[];
}

/**
 * The records of a running job on disk, each sealed by itself with the job's own key. The key lies in a
 * file of its own, sealed by the vault: deleting that one small file makes every record unreadable,
 * wherever a copy of the large one may survive.
 */
export class Spool {
  readonly #folder: string;
  readonly #context: Buffer;
  readonly #key: Buffer;
  readonly #writer: AppendFile;
  readonly #reader: FileHandle;
  #end: number;
  #writing: Promise<unknown> = Promise.resolve();
  #reading: Promise<unknown> = Promise.resolve();
  /** One buffer for all reads: a fresh one each time piles up faster than it is collected. */
  readonly #window = Buffer.allocUnsafe(windowBytes);
  #seen = { offset: 0, bytes: nothing };

  private constructor(fields: {
    folder: string;
    context: Buffer;
    key: Buffer;
    writer: AppendFile;
    reader: FileHandle;
    end: number;
  }) {
    this.#folder = fields.folder;
    this.#context = fields.context;
    this.#key = fields.key;
    this.#writer = fields.writer;
    this.#reader = fields.reader;
    this.#end = fields.end;
  }

  /** Opens the spool of a job's folder, or makes it; what an interrupted write left behind stays unused. */
  static async open(folder: string, vault: Vault, ref: string): Promise<Spool> {
    const context = `spool/${ref}`;
    const key = await readOrMakeKey(join(folder, 'spool.key'), vault, context);
    const path = join(folder, 'spool.bin');
    const writer = await openAppendFile(path);
    const reader = await open(path, 'r');
    const { size } = await reader.stat();
    return new Spool({ folder, context: Buffer.from(context), key, writer, reader, end: size });
  }

  /**
   * Turns a value into a record to append. Sealed at once it is a few kilobytes outside of the heap, while
   * the value itself would be hundreds of objects that every collection of garbage copies until then.
   */
  seal(value: unknown): Sealed {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: tagBytes });
    cipher.setAAD(this.#context);
    const parts = [cipher.update(JSON.stringify(value), 'utf8'), cipher.final()];
    return { parts: [iv, cipher.getAuthTag(), ...parts] };
  }

  /**
   * Appends records and returns where each one lies, once all of them are on disk.
   *
   * @throws {StorageFullError} nothing of this batch counts as written
   */
  append(records: readonly Sealed[]): Promise<SpoolPlace[]> {
    // One at a time: a place is only true when nobody else writes between asking and writing.
    const written = this.#writing.then(() => this.#append(records));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #append(records: readonly Sealed[]): Promise<SpoolPlace[]> {
    const places: SpoolPlace[] = [];
    let offset = this.#end;
    for (const { parts } of records) {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      places.push({ offset, length });
      offset += length;
    }
    this.#end = offset;
    try {
      await this.#writer.append(Buffer.concat(records.flatMap(({ parts }) => parts)));
    } catch (error) {
      // A part of the batch may be in the file: the next one has to begin behind it.
      this.#end = (await this.#reader.stat()).size;
      throw error;
    }
    return places;
  }

  /** @throws when the record was changed, cut off, or belongs to another job */
  read(place: SpoolPlace): Promise<unknown> {
    // One at a time, because all share the buffer.
    const record = this.#reading.then(() => this.#read(place));
    this.#reading = record.catch(() => {});
    return record;
  }

  async #read(place: SpoolPlace): Promise<unknown> {
    const sealed = this.#readFromWindow(place) ?? (await this.#readFromDisk(place));
    return JSON.parse(this.#open(sealed).toString('utf8'));
  }

  #readFromWindow({ offset, length }: SpoolPlace): Buffer | undefined {
    const start = offset - this.#seen.offset;
    const isInside = start >= 0 && start + length <= this.#seen.bytes.length;
    return isInside ? this.#seen.bytes.subarray(start, start + length) : undefined;
  }

  async #readFromDisk(place: SpoolPlace): Promise<Buffer> {
    const isLarge = place.length > windowBytes - lookBehindBytes;
    const offset = isLarge ? place.offset : Math.max(0, place.offset - lookBehindBytes);
    const bytes = isLarge ? Buffer.allocUnsafe(place.length) : this.#window;
    // Whatever happens from here on, what lay in the window is gone.
    this.#seen = { offset: 0, bytes: nothing };
    const { bytesRead } = await this.#reader.read(bytes, 0, bytes.length, offset);
    const seen = { offset, bytes: bytes.subarray(0, bytesRead) };
    if (!isLarge) this.#seen = seen;
    const start = place.offset - offset;
    if (bytesRead < start + place.length) throw new Error('a record of the spool is cut off');
    return seen.bytes.subarray(start, start + place.length);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#reader.close();
  }

  /** Key first: from then on the rest is noise, even if deleting it fails. */
  static async destroy(folder: string): Promise<void> {
    await rm(join(folder, 'spool.key'), { force: true });
    await rm(join(folder, 'spool.bin'), { force: true });
  }

  get folder(): string {
    return this.#folder;
  }

  #open(sealed: Buffer): Buffer {
    const iv = sealed.subarray(0, ivBytes);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, iv, { authTagLength: tagBytes });
    decipher.setAAD(this.#context);
    decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
    const plain = decipher.update(sealed.subarray(ivBytes + tagBytes));
    return Buffer.concat([plain, decipher.final()]);
  }
}

async function readOrMakeKey(path: string, vault: Vault, context: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      return vault.open(await file.readFile('utf8'), context);
    } finally {
      await file.close();
    }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing) throw error;
    const key = randomBytes(32);
    await replaceFile(path, vault.seal(key, context));
    return key;
  }
}
