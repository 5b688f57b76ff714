import type { Log } from '../log.ts';
import type { WebexClient } from './client.ts';
import type { EventSource } from './event-source.ts';
import type { Webhook } from './schema.ts';

interface WebhookWatchDeps {
  readonly client: Pick<WebexClient, 'webhooks' | 'createWebhook' | 'activateWebhook'>;
  /** Ours, as they were registered; those of another name belong to somebody else. */
  readonly registered: readonly Webhook[];
  readonly targetUrl: string;
  readonly secret: string;
  readonly now: () => number;
  readonly log: Log;
}

/** Webex disables a webhook after many failed deliveries and never enables it again by itself. */
export function createWebhookWatch(deps: WebhookWatchDeps): EventSource {
  const { client, registered, targetUrl, secret, now, log } = deps;
  let state = { active: registered.every(isActive), checkedAtMs: now() };

  const findBroken = (present: readonly Webhook[]) =>
    registered.flatMap(({ name, resource, event }) => {
      const alike = present.filter(
        (hook) => hook.name === name && hook.resource === resource && hook.event === event,
      );
      const works = alike.some((hook) => isActive(hook) && hook.targetUrl === targetUrl);
      return works
        ? []
        : [{ settings: { name, targetUrl, resource, event, secret }, found: alike[0] }];
    });

  const lookAfterThem = async (): Promise<boolean> => {
    const broken = findBroken(await client.webhooks());
    state = { active: broken.length === 0, checkedAtMs: now() };
    for (const { settings, found } of broken) {
      if (found) await client.activateWebhook(found.id, settings);
      else await client.createWebhook(settings);
      const was = found?.status ?? 'missing';
      log.warn({ resource: settings.resource, was }, 'a webhook of the bot was repaired');
    }
    state = { ...state, active: true };
    return broken.length > 0;
  };

  return {
    // As seen last; a check that fails says nothing about the webhooks.
    get state() {
      return state;
    },
    check: () =>
      lookAfterThem().catch((err: unknown) => {
        log.error({ err }, 'the webhooks could not be checked or repaired');
        return false;
      }),
  };
}

function isActive(webhook: Webhook): boolean {
  return webhook.status === 'active';
}
