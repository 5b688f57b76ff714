import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { WorkbookError } from '../errors.ts';

/** The parts of a finished file, read again: inflated in pieces, each part's checksum compared at its end. */
export interface ZipParts {
  readonly names: readonly string[];
  /** @throws the part is missing or damaged */
  inflate(name: string): AsyncGenerator<Buffer>;
}

/** @throws {WorkbookError} the file is cut, damaged, or whatever `read` could not bear */
export async function readZip<T>(path: string, read: (parts: ZipParts) => Promise<T>): Promise<T> {
  let zip: ZipFile | undefined;
  try {
    const opened = await openPromise(path, { lazyEntries: true, autoClose: false });
    zip = opened;
    const entries = new Map<string, Entry>();
    for await (const entry of opened.eachEntry()) entries.set(entry.fileName, entry);
    return await read({
      names: [...entries.keys()],
      inflate: (name) => inflate(opened, entries.get(name), name),
    });
  } catch (error) {
    throw new WorkbookError(`${basename(path)} is not a whole file`, { cause: error });
  } finally {
    zip?.close();
  }
}

async function* inflate(
  zip: ZipFile,
  entry: Entry | undefined,
  name: string,
): AsyncGenerator<Buffer> {
  if (!entry) throw new Error(`the part ${name} is missing`);
  let checksum = 0;
  for await (const chunk of await openPart(zip, entry)) {
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (checksum !== entry.crc32) throw new Error(`the part ${name} is damaged`);
}

/** Inflated in large pieces: with zlib's usual ones most of the time goes into handing them over. */
async function openPart(zip: ZipFile, entry: Entry): Promise<Readable> {
  if (!entry.isCompressed()) return zip.openReadStreamPromise(entry);
  const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  const inflated = createInflateRaw({ chunkSize: 262_144 });
  // What goes wrong with one ends the other, whose reader hears of it.
  pipeline(raw, inflated, () => undefined);
  return inflated;
}
