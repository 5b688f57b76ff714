import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { Agent, buildConnector, WebSocket } from 'undici';
import { z } from 'zod';
import { UnreachableError } from '../../http/errors.ts';
import { type Schedule, within } from '../schedule.ts';
import { tokenRefused } from './devices.ts';

/** What the server sends, as far as we use it; `type` is there for answers, `data` for events. */
const Frame = z.object({
  id: z.string().nullish(),
  type: z.string().nullish(),
  data: z
    .object({ eventType: z.string(), activity: z.unknown().optional() })
    .nullish()
    .catch(undefined),
});
export type Frame = z.infer<typeof Frame>;

interface ConnectDeps {
  readonly webSocketUrl: URL;
  readonly token: string;
  /** Every event, acknowledged by whoever has taken care of it. */
  readonly onEvent: (frame: Frame, acknowledge: () => void) => void;
  /** Every frame, also one that says nothing: the other side is there. */
  readonly onSignOfLife: () => void;
  readonly schedule: Schedule;
}

export interface Connection {
  /** Resolves with the close code once it is over, however it ended. */
  readonly ended: Promise<number>;
  /** Says goodbye, and hangs up where nobody answers it. */
  close(): Promise<void>;
}

/** Webex was reached and did not want the connection: its device may be gone. */
export class ConnectionRefusedError extends UnreachableError {}

/** An event is some kilobytes; a space made with hundreds of members at once is the largest. */
const maxFrameBytes = 1024 * 1024;
const connectWithinMs = 5_000;
const authorizeWithinMs = 30_000;
/** As the SDK pings (its mercury plugin, config.js): the service closes what stays silent. */
const pingEveryMs = 15_000;
const answerWithinMs = 14_000;
const goodbyeWithinMs = 2_000;

const settings = 'outboundWireFormat=text&bufferStates=true&aliasHttpStatus=true';
/** Events that say that the authorization was accepted. */
const accepted = new Set(['mercury.buffer_state', 'mercury.registration_status']);
/** Close codes that stand for 401 and 403. Whatever else hides a bad token shows when devices are listed. */
const tokenCodes = new Set([4401, 4403]);

/**
 * One connection to Mercury, the service that tells of events: opened, authorized, kept alive.
 *
 * @throws {ConfigError} the token is refused; {ConnectionRefusedError} the server hung up before it had
 *   accepted the token; {UnreachableError} nobody answered
 */
export async function connect(deps: ConnectDeps): Promise<Connection> {
  const { schedule } = deps;
  const line = openLine(deps.webSocketUrl);
  let isAuthorized = false;
  let callOffPing = () => {};
  let onAuthorized = () => {};
  const authorized = new Promise<void>((resolve) => {
    onAuthorized = resolve;
  });

  const ping = () => {
    line.send({ id: randomUUID(), type: 'ping' });
    callOffPing = schedule(answerWithinMs, line.hangUp);
  };
  const stayAwake = () => {
    callOffPing();
    callOffPing = schedule(pingEveryMs, ping);
  };

  line.onOpen(() => {
    const data = { token: `Bearer ${deps.token}` };
    line.send({ id: randomUUID(), type: 'authorization', data });
  });
  line.onText((text) => {
    deps.onSignOfLife();
    // Whatever comes shows that the other side is there, so an answer to a ping is not looked for by its id.
    if (isAuthorized) stayAwake();
    const frame = Frame.safeParse(parseJson(text)).data;
    if (!frame) return;
    if (frame.data && accepted.has(frame.data.eventType) && !isAuthorized) {
      isAuthorized = true;
      stayAwake();
      onAuthorized();
    }
    const { id } = frame;
    const acknowledge = () => {
      if (id != null) line.send({ messageId: id, type: 'ack' });
    };
    if (frame.data) deps.onEvent(frame, acknowledge);
    else acknowledge();
  });
  const ended = line.closed.then((code) => {
    callOffPing();
    return code;
  });

  const refusal = ended.then((code): never => {
    if (tokenCodes.has(code)) throw tokenRefused();
    throw line.wasReached()
      ? new ConnectionRefusedError(...failure(`closed with ${code}`))
      : new UnreachableError(...failure(line.obstacle()));
  });
  // Once authorized nobody waits for it any more.
  refusal.catch(() => {});
  const tooLate = () => new UnreachableError(...failure(`silent for ${authorizeWithinMs} ms`));
  try {
    await within({ ms: authorizeWithinMs, schedule, tooLate }, () =>
      Promise.race([authorized, refusal]),
    );
  } catch (error) {
    line.hangUp();
    throw error;
  }
  return {
    ended,
    async close() {
      callOffPing();
      line.sayGoodbye();
      const callOff = schedule(goodbyeWithinMs, line.hangUp);
      await ended;
      callOff();
    },
  };
}

function failure(reason: string) {
  const options = { mayHaveArrived: true };
  return ['webex', 'connecting to the websocket', reason, options] as const;
}

/**
 * A websocket that can be cut: the standard one waits for ever for the answer to its goodbye, which never
 * comes where the network has swallowed the connection.
 */
function openLine(webSocketUrl: URL) {
  const connectSocket = buildConnector({ timeout: connectWithinMs });
  let raw: Socket | undefined;
  let isCut = false;
  let obstacle = 'no connection';
  const dispatcher = new Agent({
    connect: (options, callback) =>
      connectSocket(options, (...[error, socket]) => {
        if (error) {
          obstacle = 'code' in error ? String(error.code) : obstacle;
          return callback(error, null);
        }
        raw = socket;
        if (isCut) socket.destroy();
        callback(null, socket);
      }),
    webSocket: { maxPayloadSize: maxFrameBytes },
  });
  const url = new URL(webSocketUrl);
  url.search = [url.search.slice(1), settings].filter(Boolean).join('&');
  const socket = new WebSocket(url, { dispatcher });
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => {
      resolve(code);
      void dispatcher.destroy();
    });
  });
  return {
    closed,
    wasReached: () => raw !== undefined,
    /** Why it was not: the standard websocket keeps that to itself. */
    obstacle: () => obstacle,
    onOpen: (listener: () => void) => socket.addEventListener('open', listener),
    onText(listener: (text: string) => void) {
      socket.addEventListener('message', ({ data }) => {
        // Only text was asked for.
        if (typeof data === 'string') listener(data);
      });
    },
    send(frame: object) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    sayGoodbye: () => socket.close(1000, 'Done'),
    hangUp() {
      isCut = true;
      raw?.destroy();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
