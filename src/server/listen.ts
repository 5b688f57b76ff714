import { createServer, type RequestListener, type Server } from 'node:http';

/** Node waits 60 and 300 seconds by default: a slow sender could hold a socket for minutes. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 15_000;
const maxConnections = 512;

export interface ListeningServer {
  /** Takes no new requests, lets those under way finish for a moment, then cuts the rest. */
  close(): Promise<void>;
}

/** @throws when the address is taken or may not be used */
export async function listen(
  handler: RequestListener,
  { host, port }: { host: string; port: number },
): Promise<ListeningServer> {
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
    handler,
  );
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(cut);
}
