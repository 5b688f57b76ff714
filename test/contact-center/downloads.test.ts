import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createTranscriptDownloads,
  type DownloadLimits,
  isExpiredLink,
} from '../../src/contact-center/downloads.ts';
import { parseTranscript } from '../../src/contact-center/transcript/parse.ts';
import type { ResolveName } from '../../src/http/link-guard.ts';
import { createTestClock } from '../helpers/clock.ts';
import { startTestServer } from '../helpers/server.ts';
import { hostileLinks } from '../security/data/hostile-links.ts';
import { silent } from './fake.ts';

interface Options {
  readonly allowedHosts?: readonly string[] | undefined;
  readonly limits?: Partial<DownloadLimits>;
  readonly resolve?: ResolveName;
}

function startDownloads({ allowedHosts, ...more }: Options) {
  const clock = createTestClock();
  const downloads = createTranscriptDownloads({ allowedHosts, clock, log: silent, ...more });
  onTestFinished(() => downloads.close());
  return { ...downloads, clock };
}

type Answer = Parameters<typeof startTestServer>[0];

async function startStorage(answer: Answer, options: Omit<Options, 'allowedHosts'> = {}) {
  const server = await startTestServer(answer);
  const downloads = startDownloads({ allowedHosts: [server.host], ...options });
  const link = { url: `${server.url}/bucket/file.json?X-Amz-Signature=abc` };
  return { server, link, ...downloads };
}

/** Counts connections on loopback, whatever is said over them. */
async function startTrap() {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, connections: () => connections };
}

const toLoopback: ResolveName = async () => [{ address: '127.0.0.1', family: 4 }];

describe('downloading a transcript', () => {
  it('fetches the file and sends nothing but what a stranger would send', async () => {
    const { server, link, download } = await startStorage((_request, response) => {
      response.end('[]');
    });
    const body = await download(link);
    expect(body.toString()).toBe('[]');
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/bucket/file.json?X-Amz-Signature=abc',
      headers: { 'accept-encoding': 'identity', host: server.host },
    });
    expect(Object.keys(server.requests[0]?.headers ?? {}).sort()).toEqual([
      'accept-encoding',
      'connection',
      'host',
    ]);
  });

  it('keeps its connections, and opens no more of them than allowed', async () => {
    const sockets = new Set<unknown>();
    const { link, download } = await startStorage(
      (_request, response) => {
        sockets.add(response.socket);
        response.end('[]');
      },
      { limits: { connections: 3 } },
    );
    await Promise.all(Array.from({ length: 30 }, () => download(link)));
    expect(sockets.size).toBeLessThanOrEqual(3);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    const trap = await startTrap();
    const { server, link, download } = await startStorage((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${trap.port}/` }).end();
    });
    await expect(download(link)).rejects.toMatchObject({ code: 'api_refused', status });
    expect([server.requests.length, trap.connections()]).toEqual([1, 0]);
  });

  it.each([201, 204, 206, 400, 404, 410])('takes a %i for a failure that stays', async (status) => {
    const { server, link, download } = await startStorage((_request, response) => {
      response.writeHead(status).end();
    });
    await expect(download(link)).rejects.toMatchObject({ name: 'ApiError', status });
    expect(server.requests).toHaveLength(1);
  });

  it.each([500, 502, 503, 504, 429])('tries again after a %i', async (status) => {
    let number = 0;
    const { server, link, download, clock } = await startStorage((_request, response) => {
      number++;
      response.writeHead(number < 3 ? status : 200).end('[]');
    });
    await download(link);
    expect([server.requests.length, clock.pauses]).toEqual([3, [500, 1_000]]);
  });

  it('tries again when the body breaks off or the server hangs up', async () => {
    let number = 0;
    const { server, link, download } = await startStorage((_request, response) => {
      number++;
      if (number === 1) response.destroy();
      else if (number === 2) {
        response.writeHead(200, { 'content-length': '50' });
        response.write('[{"message":', () => response.destroy());
      } else response.end('[{"message":"hello"}]');
    });
    const [entry] = parseTranscript(await download(link));
    expect([entry?.message, server.requests.length]).toEqual(['hello', 3]);
  });

  it('gives up after five attempts', async () => {
    const { server, link, download } = await startStorage((_request, response) => {
      response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
    });
    await expect(download(link)).rejects.toMatchObject({ status: 503, detail: 'SlowDown' });
    expect(server.requests).toHaveLength(5);
  });

  it.each([
    [
      '403',
      403,
      '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
      true,
    ],
    ['403 without words', 403, '', true],
    ['400 of an expired key', 400, '<Error><Code>ExpiredToken</Code><X>secret</X></Error>', true],
    ['400 of another kind', 400, '<Error><Code>InvalidArgument</Code></Error>', false],
    ['404', 404, '<Error><Code>NoSuchKey</Code></Error>', false],
  ])('knows whether a %s asks for new links', async (_name, status, body, expired) => {
    const { server, link, download } = await startStorage((_request, response) => {
      response.writeHead(status, { 'x-amz-request-id': 'S3-1' }).end(body);
    });
    const error = await download(link).catch((thrown) => thrown);
    expect(error).toMatchObject({ status, trackingId: 'S3-1' });
    expect(isExpiredLink(error)).toBe(expired);
    expect(String(error)).not.toMatch(/secret|Signature/);
    expect(server.requests).toHaveLength(1);
  });

  it('stops a gzip bomb at the cap of decoded bytes, once', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    const { server, link, download } = await startStorage(
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      },
      { limits: { maxBytes: 100_000 } },
    );
    await expect(download(link)).rejects.toMatchObject({ code: 'too_large' });
    expect(server.requests).toHaveLength(1);
  });

  it('reads a file that comes compressed although nobody asked for it', async () => {
    const { link, download } = await startStorage((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('[]'));
    });
    expect((await download(link)).toString()).toBe('[]');
  });

  it('ends a slow drip when the time for all attempts is over', async () => {
    const { link, download } = await startStorage(
      (_request, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(drip));
      },
      { limits: { attemptMs: 5_000, totalMs: 200 } },
    );
    await expect(download(link)).rejects.toMatchObject({
      code: 'api_unavailable',
      message: expect.stringContaining('not finished within 200 ms'),
    });
  });

  it('tries a silent server again, each attempt with its own deadline', async () => {
    const { server, link, download } = await startStorage(() => {}, {
      limits: { attemptMs: 40, totalMs: 20_000 },
    });
    await expect(download(link)).rejects.toMatchObject({
      code: 'api_unavailable',
      message: expect.stringContaining('no answer within 40 ms'),
    });
    expect(server.requests).toHaveLength(5);
  });

  it('is cancelled by its caller', async () => {
    const stop = new AbortController();
    const { link, download } = await startStorage(() => stop.abort());
    await expect(download(link, { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('links that lead elsewhere', () => {
  it('knows at least forty of them', () => {
    expect(new Set(hostileLinks).size).toBe(hostileLinks.length);
    expect(hostileLinks.length).toBeGreaterThanOrEqual(40);
  });

  it.each(hostileLinks)('opens no connection for %j when one host is listed', async (template) => {
    const trap = await startTrap();
    const { download } = startDownloads({ allowedHosts: ['good.example'], resolve: toLoopback });
    const url = template.replaceAll('PORT', String(trap.port));
    await expect(download({ url })).rejects.toMatchObject({ code: 'host_refused' });
    expect(trap.connections()).toBe(0);
  });

  it.each(hostileLinks)('opens no connection for %j when none is listed', async (template) => {
    const trap = await startTrap();
    const { download } = startDownloads({ resolve: toLoopback });
    const url = template
      .replaceAll('good.example', 'bucket.s3.amazonaws.com')
      .replaceAll('PORT', String(trap.port));
    await expect(download({ url })).rejects.toMatchObject({ code: 'host_refused' });
    expect(trap.connections()).toBe(0);
  });

  it.each([
    'bucket.s3.amazonaws.com',
    'bucket.s3.eu-central-1.amazonaws.com',
    'bucket.s3-eu-west-1.amazonaws.com',
    'my.bucket.s3.dualstack.us-east-1.amazonaws.com',
    's3.us-east-1.amazonaws.com',
    'media.wxcc-eu1.cisco.com',
    'mediastorage.prodeu1.ciscoccservice.com',
    'files.webex.com',
    'idbroker.wbx2.com',
    'content.webexcontent.com',
  ])('resolves %s by default, and still refuses it on a private address', async (host) => {
    const asked: string[] = [];
    const { download } = startDownloads({
      resolve: async (hostname) => {
        asked.push(hostname);
        return [{ address: '10.0.0.7', family: 4 }];
      },
    });
    await expect(download({ url: `https://${host}/x` })).rejects.toMatchObject({
      code: 'host_refused',
      host,
      settingLine: `TRANSCRIPT_HOSTS=${host}`,
    });
    expect(asked).toEqual([host]);
  });

  it.each([
    'ec2-1-2-3-4.compute-1.amazonaws.com',
    's3-fake-123.us-east-1.elb.amazonaws.com',
    'abc.execute-api.us-east-1.amazonaws.com',
    's3.amazonaws.com.evil.example',
    'evilcisco.com',
    'cisco.com.evil.example',
    's3xamazonaws.com',
  ])('does not take %s for a host of the vendor or its storage', async (host) => {
    const { download } = startDownloads({ resolve: toLoopback });
    await expect(download({ url: `https://${host}/x` })).rejects.toMatchObject({
      code: 'host_refused',
      message: expect.stringContaining('not allowed'),
      userMessage: expect.stringContaining(`TRANSCRIPT_HOSTS=${host}`),
    });
  });

  it('asks the resolver once for each connection, and connects to the very address it judged', async () => {
    const server = await startTestServer((_request, response) => {
      response.writeHead(200, { connection: 'close' }).end('[]');
    });
    const url = server.url.replace('127.0.0.1', 'localhost');
    const asked: string[] = [];
    const { download } = startDownloads({
      allowedHosts: [new URL(url).host],
      resolve: async (hostname) => {
        asked.push(hostname);
        return await toLoopback(hostname);
      },
    });
    await download({ url });
    await download({ url });
    expect(asked).toEqual(['localhost', 'localhost']);
    expect(server.requests).toHaveLength(2);
  });

  it('refuses a listed name that has come to mean this machine', async () => {
    const trap = await startTrap();
    const host = `files.example:${trap.port}`;
    const { download } = startDownloads({ allowedHosts: [host], resolve: toLoopback });
    await expect(download({ url: `https://${host}/` })).rejects.toMatchObject({
      code: 'host_refused',
    });
    expect(trap.connections()).toBe(0);
  });

  it('refuses a transcript that is named without a place', async () => {
    const { download } = startDownloads({});
    await expect(download({ url: '' })).rejects.toMatchObject({
      code: 'host_refused',
      host: undefined,
    });
  });
});
