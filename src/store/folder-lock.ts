import { chmod, mkdir, open, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';

const socketName = 'bot.sock';
/** The system's limit for the path of a socket, with some room (unix(7): 108 bytes, elsewhere 104). */
const longestPath = 100;

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a data folder for this process: two at once would overwrite each other's records. The system
 * itself ends the hold with the process, however that ends, and it is seen from other containers that
 * share the volume, where a process id would mean nothing.
 *
 * @throws {ConfigError} another process has it
 */
export async function lockFolder(dir: string, log: Log): Promise<FolderLock> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // By way of the open folder the path is always short, on Linux; elsewhere a long one is told below.
  const folder = await open(dir);
  const plain = join(dir, socketName);
  const path =
    Buffer.byteLength(plain) <= longestPath ? plain : `/proc/self/fd/${folder.fd}/${socketName}`;
  if (await isAnswered(path)) {
    await folder.close();
    throw new ConfigError([`DATA_DIR ${dir} is in use by another process; stop that one first`]);
  }
  const server = createServer((socket) => socket.destroy());
  try {
    // What nobody listens at was left by a process that is gone.
    await rm(plain, { force: true });
    await listen(server, path);
    await chmod(plain, 0o600);
  } catch (err) {
    // Not every volume knows sockets; working without the hold is better than not at all.
    log.warn({ err }, 'nothing keeps a second process from using DATA_DIR at the same time');
  }
  return {
    async release() {
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      await folder.close();
    },
  };
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve).unref();
  });
}
