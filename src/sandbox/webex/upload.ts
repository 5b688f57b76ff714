import busboy from 'busboy';
import type { Request } from 'express';
import type { StoredFile } from './message.ts';
import { Refusal } from './refusal.ts';

export interface Upload {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly Omit<StoredFile, 'id'>[];
}

/** Reads a multipart body. @throws {Refusal} 400 for a broken one, 413 for a file above the limit */
export function readUpload(request: Request, maxFileBytes: number): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    const files: Omit<StoredFile, 'id'>[] = [];
    const refuse = (status: number, message: string) => {
      // What is still coming is read and thrown away, so that the answer reaches a client that is sending.
      request.unpipe(parser);
      request.resume();
      reject(new Refusal(status, message));
    };
    const parser = openParser(request, maxFileBytes);
    parser.on('field', (name, value) => {
      fields[name] = value;
    });
    parser.on('file', (part, stream, { filename, mimeType }) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => refuse(413, 'The file is larger than 100 MB.'));
      stream.on('end', () => {
        if (part !== 'files') refuse(400, `Files come in the part "files", not "${part}".`);
        else if (!filename) refuse(400, 'The file has no name.');
        else files.push({ name: filename, contentType: mimeType, bytes: Buffer.concat(chunks) });
      });
      stream.on('error', () => undefined);
    });
    parser.on('error', () => refuse(400, 'The multipart body is broken.'));
    parser.on('close', () => resolve({ fields, files }));
    request.on('aborted', () => refuse(400, 'The request ended early.'));
    request.pipe(parser);
  });
}

function openParser(request: Request, fileSize: number) {
  try {
    return busboy({ headers: request.headers, defParamCharset: 'utf8', limits: { fileSize } });
  } catch {
    throw new Refusal(400, 'The multipart body has no boundary.');
  }
}
