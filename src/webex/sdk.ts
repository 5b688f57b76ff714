import type { WebexClient, WebhookSettings } from './client.ts';
import type { Person, Webhook } from './schema.ts';
import type { Subject } from './subject.ts';

interface SdkDeps {
  readonly client: WebexClient;
  readonly me: Person;
  /** What is being dispatched has been read already and is not read again. */
  readonly pending: () => readonly Subject[];
  readonly createWebhook: (settings: WebhookSettings) => Promise<Webhook>;
  readonly onRegistered: (webhook: Webhook) => void;
  /** A request of the start-up failed for good. */
  readonly onFailure: (error: unknown) => void;
}

/** A page as the SDK of the framework has it; ours holds all items. */
interface Page<T> {
  readonly items: readonly T[];
  readonly length: number;
  readonly hasNext: () => false;
}

/**
 * Everything the framework asks of its SDK in webhook mode, answered by our own client: with deadlines,
 * retries, and a token that leaves for one origin only.
 */
export function createSdk({ client, me, pending, onFailure, ...deps }: SdkDeps) {
  const contentOf = (id: string) => pending().find(({ content }) => content.id === id)?.content;
  const personOf = (id: string) => {
    const subject = pending().find((one) => 'person' in one && one.person.id === id);
    return subject && 'person' in subject ? subject.person : undefined;
  };
  // The framework turns a failing start into an unhandled rejection, so it never gets to see one: it
  // goes on waiting, and whoever started it is told.
  const orFail = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      onFailure(error);
      return new Promise<never>(() => {});
    }
  };

  return {
    people: {
      get: async (id: string) => (id === 'me' ? me : (personOf(id) ?? client.person(id))),
    },
    messages: { get: async (id: string) => contentOf(id) ?? client.message(id) },
    attachmentActions: { get: async (id: string) => contentOf(id) ?? client.attachmentAction(id) },
    memberships: {
      get: async (id: string) => contentOf(id) ?? client.membership(id),
      /** Of all spaces at the start; of one space when something happens in one not yet discovered. */
      list: ({ roomId, personId }: { readonly roomId?: string; readonly personId?: string }) =>
        roomId !== undefined && personId !== undefined
          ? pageOf(client.ownMemberships({ roomId, personId }))
          : orFail(pageOf(client.ownMemberships())),
    },
    // A space is to the framework the key of a bot object and nothing else, so none is fetched: the
    // start costs one request for a thousand spaces, not one for each.
    rooms: { get: async (id: string) => ({ id, title: '', type: 'group', isLocked: false }) },
    webhooks: {
      list: () => orFail(client.webhooks().then(toPage)),
      create: ({ name, targetUrl, resource, event, secret }: WebhookSettings) =>
        orFail(
          deps.createWebhook({ name, targetUrl, resource, event, secret }).then((webhook) => {
            deps.onRegistered(webhook);
            return webhook;
          }),
        ),
      remove: ({ id }: { readonly id: string }) => orFail(client.deleteWebhook(id)),
    },
  };
}

async function pageOf<T>(source: AsyncIterable<T>): Promise<Page<T>> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return toPage(items);
}

function toPage<T>(items: readonly T[]): Page<T> {
  return { items, length: items.length, hasNext: () => false };
}
