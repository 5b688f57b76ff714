import type { Dispatcher } from 'undici';
import { ApiError } from '../http/errors.ts';
import { type Clock, systemClock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import { type Call, createWebexApi, type WebexApiDeps } from './api.ts';
import { frameMultipart, type LocalFile } from './multipart.ts';
import {
  AttachmentAction,
  Membership,
  Message,
  Person,
  PostedMessage,
  Room,
  Webhook,
} from './schema.ts';
import { splitMessage } from './split.ts';

export type { PostedMessage } from './schema.ts';

/** A space, a thread in it, or a person directly. */
export type Target =
  | { readonly roomId: string; readonly parentId?: string | undefined }
  | { readonly personId: string };

export interface WebhookSettings {
  readonly name: string;
  readonly targetUrl: string;
  readonly resource: string;
  readonly event: string;
  readonly secret: string;
}

export interface WebexClient {
  /** Epoch milliseconds by the clock of Webex, against which the age of its messages is told. */
  now(): number;
  me(): Promise<Person>;
  person(id: string): Promise<Person>;
  room(id: string): Promise<Room>;
  membership(id: string): Promise<Membership>;
  /** All members of a space. */
  memberships(roomId: string): AsyncGenerator<Membership>;
  /** The bot's own memberships: one for each space it is in, or that of one space. */
  ownMemberships(filter?: { roomId: string; personId: string }): AsyncGenerator<Membership>;
  message(id: string): Promise<Message>;
  /** Newest first; with `mentioned` only what mentions the bot, all that a bot may list in a group space. */
  messages(roomId: string, filter: { readonly mentioned: boolean }): AsyncGenerator<Message>;
  attachmentAction(id: string): Promise<AttachmentAction>;
  /** Longer texts become several messages; the last one is returned. */
  postMessage(to: Target, markdown: string): Promise<PostedMessage>;
  /** One card in a message of its own; the fallback is for clients that cannot draw it. */
  postCard(to: Target, card: unknown, fallback: string): Promise<PostedMessage>;
  /** @param options `before` runs before each attempt; what it throws ends them and is thrown */
  postFile(
    to: Target,
    file: LocalFile,
    markdown: string,
    options?: { readonly before?: () => Promise<void> },
  ): Promise<PostedMessage>;
  /** Webex allows ten edits, and none of a message with a card or a file. A longer text is cut. */
  editMessage(message: { id: string; roomId: string }, markdown: string): Promise<void>;
  /** A message that is gone already counts as deleted. */
  deleteMessage(id: string): Promise<void>;
  webhooks(): Promise<Webhook[]>;
  createWebhook(settings: WebhookSettings): Promise<Webhook>;
  /** Switches on what Webex switched off after too many failed deliveries. */
  activateWebhook(id: string, settings: WebhookSettings): Promise<void>;
  deleteWebhook(id: string): Promise<void>;
}

/** The messaging API with the bot's own token (https://developer.webex.com/docs/api/v1/messages). */
export function createWebexClient(deps: WebexApiDeps & { readonly log: Log }): WebexClient {
  const api = createWebexApi(deps);

  const post = (doing: string, body: Pick<Call, 'json' | 'upload'>): Promise<PostedMessage> =>
    api.read({ doing, method: 'POST', path: 'messages', ...body }, PostedMessage);

  const postText = (to: Target, markdown: string) =>
    post('posting a message', { json: { ...recipient(to), markdown } });

  const remove = async (doing: string, path: string): Promise<void> => {
    try {
      await api.run({ doing, method: 'DELETE', path });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  };

  return {
    now: () => api.now(),
    me: () => api.read(get('reading the bot itself', 'people/me'), Person),
    person: (id) => api.read(get('reading a person', `people/${enc(id)}`), Person),
    room: (id) => api.read(get('reading a space', `rooms/${enc(id)}`), Room),
    membership: (id) => api.read(get('reading a membership', `memberships/${enc(id)}`), Membership),
    memberships: (roomId) =>
      api.list(get('listing members', `memberships?roomId=${enc(roomId)}&max=1000`), Membership),
    ownMemberships: (filter) =>
      api.list(
        get(
          'listing own memberships',
          `memberships?${new URLSearchParams({ ...filter, max: '1000' })}`,
        ),
        Membership,
      ),
    message: (id) => api.read(get('reading a message', `messages/${enc(id)}`), Message),
    messages: (roomId, { mentioned }) => {
      const filter = { roomId, max: '50', ...(mentioned && { mentionedPeople: 'me' }) };
      const path = `messages?${new URLSearchParams(filter)}`;
      return api.list(get('listing messages', path), Message);
    },
    attachmentAction: (id) =>
      api.read(get('reading a card answer', `attachment/actions/${enc(id)}`), AttachmentAction),

    async postMessage(to, markdown) {
      const [first = '', ...others] = splitMessage(markdown);
      let posted = await postText(to, first);
      for (const piece of others) posted = await postText(to, piece);
      return posted;
    },
    postCard: (to, card, fallback) =>
      post('posting a card', {
        json: {
          ...recipient(to),
          markdown: splitMessage(fallback)[0],
          attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
        },
      }),
    async postFile(to, file, markdown, { before } = {}) {
      const pieces = splitMessage(markdown);
      for (const piece of pieces.slice(0, -1)) await postText(to, piece);
      const fields = { ...recipient(to), markdown: pieces.at(-1) ?? '' };
      return post('posting a file', {
        upload: async () => {
          await before?.();
          return frameMultipart(fields, file);
        },
      });
    },
    editMessage: ({ id, roomId }, markdown) =>
      api.run({
        doing: 'editing a message',
        method: 'PUT',
        path: `messages/${enc(id)}`,
        json: { roomId, markdown: splitMessage(markdown)[0] },
      }),
    deleteMessage: (id) => remove('deleting a message', `messages/${enc(id)}`),

    async webhooks() {
      const found: Webhook[] = [];
      const call = get('listing webhooks', 'webhooks?max=100');
      for await (const webhook of api.list(call, Webhook)) found.push(webhook);
      return found;
    },
    createWebhook: (settings) =>
      api.read(
        { doing: 'creating a webhook', method: 'POST', path: 'webhooks', json: settings },
        Webhook,
      ),
    activateWebhook: (id, { name, targetUrl, secret }) =>
      api.run({
        doing: 'activating a webhook',
        method: 'PUT',
        path: `webhooks/${enc(id)}`,
        json: { name, targetUrl, secret, status: 'active' },
      }),
    deleteWebhook: (id) => remove('deleting a webhook', `webhooks/${enc(id)}`),
  };
}

/** Who does this token of a person belong to? */
export function fetchOwnPerson(options: {
  apiUrl: URL;
  dispatcher: Dispatcher;
  accessToken: string;
  signal?: AbortSignal;
  clock?: Clock;
}): Promise<Person> {
  const { accessToken, signal, clock = systemClock, ...deps } = options;
  const api = createWebexApi({ ...deps, token: accessToken, clock });
  return api.read({ ...get('reading the person who signed in', 'people/me'), signal }, Person);
}

function get(doing: string, path: string): Call {
  return { doing, method: 'GET', path };
}

const enc = encodeURIComponent;

function recipient(to: Target): Record<string, string> {
  if ('personId' in to) return { toPersonId: to.personId };
  return { roomId: to.roomId, ...(to.parentId !== undefined && { parentId: to.parentId }) };
}
