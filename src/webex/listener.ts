import { UnreachableError } from '../http/errors.ts';
import { type Clock, defaultRetryPolicy, withRetries } from '../http/retry.ts';
import type { Log } from '../log.ts';
import type { WebexClient } from './client.ts';
import { type Dispatcher, startDispatcher } from './dispatcher.ts';
import { type CreatedEvent, parseEvent, type WebexEvent } from './event.ts';
import type { EventSource } from './event-source.ts';
import { isSamePerson } from './ids.ts';
import type { Inbox, IncomingHandlers } from './incoming.ts';
import { createIntake } from './intake.ts';
import { createLookBack } from './look-back.ts';
import { readOwnAccount } from './own-account.ts';
import { type Schedule, systemSchedule, within } from './schedule.ts';
import type { Person } from './schema.ts';
import { verifySignature } from './signature.ts';
import { createTransport, type TransportSettings } from './transport.ts';

export type {
  AddedToSpace,
  Inbox,
  IncomingAction,
  IncomingMessage,
} from './incoming.ts';

export interface WebexListenerDeps extends IncomingHandlers {
  readonly client: WebexClient;
  /** Where Webex reaches the bot; events that are posted come to `/webex/events` below it. */
  readonly publicUrl: URL;
  readonly transport: TransportSettings;
  readonly inbox: Inbox;
  readonly log: Log;
  readonly clock: Clock;
  readonly schedule?: Schedule;
  readonly limits?: ListenerLimits;
}

interface ListenerLimits {
  readonly startWithinMs: number;
  readonly dispatchWithinMs: number;
  readonly checkEveryMs: number;
}

const defaultLimits: ListenerLimits = {
  startWithinMs: 120_000,
  dispatchWithinMs: 2_000,
  checkEveryMs: 5 * 60_000,
};

interface ListenerState {
  readonly started: boolean;
  /** Whether events come, and when that was seen last; undefined before the start. */
  readonly events: EventSource['state'] | undefined;
  /** When the last genuine event came (epoch ms). */
  readonly lastEventMs: number | undefined;
}

export interface WebexListener {
  /**
   * Registers the webhooks, or opens the websocket, and picks up what was remembered but not done. Events
   * are accepted before and meanwhile, so the server should listen already.
   *
   * @throws {ConfigError} the token is refused or not a bot's; otherwise what Webex answered in the end
   */
  start(): Promise<void>;
  /**
   * Takes a posted event in. Answers fast whatever the bot is doing; without webhooks nothing is genuine.
   * Rejects when the event could not be remembered.
   */
  accept(rawBody: Buffer, signature: string | undefined): Promise<200 | 400 | 401>;
  readonly ready: boolean;
  readonly state: ListenerState;
  /** Resolves when no event is being handled. */
  idle(): Promise<void>;
  /** Ends the checks and waits for handlers that run; what arrives later is remembered for the next start. */
  close(): Promise<void>;
}

export function createWebexListener(deps: WebexListenerDeps): WebexListener {
  const { client, inbox, log, clock } = deps;
  const { schedule = systemSchedule, limits = defaultLimits } = deps;
  const targetUrl = `${deps.publicUrl.href.replace(/\/+$/, '')}/webex/events`;
  const secrets = deps.transport.kind === 'webhook' ? deps.transport.secrets : [];
  let me: Person | undefined;
  let dispatcher: Dispatcher | undefined;
  let source: EventSource | undefined;
  let callOffCheck = () => {};
  let closed = false;
  let lastEventMs: number | undefined;
  const forgeries = createTally(clock, (refused) =>
    log.warn({ refused }, 'events with a wrong signature were refused'),
  );

  const ownPerson = async () => {
    me ??= await client.me();
    return me;
  };
  const intake = createIntake({
    ...deps,
    me: ownPerson,
    // Before the framework is up nothing waits for it.
    dispatch: async (subject) => dispatcher?.dispatch(subject),
  });

  const lookBack = createLookBack({ client, inbox, me: ownPerson, take: intake.take, log });
  let lookingBack: Promise<void> | undefined;
  /** Everything up to now has been heard, or looked for. */
  let isCaughtUp = false;
  let timesAsked = 0;
  const lookUntilCaughtUp = async (): Promise<void> => {
    let asked: number;
    do {
      asked = timesAsked;
      isCaughtUp = await lookBack();
      // What was lost since then may lie in a space that this look has passed already.
    } while (asked !== timesAsked && !closed);
  };
  const catchUp = (): void => {
    isCaughtUp = false;
    timesAsked++;
    lookingBack ??= lookUntilCaughtUp().finally(() => {
      lookingBack = undefined;
    });
  };

  const hear = async (event: WebexEvent): Promise<void> => {
    lastEventMs = clock.now();
    if (event.kind === 'left') {
      if (me && isSamePerson(event.personId, me.id)) dispatcher?.forget(event);
    } else if (event.kind !== 'ignored' && isForUs(event, me)) {
      const isNew = await inbox.remember(event.id, event.kind);
      if (isNew && !closed) intake.take(event);
    } else if (event.kind === 'membership' && event.roomId !== undefined) {
      deps.onJoined?.({ roomId: event.roomId });
    }
  };

  const transport = createTransport(deps.transport, {
    ...{ client, targetUrl, hear, clock, schedule, log },
    onGap: () => {
      // Before the start has come to its end, that looks back anyway.
      if (source && !closed) catchUp();
    },
  });

  const startListening = async (): Promise<Dispatcher> => {
    me = await readOwnAccount(client);
    await transport.open(me);
    const { secret, createWebhook } = transport;
    return startDispatcher({
      ...{ client, me, targetUrl, secret, createWebhook, schedule, log },
      dispatchWithinMs: limits.dispatchWithinMs,
    });
  };

  const pickUpUnsettled = async (): Promise<void> => {
    try {
      for (const event of await inbox.unsettled()) intake.take(event);
    } catch (err) {
      log.error({ err }, 'the events left from before could not be read');
    }
  };

  const noteAlive = async (): Promise<void> => {
    if (!isCaughtUp || !source?.state.active) return;
    // Not later than events are known to have come.
    await inbox.noteAlive(source.state.checkedAtMs).catch((err: unknown) => {
      log.warn({ err }, 'it could not be noted that the bot is listening');
    });
  };

  const checkFromTimeToTime = (): void => {
    if (closed) return;
    callOffCheck = schedule(limits.checkEveryMs, async () => {
      const wasDeaf = (await source?.check()) === true;
      await pickUpUnsettled();
      if (wasDeaf || !isCaughtUp) catchUp();
      else await noteAlive();
      checkFromTimeToTime();
    });
  };

  return {
    async start() {
      const ms = limits.startWithinMs;
      const tooLate = () => notUpWithin(ms);
      dispatcher = await within({ ms, schedule, tooLate }, (signal) =>
        withRetries(startListening, {
          policy: { ...defaultRetryPolicy, attempts: 3 },
          ...{ clock, signal, idempotent: true },
          onRetry: (err) => log.warn({ err }, 'listening to Webex did not start, trying again'),
        }),
      );
      source = transport.source(dispatcher.registered);
      checkFromTimeToTime();
      log.info({ transport: deps.transport.kind }, 'listening to Webex');
      await pickUpUnsettled();
      // What was said meanwhile keeps nobody waiting who speaks now.
      catchUp();
    },
    async accept(rawBody, signature) {
      if (!verifySignature(rawBody, signature, secrets)) {
        forgeries.note();
        return 401;
      }
      const event = parseEvent(rawBody);
      if (!event) return 400;
      await hear(event);
      return 200;
    },
    get ready() {
      return source?.state.active === true && !closed;
    },
    get state() {
      return { started: dispatcher !== undefined, events: source?.state, lastEventMs };
    },
    async idle() {
      await lookingBack;
      await intake.idle();
    },
    async close() {
      closed = true;
      callOffCheck();
      await lookingBack;
      await intake.idle();
      // What came until now is known; what comes from here on is looked for after the next start.
      await noteAlive();
      await transport.close();
    },
  };
}

/** The bot's own messages come back as events: those need no memory and no request. */
function isForUs(event: CreatedEvent, me: Person | undefined): boolean {
  if (!me) return true;
  if (event.kind === 'membership') return isSamePerson(event.personId ?? me.id, me.id);
  return !isSamePerson(event.personId ?? event.actorId ?? '', me.id);
}

function notUpWithin(ms: number): UnreachableError {
  const reason = `not up within ${ms} ms`;
  return new UnreachableError('webex', 'starting to listen', reason, { mayHaveArrived: true });
}

/** Anybody can send what is refused: tells of it at most once a minute, or the log would be theirs to fill. */
function createTally({ now }: Clock, tell: (count: number) => void) {
  let count = 0;
  let quietUntilMs = 0;
  return {
    note(): void {
      count++;
      if (now() < quietUntilMs) return;
      quietUntilMs = now() + 60_000;
      tell(count);
      count = 0;
    },
  };
}
