import { randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Listening {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Takes over a connection that becomes something else than HTTP, and looks after its end. */
export type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Serves on loopback only. @param port 0 takes any free one */
export async function listen(
  app: RequestListener,
  port = 0,
  onUpgrade?: OnUpgrade,
): Promise<Listening> {
  const server = createServer(app);
  if (onUpgrade) server.on('upgrade', onUpgrade);
  // The bot keeps its connections for longer than the five seconds a server usually does.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  // Only pipes have another kind of address.
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Below the ports that systems give to outgoing connections (Linux from 32,768, others from 49,152): one of
 * these may be taken by any program before the server starts, or while it is started again.
 */
const ports = { from: 20_000, to: 32_000 };
const mostTries = 100;

/** A port that is free at this moment, for somebody who has to be told before the server starts. */
export async function findFreePort(): Promise<number> {
  for (let tried = 0; tried < mostTries; tried++) {
    const port = randomInt(ports.from, ports.to);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${mostTries} ports from ${ports.from} to ${ports.to} is free`);
}

async function isFree(port: number): Promise<boolean> {
  try {
    const taken = await listen(() => undefined, port);
    await taken.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}
