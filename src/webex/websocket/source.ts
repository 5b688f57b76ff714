import { CancelledError, ConfigError } from '../../errors.ts';
import type { Clock } from '../../http/retry.ts';
import type { Log } from '../../log.ts';
import type { EventSource } from '../event-source.ts';
import type { Schedule } from '../schedule.ts';
import { Activity } from './activity.ts';
import { type Connection, ConnectionRefusedError, connect, type Frame } from './connection.ts';
import type { Devices } from './devices.ts';

interface WebsocketSourceDeps {
  readonly devices: Devices;
  readonly token: string;
  /** The event is acknowledged when this resolves. */
  readonly onActivity: (activity: Activity) => Promise<void>;
  /** Events were lost, or may have been. */
  readonly onGap: () => void;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: Log;
}

const backoff = { baseMs: 1_000, capMs: 60_000 };
/** A connection that lived as long as this was a good one; a shorter one may be refused again and again. */
const goodAfterMs = 60_000;
/** A token does not become good again; somebody may still give the account its rights back. */
const refusedTokenPauseMs = 5 * 60_000;
/** So often in a row Webex may hang up before the device is replaced. */
const refusalsAllowed = 2;

export interface WebsocketSource extends EventSource {
  /** No event comes after this. */
  close(): Promise<void>;
}

/**
 * Events by a websocket, which the bot opens itself: connected again whenever it is lost, with a device that
 * is there.
 *
 * @returns once it is connected for the first time
 * @throws {ConfigError} the token is refused; otherwise why it could not be connected
 */
export async function startWebsocket(deps: WebsocketSourceDeps): Promise<WebsocketSource> {
  const { devices, clock, log } = deps;
  const closing = new AbortController();
  let connection: Connection | undefined;
  let lastSignMs = clock.now();
  let refusals = 0;

  const onEvent = (frame: Frame, acknowledge: () => void): void => {
    const activity = Activity.safeParse(frame.data?.activity).data;
    if (frame.data?.eventType !== 'conversation.activity' || !activity) {
      acknowledge();
      return;
    }
    deps.onActivity(activity).then(acknowledge, (err: unknown) => {
      if (closing.signal.aborted) return;
      log.error({ err }, 'an event of the websocket could not be taken in');
      deps.onGap();
    });
  };

  const open = async (): Promise<Connection> => {
    const device = await devices.obtain();
    if (refusals >= refusalsAllowed) {
      refusals = 0;
      log.warn('the websocket is refused, its device is replaced');
      await devices.remove(device);
      return open();
    }
    try {
      const opened = await connect({
        ...{
          webSocketUrl: device.webSocketUrl,
          token: deps.token,
          schedule: deps.schedule,
          onEvent,
        },
        onSignOfLife: () => {
          lastSignMs = clock.now();
        },
      });
      refusals = 0;
      return opened;
    } catch (error) {
      if (error instanceof ConnectionRefusedError) refusals++;
      throw error;
    }
  };

  const pauseAfter = (failures: number): number =>
    clock.random() * Math.min(backoff.capMs, backoff.baseMs * 2 ** failures);

  /** Until it succeeds, or the bot leaves. @returns the connection, and how often it failed before */
  const openAgain = async (failuresBefore: number): Promise<[Connection, number]> => {
    for (let failures = failuresBefore; ; failures++) {
      await clock.sleep(pauseAfter(failures), closing.signal);
      try {
        return [await open(), failures];
      } catch (err) {
        if (closing.signal.aborted) throw new CancelledError();
        if (err instanceof ConfigError) {
          log.fatal({ err }, 'the bot hears nothing any more');
          await clock.sleep(refusedTokenPauseMs, closing.signal);
        } else log.warn({ err }, 'the websocket could not be opened, trying again');
      }
    }
  };

  const stayConnected = async (first: Connection): Promise<void> => {
    let current = first;
    for (let failures = 0; ; ) {
      const openedMs = clock.elapsed();
      connection = current;
      const code = await current.ended;
      connection = undefined;
      if (closing.signal.aborted) return;
      log.warn({ code }, closeCodes.get(code) ?? 'the websocket was closed, connecting again');
      const wasGood = clock.elapsed() - openedMs >= goodAfterMs;
      [current, failures] = await openAgain(wasGood ? 0 : failures + 1);
      if (closing.signal.aborted) {
        await current.close();
        return;
      }
      log.info('the websocket is open again');
      deps.onGap();
    }
  };

  const first = await open();
  void stayConnected(first).catch((err: unknown) => {
    if (!closing.signal.aborted) log.fatal({ err }, 'the websocket is not looked after any more');
  });

  return {
    get state() {
      return { active: connection !== undefined, checkedAtMs: lastSignMs };
    },
    // It looks after itself, and says so when something was lost.
    check: async () => false,
    async close() {
      closing.abort();
      // The device stays for the next start: it is found again by its name, as after a crash.
      await connection?.close();
    },
  };
}

const closeCodes = new Map([
  [4000, 'another process has taken the websocket of this bot over, taking it back'],
]);
