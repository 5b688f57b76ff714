import express, { type ErrorRequestHandler, type Express, type Router } from 'express';
import helmet from 'helmet';
import type { Log } from '../log.ts';
import type { WebexListener } from '../webex/listener.ts';
import { limitFailures, watchProxy } from './limits.ts';

interface AppDeps {
  /** Takes what Webex posts; there is no such path where events come another way. */
  readonly listener: Pick<WebexListener, 'accept'> | undefined;
  readonly loginRoutes: Router;
  /** Why the bot could not serve a command now, for the log; `undefined` when it could. */
  readonly notReady: () => string | undefined;
  readonly trustProxy: number | string | undefined;
  readonly https: boolean;
  readonly log: Log;
  readonly now?: () => number;
}

/** Events are metadata of some kilobytes; more is not from Webex. */
const eventLimit = '64kb';

/** A minute and address. Webex itself signs everything, so it never comes near. */
const mostForgeries = 300;

/** The whole HTTP surface; every other path and method gets the same fixed answer. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  // One spelling of each path: whatever guards a path in front of us has to know all of them.
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  if (deps.trustProxy !== undefined) app.set('trust proxy', deps.trustProxy);
  app.use(securityHeaders(deps.https));
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const reason = deps.notReady();
    if (reason !== undefined) deps.log.warn({ reason }, 'asked for readiness while not ready');
    response
      .status(reason === undefined ? 200 : 503)
      .type('text')
      .send(reason === undefined ? 'ready\n' : 'not ready\n');
  });
  // Behind what looks after the process, which comes past every proxy.
  app.use(watchProxy(deps));
  if (deps.listener) {
    app.post(
      '/webex/events',
      express.raw({ type: () => true, limit: eventLimit }),
      acceptEvent(deps.listener),
    );
  }
  app.use(deps.loginRoutes);
  app.use((_request, response) => {
    response.status(404).type('text').send('There is nothing here.\n');
  });
  app.use(fixedErrors(deps.log));
  return app;
}

function securityHeaders(https: boolean) {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  const noStore: express.RequestHandler = (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  };
  return [headers, noStore];
}

function acceptEvent(listener: Pick<WebexListener, 'accept'>): express.RequestHandler {
  const refuse = limitFailures(mostForgeries, (_request, response) => response.sendStatus(429));
  return async (request, response) => {
    // Without a body express.raw leaves an empty object behind.
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const status = await listener.accept(body, request.get('x-spark-signature'));
    if (status < 400) response.sendStatus(status);
    else refuse(request, response, () => response.sendStatus(status));
  };
}

/** No echo, no stack, no version: what went wrong is in the log. */
function fixedErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (status >= 500) log.error({ err: error }, 'a request failed');
    response
      .status(status)
      .type('text')
      .send(status >= 500 ? 'Something went wrong.\n' : 'The request was not understood.\n');
  };
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
