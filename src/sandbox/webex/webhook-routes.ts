import express, { Router } from 'express';
import { z } from 'zod';
import type { AsCaller } from './callers.ts';
import { sendPage } from './paging.ts';
import { idIn, parse } from './requests.ts';
import { type Webhooks, webhookJson } from './webhooks.ts';

interface Deps {
  readonly asCaller: AsCaller;
  readonly webhooks: Webhooks;
  readonly apiUrl: () => string;
  readonly pageCap: number;
}

const named = {
  name: z.string().min(1),
  targetUrl: z.url({ protocol: /^https?$/ }),
  secret: z.string().optional(),
};

const NewWebhook = z
  .object({
    ...named,
    resource: z.enum(['all', 'messages', 'memberships', 'rooms', 'attachmentActions']),
    event: z.enum(['all', 'created', 'updated', 'deleted']),
  })
  .refine(({ resource, event }) => resource !== 'all' || event === 'all', 'all goes with all')
  .refine(
    ({ resource, event }) => resource !== 'attachmentActions' || event === 'created',
    'attachmentActions are only created',
  );

const ChangedWebhook = z.object({ ...named, status: z.enum(['active', 'inactive']).optional() });

export function createWebhookRoutes({ asCaller, webhooks, apiUrl, pageCap }: Deps): Router {
  const json = express.json();
  const router = Router();
  router.get(
    '/webhooks',
    asCaller('spark:webhooks_read', (caller, request, response) => {
      const found = webhooks.list(caller).map(webhookJson);
      sendPage(request, response, found, { usual: 100, cap: pageCap, apiUrl: apiUrl() });
    }),
  );
  router.post(
    '/webhooks',
    json,
    asCaller('spark:webhooks_write', (caller, request, response) => {
      response.json(webhookJson(webhooks.create(caller, parse(NewWebhook, request.body))));
    }),
  );
  router.get(
    '/webhooks/:id',
    asCaller('spark:webhooks_read', (caller, request, response) => {
      response.json(webhookJson(webhooks.get(caller, idIn(request))));
    }),
  );
  router.put(
    '/webhooks/:id',
    json,
    asCaller('spark:webhooks_write', (caller, request, response) => {
      const change = parse(ChangedWebhook, request.body);
      response.json(webhookJson(webhooks.update(caller, idIn(request), change)));
    }),
  );
  router.delete(
    '/webhooks/:id',
    asCaller('spark:webhooks_write', (caller, request, response) => {
      webhooks.delete(caller, idIn(request));
      response.status(204).end();
    }),
  );
  return router;
}
