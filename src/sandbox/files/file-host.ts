import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Capture } from '../dataset/capture.ts';
import type { Door } from '../door.ts';
import type { Links } from './links.ts';

export interface FileHostDeps {
  readonly door: Door;
  readonly links: Links;
  readonly captures: (taskId: string) => readonly Capture[];
}

/** The one segment after `/files/`: which file of which task. */
export function fileIdOf(taskId: string, index: number): string {
  return `${taskId}.${index}`;
}

/**
 * Serves `GET /files/:id` like the vendor's object storage: the signature in the link is the only key, and
 * errors are XML. Plain `node:http`, because benches download thousands of files a second.
 */
export function createFileHost({ door, links, captures }: FileHostDeps): RequestListener {
  const answer: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', 'http://files');
    const fileId = /^\/files\/([^/]+)$/.exec(url.pathname)?.[1];
    if (request.headers.authorization !== undefined) {
      refuse(response, 400, 'InvalidArgument', 'A signed link takes no Authorization header');
    } else if (request.method !== 'GET') {
      refuse(response, 405, 'MethodNotAllowed', 'The link was signed for GET');
    } else if (fileId === undefined) {
      refuse(response, 403, 'AccessDenied', 'Access denied');
    } else {
      serve(fileId, url.searchParams, response);
    }
  };

  const serve = (fileId: string, query: URLSearchParams, response: ServerResponse) => {
    const state = links.check(fileId, query);
    if (state === 'forged') {
      refuse(response, 403, 'SignatureDoesNotMatch', 'The signature is not the one expected');
      return;
    }
    if (state === 'expired') {
      refuse(response, 403, 'AccessDenied', 'The link is no longer valid');
      return;
    }
    const capture = find(fileId, captures);
    if (!capture) {
      refuse(response, 404, 'NoSuchKey', 'There is no such file');
      return;
    }
    send(capture, response);
  };

  const middleware = door.middleware('files');
  return (request, response) => middleware(request, response, () => answer(request, response));
}

function find(fileId: string, captures: FileHostDeps['captures']): Capture | undefined {
  const dot = fileId.lastIndexOf('.');
  return captures(fileId.slice(0, dot))[Number(fileId.slice(dot + 1))];
}

function send({ contentType, contentEncoding, body }: Capture, response: ServerResponse) {
  const content = body();
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(content),
    ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
  });
  response.end(content);
}

function refuse(response: ServerResponse, status: number, code: string, message: string) {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${randomUUID()}</RequestId></Error>`,
  );
}
