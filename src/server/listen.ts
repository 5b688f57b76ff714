import { createServer, type RequestListener, type Server } from 'node:http';
import { ConfigError } from '../errors.ts';

interface Limits {
  /** Node waits 60 and 300 seconds by default: a slow sender could hold a socket for minutes. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Node looks after both every 30 seconds only, unless told. */
  readonly checkEveryMs: number;
  readonly maxConnections: number;
}

const defaultLimits: Limits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  checkEveryMs: 5_000,
  maxConnections: 512,
};

export interface ListeningServer {
  /** Takes no new requests, lets those under way finish for a moment, then cuts the rest. */
  close(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly limits?: Limits;
  /** The names of the settings that the address comes from, for errors. */
  readonly settings?: { readonly host: string; readonly port: string };
}

const ownSettings = { host: 'HOST', port: 'PORT' };

/** @throws {ConfigError} the address is taken or may not be used */
export async function listen(
  handler: RequestListener,
  { host, port, limits = defaultLimits, settings = ownSettings }: Address,
): Promise<ListeningServer> {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    handler,
  );
  server.maxConnections = limits.maxConnections;
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error) => reject(toConfigError(error, { host, port, settings }));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
  return { close: () => closeServer(server) };
}

function toConfigError(
  error: Error,
  { host, port, settings }: Required<Pick<Address, 'host' | 'port' | 'settings'>>,
): ConfigError {
  const code = 'code' in error ? String(error.code) : error.name;
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError([
        `${settings.port} ${port} on ${host} is taken by another program: end that or choose another`,
      ]);
    case 'EACCES':
      return new ConfigError([
        `${settings.port} ${port} is not for ordinary users: choose one above 1023`,
      ]);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError([`${settings.host} ${host} is no address of this machine`]);
    default:
      return new ConfigError([
        `${settings.host} ${host} and ${settings.port} ${port} cannot be listened on (${code})`,
      ]);
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(cut);
}
