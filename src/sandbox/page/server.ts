import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler } from 'express';
import { type Listening, listen } from '../listen.ts';
import { answerNotFound, answerRefusal } from '../webex/refusal.ts';
import type { Webex } from '../webex/webex.ts';
import { createPageApi } from './api.ts';

/** The same folder seen from the source and from the compiled file: both lie three levels deep. */
const staticFolder = fileURLToPath(new URL('../../../src/sandbox/page/static/', import.meta.url));

const require = createRequire(import.meta.url);
const libraries = {
  '/adaptivecards.js': require.resolve('adaptivecards/dist/adaptivecards.min.js'),
  '/markdown-it.js': require.resolve('markdown-it/browser'),
} as const;

interface PageDeps {
  readonly webex: Webex;
  readonly port?: number;
}

/** Serves the demo's space to browsers on this machine. */
export async function startPage({ webex, port = 0 }: PageDeps): Promise<Listening> {
  const app = express().disable('x-powered-by');
  app.use(onlyByOwnName, securityHeaders);
  app.use('/api', createPageApi(webex));
  for (const [path, file] of Object.entries(libraries)) {
    app.get(path, (_request, response) => response.sendFile(file));
  }
  app.use(express.static(staticFolder, { index: 'page.html' }));
  app.use(answerNotFound, answerRefusal);
  return listen(app, port);
}

/** A page of another site could reach us under a name of its own that resolves to this machine. */
const onlyByOwnName: RequestHandler = (request, response, next) => {
  const host = request.headers.host?.replace(/:\d+$/, '');
  if (host === '127.0.0.1' || host === 'localhost') next();
  else response.status(403).end();
};

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    // The card library sets styles of its own on what it draws.
    'content-security-policy':
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  next();
};
