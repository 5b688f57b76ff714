import { randomBytes } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { Clock } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { WebexClient, WebhookSettings } from './client.ts';
import type { WebexEvent } from './event.ts';
import type { EventSource } from './event-source.ts';
import type { Schedule } from './schedule.ts';
import type { Person, Webhook } from './schema.ts';
import { createWebhookWatch } from './webhook-watch.ts';
import { type Activity, toEvent } from './websocket/activity.ts';
import { createDevices } from './websocket/devices.ts';
import { createOwnSpaces } from './websocket/own-spaces.ts';
import { startWebsocket, type WebsocketSource } from './websocket/source.ts';

/** Webex posts events to the bot, which has to be reachable from outside. */
interface WebhookTransport {
  readonly kind: 'webhook';
  /** The first is given to Webex, all are accepted. */
  readonly secrets: readonly [string, ...string[]];
}

/** The bot opens a connection to Webex, and events come through it. */
interface WebsocketTransport {
  readonly kind: 'websocket';
  /** The service catalog, which tells where the websocket service is. */
  readonly catalogUrl: URL;
  readonly token: string;
  readonly dispatcher: Dispatcher;
}

export type TransportSettings = WebhookTransport | WebsocketTransport;

interface TransportDeps {
  readonly client: WebexClient;
  /** Where webhooks lead, or would. */
  readonly targetUrl: string;
  readonly hear: (event: WebexEvent) => Promise<void>;
  /** Events were lost, or may have been. */
  readonly onGap: () => void;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: Log;
}

export interface Transport {
  /** What the framework signs and checks the events with that we hand to it. */
  readonly secret: string;
  readonly createWebhook: (settings: WebhookSettings) => Promise<Webhook>;
  /**
   * Before the framework starts, so that nothing is missed in between; does nothing the second time.
   *
   * @throws {ConfigError} the token is refused; otherwise why there is no connection
   */
  open(me: Person): Promise<void>;
  /** Once it is open, and the framework has registered its webhooks. */
  source(registered: readonly Webhook[]): EventSource;
  close(): Promise<void>;
}

export function createTransport(settings: TransportSettings, deps: TransportDeps): Transport {
  return settings.kind === 'webhook' ? byWebhooks(settings, deps) : byWebsocket(settings, deps);
}

function byWebhooks({ secrets }: WebhookTransport, deps: TransportDeps): Transport {
  const { client, targetUrl, clock, log } = deps;
  const [secret] = secrets;
  return {
    secret,
    createWebhook: (webhook) => client.createWebhook(webhook),
    open: async () => {},
    source: (registered) =>
      createWebhookWatch({ client, registered, targetUrl, secret, now: clock.now, log }),
    // They stay: Webex goes on sending, and the next start takes them over.
    close: async () => {},
  };
}

function byWebsocket(settings: WebsocketTransport, deps: TransportDeps): Transport {
  const { client, clock, schedule, log, onGap } = deps;
  const { token, catalogUrl, dispatcher } = settings;
  const spaces = createOwnSpaces(client, clock);
  let source: WebsocketSource | undefined;
  const take = async (activity: Activity, ownUuid: string): Promise<void> => {
    const event = await toEvent(activity, { spaces, ownUuid });
    if (event.kind !== 'unknown') return deps.hear(event);
    log.warn({ verb: activity.verb }, 'an event came from a space that the bot is not known in');
    onGap();
  };
  return {
    // Nobody outside ever sees it.
    secret: randomBytes(32).toString('hex'),
    createWebhook: async (webhook) => ({ ...webhook, id: webhook.resource, status: 'active' }),
    async open(me) {
      source ??= await startWebsocket({
        ...{ token, onGap, clock, schedule, log },
        devices: createDevices({ catalogUrl, token, dispatcher, clock, log }),
        onActivity: (activity) => take(activity, me.uuid),
      });
    },
    source() {
      if (source) return source;
      throw new Error('the websocket is asked for before it was opened');
    },
    close: async () => source?.close(),
  };
}
