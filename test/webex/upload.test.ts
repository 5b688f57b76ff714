import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import busboy from 'busboy';
import { expect, onTestFinished, test } from 'vitest';
import { createTestClient, sendDated } from './support.ts';

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const posted = { id: 'message-id', roomId: 'r' };

async function fileWith(content: Buffer, name = 'report.xlsx') {
  const folder = await mkdtemp(join(tmpdir(), 'upload-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'content');
  await writeFile(path, content);
  return { path, name, contentType: xlsx };
}

async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A server that listens on TCP has an address object; a string belongs to pipes.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Upload {
  readonly headers: IncomingHttpHeaders;
  receivedBytes: number;
  readonly fields: Record<string, string>;
  readonly files: { field: string; name: string | undefined; type: string; content: Buffer }[];
}

/** Reads messages and multipart as Webex would, and counts the raw bytes besides. */
async function startUploadServer(answers: readonly number[] = [200]) {
  const uploads: Upload[] = [];
  const messages: { readonly markdown: string }[] = [];
  const url = await startServer(async (request, response) => {
    if (request.headers['content-type'] === 'application/json') {
      messages.push(JSON.parse(await text(request)));
      return sendDated(response, 200, posted);
    }
    const upload: Upload = { headers: request.headers, receivedBytes: 0, fields: {}, files: [] };
    const parser = busboy({ headers: request.headers, defParamCharset: 'utf8' });
    parser.on('field', (name, value) => {
      upload.fields[name] = value;
    });
    const reading: Promise<void>[] = [];
    parser.on('file', (field, stream, { filename: name, mimeType: type }) => {
      const keep = (content: Buffer) => void upload.files.push({ field, name, type, content });
      reading.push(buffer(stream).then(keep));
    });
    parser.on('close', async () => {
      await Promise.all(reading);
      uploads.push(upload);
      sendDated(response, answers[uploads.length - 1] ?? 200, posted);
    });
    request.on('data', (chunk: Buffer) => {
      upload.receivedBytes += chunk.length;
    });
    request.pipe(parser);
  });
  return { url, uploads, messages };
}

test('uploads one named file beside the text, byte for byte, with the exact length', async () => {
  const content = randomBytes(3 * 1024 * 1024 + 17);
  const { url, uploads } = await startUploadServer();
  const { client } = createTestClient(url);

  const answer = await client.postFile(
    { roomId: 'r', parentId: 'p' },
    await fileWith(content),
    '1 204 chats *found*\r\nzweite Zeile – fertig',
  );

  const [upload] = uploads;
  const [file] = upload?.files ?? [];
  expect(answer).toEqual(posted);
  expect(upload?.fields).toEqual({
    roomId: 'r',
    parentId: 'p',
    markdown: '1 204 chats *found*\r\nzweite Zeile – fertig',
  });
  expect(upload?.files).toHaveLength(1);
  expect(file).toMatchObject({ field: 'files', name: 'report.xlsx', type: xlsx });
  expect(file?.content.equals(content)).toBe(true);
  expect(upload?.headers['content-length']).toBe(String(upload?.receivedBytes));
  expect(upload?.headers['transfer-encoding']).toBeUndefined();
});

test('uploads an empty file', async () => {
  const { url, uploads } = await startUploadServer();
  const { client } = createTestClient(url);

  await client.postFile({ personId: 'ana' }, await fileWith(Buffer.alloc(0)), 'nothing');

  expect(uploads[0]?.fields).toEqual({ toPersonId: 'ana', markdown: 'nothing' });
  expect(uploads[0]?.files[0]?.content).toHaveLength(0);
});

test('a file name cannot add headers or parts', async () => {
  const { url, uploads } = await startUploadServer();
  const { client } = createTestClient(url);
  const name = 'a"; x="\r\nX-Type: html\r\n\r\nüß.xlsx';

  await client.postFile({ roomId: 'r' }, await fileWith(Buffer.from('PK'), name), 'text');

  expect(uploads[0]?.files).toEqual([
    {
      field: 'files',
      name: 'a%22; x=%22%0D%0AX-Type: html%0D%0A%0D%0Aüß.xlsx',
      type: xlsx,
      content: Buffer.from('PK'),
    },
  ]);
});

test('sends the whole file again when the first attempt was refused', async () => {
  const content = randomBytes(300_000);
  const { url, uploads } = await startUploadServer([429, 503, 200]);
  const { client } = createTestClient(url);

  const answer = await client.postFile({ roomId: 'r' }, await fileWith(content), 'text');

  expect(answer).toEqual(posted);
  expect(uploads.map(({ files }) => files[0]?.content.equals(content))).toEqual([true, true, true]);
});

test('survives a refusal that comes before the file was read', async () => {
  const content = randomBytes(8 * 1024 * 1024);
  let attempts = 0;
  let received = 0;
  const url = await startServer((request, response) => {
    attempts++;
    if (attempts === 1)
      return sendDated(response, 429, {}, { 'retry-after': '1', connection: 'close' });
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    request.on('end', () => sendDated(response, 200, posted));
  });
  const { client } = createTestClient(url);

  const answer = await client.postFile({ roomId: 'r' }, await fileWith(content), 'text');

  expect(answer).toEqual(posted);
  expect(attempts).toBe(2);
  expect(received).toBeGreaterThan(content.length);
});

test('does not send a file again that may have arrived', async () => {
  const { url, uploads } = await startUploadServer([502]);
  const { client } = createTestClient(url);

  const posting = client.postFile({ roomId: 'r' }, await fileWith(Buffer.from('PK')), 'text');

  await expect(posting).rejects.toMatchObject({ status: 502 });
  expect(uploads).toHaveLength(1);
});

test('ends an upload that is never answered at its own deadline', async () => {
  const url = await startServer(() => {});
  const { client } = createTestClient(url, { timeouts: { callMs: 60_000, uploadMs: 150 } });

  const posting = client.postFile({ roomId: 'r' }, await fileWith(randomBytes(100_000)), 'text');

  await expect(posting).rejects.toMatchObject({ code: 'api_unavailable' });
});

test('posts the beginning of a long text first, and its end with the file', async () => {
  const { url, uploads, messages } = await startUploadServer();
  const { client } = createTestClient(url);

  const caption = 'word '.repeat(2_000);
  const answer = await client.postFile({ roomId: 'r' }, await fileWith(Buffer.from('PK')), caption);

  const [first, ...others] = messages.map(({ markdown }) => markdown);
  expect(answer).toEqual(posted);
  expect(others).toEqual([]);
  expect(`${first} ${uploads[0]?.fields['markdown']}`).toBe(caption.trim());
});
