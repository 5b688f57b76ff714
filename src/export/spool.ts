import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AppendFile } from '../store/durable.ts';
import { openAppendFile, replaceFile } from '../store/durable.ts';
import type { Seal, Vault } from '../store/vault.ts';
import type { SpoolPlace } from './ledger.ts';

const ivBytes = 12;
const tagBytes = 16;

/** Records are sealed together up to about this size; a larger one has a segment of its own. */
const segmentBytes = 1024 * 1024;

/** Records are read in about the order they were written, so the next one lies in one of the last segments. */
const segmentsKept = 3;

/** A value as it lies in a segment. */
export type SpoolRecord = Buffer;

/**
 * A value to append. As text outside of the heap it is one piece, while the value itself would be hundreds
 * of objects that every collection of garbage copies until they are on disk.
 */
export function toSpoolRecord(value: unknown): SpoolRecord {
  return Buffer.from(JSON.stringify(value));
}

/**
 * The records of a running job on disk, in segments that are sealed with the job's own key and bound to
 * their place, so that none can stand in for another. The key lies in a file of its own, sealed by the vault: deleting that one small file makes every record unreadable,
 * wherever a copy of the large one may survive.
 */
export class Spool {
  readonly #context: string;
  readonly #key: Buffer;
  readonly #writer: AppendFile;
  readonly #reader: FileHandle;
  #end: number;
  #writing: Promise<unknown> = Promise.resolve();
  #reading: Promise<unknown> = Promise.resolve();
  /** The segments read last, by their offsets. */
  readonly #opened = new Map<number, Buffer>();

  private constructor(fields: {
    context: string;
    key: Buffer;
    writer: AppendFile;
    reader: FileHandle;
    end: number;
  }) {
    this.#context = fields.context;
    this.#key = fields.key;
    this.#writer = fields.writer;
    this.#reader = fields.reader;
    this.#end = fields.end;
  }

  /** Opens the spool of a job's folder, or makes it; what an interrupted write left behind stays unused. */
  static async open(folder: string, vault: Vault, ref: string): Promise<Spool> {
    const context = contextOf(ref);
    await renewSpoolKey(folder, vault);
    const key = await readOrMakeKey(keyPathOf(folder), vault, context);
    const path = join(folder, 'spool.bin');
    const writer = await openAppendFile(path);
    const reader = await open(path, 'r');
    const { size } = await reader.stat();
    return new Spool({ context, key, writer, reader, end: size });
  }

  /**
   * Appends records and returns where each one lies, once all of them are on disk.
   *
   * @throws {StorageFullError} nothing of this batch counts as written
   */
  append(records: readonly SpoolRecord[]): Promise<SpoolPlace[]> {
    // One at a time: a place is only true when nobody else writes between asking and writing.
    const written = this.#writing.then(() => this.#append(records));
    this.#writing = written.catch(() => {});
    return written;
  }

  /** A key for another purpose, which goes with the key of the spool. */
  deriveKey(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, '', `${this.#context} ${purpose}`, 32));
  }

  async #append(records: readonly SpoolRecord[]): Promise<SpoolPlace[]> {
    const places: SpoolPlace[] = [];
    const sealed: Buffer[] = [];
    for (const group of inSegments(records)) {
      const bytes = this.#seal(Buffer.concat(group), this.#end);
      const segment = { offset: this.#end, length: bytes.length };
      let offset = 0;
      for (const { length } of group) {
        places.push({ segment, offset, length });
        offset += length;
      }
      sealed.push(bytes);
      this.#end += bytes.length;
    }
    try {
      await this.#writer.append(Buffer.concat(sealed));
    } catch (error) {
      // A part of the batch may be in the file: the next one has to begin behind it.
      this.#end = (await this.#reader.stat()).size;
      throw error;
    }
    return places;
  }

  /** @throws when the record was changed, cut off, moved, or belongs to another job */
  read(place: SpoolPlace): Promise<unknown> {
    // One at a time, so that nobody opens a segment twice.
    const record = this.#reading.then(() => this.#read(place));
    this.#reading = record.catch(() => {});
    return record;
  }

  async #read({ segment, offset, length }: SpoolPlace): Promise<unknown> {
    const plain = this.#opened.get(segment.offset) ?? (await this.#openSegment(segment));
    return JSON.parse(plain.toString('utf8', offset, offset + length));
  }

  async #openSegment({ offset, length }: SpoolPlace['segment']): Promise<Buffer> {
    const sealed = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#reader.read(sealed, 0, length, offset);
    if (bytesRead < length) throw new Error('a segment of the spool is cut off');
    const plain = this.#open(sealed, offset);
    for (const oldest of this.#opened.keys()) {
      if (this.#opened.size < segmentsKept) break;
      this.#opened.delete(oldest);
    }
    this.#opened.set(offset, plain);
    return plain;
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

  #seal(plain: Buffer, offset: number): Buffer {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: tagBytes });
    cipher.setAAD(this.#placeOf(offset));
    const sealed = [cipher.update(plain), cipher.final()];
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]);
  }

  #open(sealed: Buffer, offset: number): Buffer {
    const iv = sealed.subarray(0, ivBytes);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, iv, { authTagLength: tagBytes });
    decipher.setAAD(this.#placeOf(offset));
    decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
    const plain = decipher.update(sealed.subarray(ivBytes + tagBytes));
    // Nothing comes out of it, but it is what checks the seal.
    decipher.final();
    return plain;
  }

  #placeOf(offset: number): Buffer {
    return Buffer.from(`${this.#context} ${offset}`);
  }
}

function* inSegments(records: readonly SpoolRecord[]): Generator<readonly SpoolRecord[]> {
  let group: SpoolRecord[] = [];
  let size = 0;
  for (const record of records) {
    if (group.length > 0 && size + record.length > segmentBytes) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(record);
    size += record.length;
  }
  if (group.length > 0) yield group;
}

async function readOrMakeKey(path: string, vault: Vault, context: string): Promise<Buffer> {
  const sealed = await readSealedKey(path);
  if (sealed !== undefined) return vault.open(sealed, context);
  const key = randomBytes(32);
  await replaceFile(path, vault.seal(key, context));
  return key;
}

/** @returns nothing where the job has no spool, or has ended */
export async function sealOfSpoolKey(folder: string, vault: Vault): Promise<Seal | undefined> {
  const sealed = await readSealedKey(keyPathOf(folder));
  return sealed === undefined ? undefined : vault.inspect(sealed, contextOf(basename(folder)));
}

/** Seals it with the first key of the vault, where it can be opened. */
export async function renewSpoolKey(folder: string, vault: Vault): Promise<void> {
  const path = keyPathOf(folder);
  const sealed = await readSealedKey(path);
  if (sealed === undefined) return;
  const renewed = vault.renew(sealed, contextOf(basename(folder)));
  if (renewed !== sealed) await replaceFile(path, renewed);
}

function keyPathOf(folder: string): string {
  return join(folder, 'spool.key');
}

function contextOf(ref: string): string {
  return `spool/${ref}`;
}

async function readSealedKey(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
