import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { CancelledError } from '../errors.ts';
import { toAppError } from './file-errors.ts';
import { openPartFile, type PartFile } from './part-file.ts';

/** @returns what must be waited for before more is added */
type AddText = (text: string) => Promise<void> | undefined;

export interface ArchiveFile {
  readonly name: string;
  /** Adds the whole text, piece by piece; called once, when the files before it are written. */
  readonly write: (add: AddText) => Promise<void>;
}

interface ArchiveOptions {
  readonly path: string;
  readonly files: readonly ArchiveFile[];
  readonly createdMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly openFile?: (path: string) => Promise<PartFile>;
}

/** Deflate's level, as that of the workbook: beyond it size hardly falls and time doubles. */
const compressionLevel = 4;

/** Handed on in pieces of this size: many small ones cost more than their deflating. */
const pieceUnits = 65_536;

/**
 * Writes texts into a zip file, one after the other and in flat memory. The file appears under its name
 * when it is whole (mode 0600); after any error nothing of it is left.
 *
 * @returns its size in bytes
 * @throws as `writeWorkbook`
 */
export async function writeArchive(options: ArchiveOptions): Promise<number> {
  const { path, files, createdMs, signal, openFile = openPartFile } = options;
  if (signal?.aborted) throw new CancelledError();
  const file = await openFile(path).catch((error: unknown) => {
    throw toAppError(error, 'the file could not be created');
  });
  const zip = new ZipFile();
  const output = new PassThrough();
  const texts: PassThrough[] = [];
  // What goes wrong inside of the zip has no other way to whoever waits for its end.
  const fail = (error: unknown) => {
    output.destroy(error instanceof Error ? error : new Error('the zip failed'));
  };
  zip.on('error', fail);
  zip.outputStream.pipe(output);
  try {
    for (const { name, write } of files) {
      const about = { mtime: new Date(createdMs), mode: 0o100_600, compressionLevel };
      zip.addReadStreamLazy(name, about, (take) => {
        const text = new PassThrough();
        texts.push(text);
        text.on('error', fail);
        fill(text, write).then(
          () => text.end(),
          (error: unknown) => text.destroy(error instanceof Error ? error : new Error('no text')),
        );
        take(null, text);
      });
    }
    zip.end();
    await pipeline(output, file.sink, signal ? { signal } : {});
    return await file.keep();
  } catch (error) {
    for (const text of texts) text.destroy(new CancelledError());
    await file.discard();
    if (signal?.aborted) throw new CancelledError();
    throw toAppError(error, 'the file could not be written');
  }
}

async function fill(to: PassThrough, write: ArchiveFile['write']): Promise<void> {
  let waiting = '';
  const flush = (): Promise<void> | undefined => {
    // Also when whoever reads has gone: then whoever writes has to stop.
    if (to.destroyed) throw new CancelledError();
    const isRoom = to.write(waiting);
    waiting = '';
    return isRoom ? undefined : once(to, 'drain').then(() => undefined);
  };
  await write((text) => {
    waiting += text;
    return waiting.length < pieceUnits ? undefined : flush();
  });
  if (waiting !== '') await flush();
}
