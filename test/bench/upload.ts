import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const uploadProcess = fileURLToPath(new URL('upload-process.mjs', import.meta.url));

/**
 * Uploads a file from a process of its own to a server that counts what arrives.
 *
 * @returns megabytes by which the peak of that process's memory grew
 */
export async function measureUpload(sizeBytes: number): Promise<number> {
  const received: number[] = [];
  const server = createServer(async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += chunk.length;
    received.push(size);
    response.setHeader('content-type', 'application/json');
    response.end('{"id":"bench","roomId":"bench"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an address object; a string belongs to pipes.
  const { port } = server.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), 'bench-upload-'));
  try {
    const [small, large] = [join(folder, 'small'), join(folder, 'large')];
    for (const [path, size] of [
      [small, 1_000],
      [large, sizeBytes],
    ] as const) {
      const file = await open(path, 'wx');
      await file.truncate(size);
      await file.close();
    }
    const address = `http://127.0.0.1:${port}/v1`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      uploadProcess,
      address,
      small,
      large,
    ]);
    if (received.length !== 2 || (received[1] ?? 0) < sizeBytes) {
      throw new Error(`the server received ${received.join(' and ')} bytes`);
    }
    return JSON.parse(stdout).addedMb;
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

/** What the Webex SDK takes by being loaded, in a process that does nothing else. */
export async function measureSdk(): Promise<number> {
  const peakMemory = new URL('peak-memory.mjs', import.meta.url);
  const script = `await import('webex-node-bot-framework');
    const { readPeakMb } = await import('${peakMemory}');
    console.log(readPeakMb()); process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    script,
  ]);
  return Number(stdout.trim().split('\n').at(-1));
}
