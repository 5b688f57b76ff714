import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Dataset } from '../dataset/dataset.ts';
import type { Door } from '../door.ts';
import { createFileHost } from '../files/file-host.ts';
import { createLinks } from '../files/links.ts';
import {
  type Authenticate,
  answerErrors,
  createAccess,
  refuseUnknownPath,
  track,
} from './access.ts';
import { type CapturesDeps, createCaptures } from './captures.ts';
import { type ContactCenterOptions, defaultOptions } from './options.ts';
import { createQueues } from './queues.ts';
import { createSearch } from './search.ts';

export interface ContactCenterDeps {
  readonly dataset: Dataset;
  readonly door: Door;
  readonly authenticate: Authenticate;
  readonly nowMs?: () => number;
  readonly options?: Partial<ContactCenterOptions>;
  /** Free ports are taken where these are not given. */
  readonly port?: number;
  readonly filesPort?: number;
}

export interface ContactCenter {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string;
  /** `127.0.0.1:<port>`, the way `TRANSCRIPT_HOSTS` wants it. */
  readonly filesHost: string;
  readonly filesUrl: string;
  /** Ends the life of every download link given out so far. */
  expireLinks(): void;
  close(): Promise<void>;
}

/** Starts the sandbox's contact center and the storage its links lead to, each on its own loopback port. */
export async function startContactCenter(deps: ContactCenterDeps): Promise<ContactCenter> {
  const { dataset, door, nowMs = Date.now } = deps;
  const links = createLinks({ nowMs });
  const files = await listen(
    createFileHost({ door, links, captures: dataset.captures }),
    deps.filesPort,
  );
  const filesUrl = `http://${files.host}`;
  const api = await listen(
    createApi({ ...deps, nowMs, links, filesUrl: () => filesUrl }),
    deps.port,
  );
  return {
    url: `http://${api.host}`,
    filesHost: files.host,
    filesUrl,
    expireLinks: () => links.expireAll(),
    close: async () => {
      await Promise.all([close(api.server), close(files.server)]);
    },
  };
}

type ApiDeps = ContactCenterDeps & Pick<CapturesDeps, 'links' | 'filesUrl' | 'nowMs'>;

function createApi({ dataset, door, authenticate, nowMs, links, filesUrl, ...rest }: ApiDeps) {
  const options = { ...defaultOptions, ...rest.options };
  const access = createAccess({
    authenticate,
    requestsPerMinute: options.requestsPerMinute,
    nowMs,
  });
  const reading = ['cjp:config_read'];
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(door.middleware('contact-center'), track, express.json({ limit: '1mb' }));
  app.post(
    '/search',
    access({
      handler: createSearch({ dataset, nowMs, options }),
      scopes: ['cjp:config', ...reading],
      errorShape: 'described',
    }),
  );
  app.post(
    '/v1/captures/query',
    access({
      handler: createCaptures({ dataset, links, filesUrl, nowMs, options }),
      scopes: reading,
      errorShape: 'listed',
    }),
  );
  app.get(
    '/organization/:orgId/v2/contact-service-queue',
    access({
      handler: createQueues({ queues: dataset.queues, largestPage: options.queuePageSize }),
      scopes: reading,
      errorShape: 'messaged',
    }),
  );
  app.use(refuseUnknownPath, answerErrors);
  return app;
}

async function listen(listener: RequestListener, port = 0) {
  const server = createServer(listener);
  // Clients keep connections longer than five seconds between two steps of an export.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // A server that listens on TCP has an address object; a string belongs to pipes.
  const address = server.address() as AddressInfo;
  return { server, host: `127.0.0.1:${address.port}` };
}

async function close(server: Server) {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
