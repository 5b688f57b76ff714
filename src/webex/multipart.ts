import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

export interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly contentType: string;
}

export interface MultipartBody {
  readonly headers: Readonly<Record<string, string>>;
  /** Serves one attempt; the file is opened with the first read and closed with the last. */
  readonly stream: Readable;
}

/**
 * Frames one file and a few text fields as `multipart/form-data`. The file is never whole in memory, and
 * the length is exact, because Webex does not take chunked uploads.
 */
export async function frameMultipart(
  fields: Readonly<Record<string, string>>,
  file: LocalFile,
): Promise<MultipartBody> {
  const { size } = await stat(file.path);
  const boundary = `wxcc-${randomBytes(24).toString('hex')}`;
  const head = Buffer.from(
    `${Object.entries(fields)
      .map(([name, value]) => `${partHead(boundary, name)}\r\n\r\n${value}\r\n`)
      .join(
        '',
      )}${partHead(boundary, 'files', file.name)}\r\nContent-Type: ${file.contentType}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + size + tail.length),
    },
    stream: Readable.from(inOrder(head, file.path, size, tail), { objectMode: false }),
  };
}

async function* inOrder(head: Buffer, path: string, size: number, tail: Buffer) {
  yield head;
  // A file that grows meanwhile must not run over the length already promised.
  // In small pieces: fewer bytes wait for the garbage to be collected.
  if (size > 0) yield* createReadStream(path, { end: size - 1, highWaterMark: 16_384 });
  yield tail;
}

function partHead(boundary: string, name: string, fileName?: string): string {
  const suffix = fileName === undefined ? '' : `; filename="${escapeParameter(fileName)}"`;
  return `--${boundary}\r\nContent-Disposition: form-data; name="${escapeParameter(name)}"${suffix}`;
}

/** As browsers do it: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function escapeParameter(value: string): string {
  return value.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}
