import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler } from 'express';
import { type Listening, listen } from '../listen.ts';
import { answerNotFound, answerRefusal } from '../webex/refusal.ts';
import { createPageApi } from './api.ts';
import { createPanel, type PanelDeps } from './panel.ts';

/** The same folder seen from the source and from the compiled file: both lie three levels deep. */
const staticFolder = fileURLToPath(new URL('../../../src/sandbox/page/static/', import.meta.url));

const require = createRequire(import.meta.url);
const libraries = {
  '/adaptivecards.js': require.resolve('adaptivecards/dist/adaptivecards.min.js'),
  '/markdown-it.js': require.resolve('markdown-it/browser'),
} as const;

interface PageDeps extends PanelDeps {
  readonly port?: number;
}

/** Serves the demo's space to browsers on this machine. */
export async function startPage({ port = 0, ...deps }: PageDeps): Promise<Listening> {
  const panel = createPanel(deps);
  const app = express().disable('x-powered-by');
  app.use(onlyByOwnName, securityHeaders);
  app.use('/api', panel.api, createPageApi({ webex: deps.webex, panel }));
  for (const [path, file] of Object.entries(libraries)) {
    app.get(path, (_request, response) => response.sendFile(file));
  }
  app.use(express.static(staticFolder, { index: 'page.html' }));
  app.use(answerNotFound, answerRefusal);
  const server = await listen(app, port);
  return {
    ...server,
    async close() {
      panel.close();
      await server.close();
    },
  };
}

/** A page of another site could reach us under a name of its own that resolves to this machine. */
const onlyByOwnName: RequestHandler = (request, response, next) => {
  const host = request.headers.host?.replace(/:\d+$/, '');
  if (host === '127.0.0.1' || host === 'localhost') next();
  else response.status(403).end();
};

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': contentSecurityPolicy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  next();
};
