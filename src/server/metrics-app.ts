import express, { type Express } from 'express';
import type { Log } from '../log.ts';
import type { Metrics } from './metrics.ts';

/** On a port of its own, because it has no login: who may read it is decided by the network. */
export function createMetricsApp({ metrics, log }: { metrics: Metrics; log: Log }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.get('/metrics', async (_request, response) => {
    try {
      response.type(metrics.contentType).send(await metrics.read());
    } catch (err) {
      log.error({ err }, 'the metrics could not be read');
      response.status(500).type('text').send('Something went wrong.\n');
    }
  });
  app.use((_request, response) => {
    response.status(404).type('text').send('There is nothing here.\n');
  });
  return app;
}
