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

/** A port that is free at this moment, for somebody who has to be told before the server starts. */
export async function findFreePort(): Promise<number> {
  const taken = await listen(() => undefined);
  await taken.close();
  return taken.port;
}
