import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Config } from '../../config.ts';

export interface StandIn {
  /** What it answers to everything: nobody else can know it. */
  readonly word: string;
  close(): void;
}

/**
 * Listens where the bot will, so that the way to it can be tried before its first start.
 *
 * @returns the system's code (`EADDRINUSE`) where the bot could not listen there either
 */
export async function standIn({ HOST, PORT }: Config): Promise<StandIn | string> {
  const word = randomUUID();
  const server = createServer((_request, response) => response.end(JSON.stringify(word)));
  try {
    await listen(server, PORT, HOST);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  }
  return {
    word,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
