import { createRequire } from 'node:module';
import type Framework from 'webex-node-bot-framework';
import type { Log } from '../log.ts';
import type { WebexClient, WebhookSettings } from './client.ts';
import { keepBuiltins } from './keep-builtins.ts';
import type { Schedule } from './schedule.ts';
import type { Person, Webhook } from './schema.ts';
import { createSdk } from './sdk.ts';
import { sign } from './signature.ts';
import type { Subject } from './subject.ts';
import { createTurns, type Turns } from './turns.ts';

interface DispatcherDeps {
  readonly client: WebexClient;
  readonly me: Person;
  readonly targetUrl: string;
  readonly secret: string;
  /** At Webex, or nowhere where events come another way: the framework needs two all the same. */
  readonly createWebhook: (settings: WebhookSettings) => Promise<Webhook>;
  readonly schedule: Schedule;
  readonly dispatchWithinMs: number;
  readonly log: Log;
}

export interface Dispatcher {
  /** The two webhooks of the framework, as Webex answered their creation. */
  readonly registered: readonly Webhook[];
  /**
   * Hands an event to the framework and resolves when its handler is to run: because the framework said
   * so, because it passed the event over, or because it takes too long.
   */
  dispatch(subject: Subject): Promise<void>;
  /** The bot was removed from a space. */
  forget(left: { readonly roomId: string; readonly personId: string }): void;
}

/**
 * Starts webex-node-bot-framework once: its webhooks are created and the spaces of the bot known when this
 * resolves. Its `stop()` is never called, because it would delete the webhooks.
 *
 * @throws what the client threw for the first request that failed for good
 */
export async function startDispatcher(deps: DispatcherDeps): Promise<Dispatcher> {
  const { secret, schedule, log } = deps;
  const { FrameworkClass, webhookHandler } = await loadFramework();
  const turns = createTurns({ schedule, withinMs: deps.dispatchWithinMs, log });
  const framework = createFramework(FrameworkClass, deps, turns);
  const registered = await register(framework, deps, turns);
  const handle = webhookHandler(framework);
  const [{ name }] = registered;
  const deliver = async (event: FrameworkEvent): Promise<void> => {
    const body = { name, ...event };
    await handle({ body, headers: { 'x-spark-signature': sign(JSON.stringify(body), secret) } });
  };
  return {
    registered,
    dispatch: (subject) => {
      const turn = turns.wait(subject);
      const passOver = () => turns.call(subject.content.id, 'passed over');
      // Whatever it dispatches, it has dispatched by the time its handler is done.
      deliver(toEvent(subject)).then(passOver, passOver);
      return turn;
    },
    forget: ({ roomId, personId }) => {
      const data = { roomId, personId };
      deliver({ resource: 'memberships', event: 'deleted', data }).catch((err: unknown) => {
        log.warn({ err }, 'the framework did not forget a space');
      });
    },
  };
}

async function loadFramework() {
  return await keepBuiltins(async () => {
    const { default: FrameworkClass } = await import('webex-node-bot-framework');
    const { default: webhookHandler } = await import('webex-node-bot-framework/webhook.js');
    return { FrameworkClass, webhookHandler };
  });
}

function createFramework(
  FrameworkClass: Awaited<ReturnType<typeof loadFramework>>['FrameworkClass'],
  { targetUrl, secret }: DispatcherDeps,
  turns: Turns,
): Framework {
  const framework = new FrameworkClass({
    // The framework sends nothing itself, so it does not get to know the real one.
    token: 'held-by-our-own-client',
    webhookUrl: targetUrl,
    webhookSecret: secret,
    removeWebhooksOnStart: false,
  });
  framework.debugger = () => {};
  framework.hears(/[\s\S]*/, (_bot, trigger) => turns.call(trigger.id, 'dispatched'));
  framework.on('attachmentAction', (_bot, trigger) => turns.call(trigger.id, 'dispatched'));
  // Most spaces are discovered, and nothing waits for those; one the bot was just added to has an event.
  framework.on('spawn', (bot) => turns.call(bot.membership.id, 'dispatched'));
  return framework;
}

/**
 * Starts the framework and waits for its two webhooks and the discovery of the spaces. Webhooks of its name
 * that are left from before are removed by it.
 */
function register(
  framework: Framework,
  { client, me, createWebhook }: DispatcherDeps,
  turns: Turns,
): Promise<[Webhook, Webhook]> {
  return new Promise((resolve, reject) => {
    const registered: Webhook[] = [];
    let initialized = false;
    const check = () => {
      const [all, cards] = registered;
      if (initialized && all && cards) resolve([all, cards]);
    };
    framework.once('initialized', () => {
      initialized = true;
      check();
    });
    const onRegistered = (webhook: Webhook) => {
      registered.push(webhook);
      check();
    };
    const sdk = createSdk({
      ...{ client, me, createWebhook, onRegistered },
      pending: turns.waiting,
      onFailure: reject,
    });
    startWith(sdk, framework).then(undefined, reject);
  });
}

/** The framework has no way to be given an SDK: it calls `Webex.init`, and at once when it is started. */
async function startWith(sdk: object, framework: Framework): Promise<void> {
  const own = createRequire(import.meta.url);
  const requireOfFramework = createRequire(own.resolve('webex-node-bot-framework'));
  // The same copy that the framework has loaded; it ships no types.
  const webex = requireOfFramework('webex') as { init: () => unknown };
  const { init } = webex;
  webex.init = () => sdk;
  let started: PromiseLike<boolean>;
  try {
    started = framework.start();
  } finally {
    webex.init = init;
  }
  await started;
}

interface FrameworkEvent {
  readonly resource: string;
  readonly event: string;
  readonly actorId?: string;
  readonly data: Readonly<Record<string, string>>;
}

const resources = {
  message: 'messages',
  action: 'attachmentActions',
  membership: 'memberships',
} as const satisfies Record<Subject['kind'], string>;

/** The event as the framework expects it, whichever webhook or transport it came by. */
function toEvent(subject: Subject): FrameworkEvent {
  const { id, roomId, personId } = subject.content;
  return {
    resource: resources[subject.kind],
    event: 'created',
    actorId: subject.kind === 'membership' ? (subject.addedById ?? personId) : personId,
    data: { id, roomId, personId },
  };
}
