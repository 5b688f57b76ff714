import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { activityOf } from './activity.ts';
import type { Devices } from './devices.ts';
import type { Person } from './directory.ts';
import type { Happening } from './feed.ts';
import type { Hears } from './webhook-event.ts';

const Authorization = z.object({
  type: z.literal('authorization'),
  data: z.object({ token: z.string() }),
});
const Ping = z.object({ type: z.literal('ping'), id: z.string() });
const Ack = z.object({ type: z.literal('ack'), messageId: z.string() });

/** One event as it went out. */
interface SentEvent {
  readonly frameId: string;
  readonly text: string;
}

/** A websocket of a device, authorized once it has a person. */
interface Line {
  readonly socket: WebSocket;
  readonly deviceId: string;
  person: Person | undefined;
  sequenceNumber: number;
  /** Nothing is sent or answered any more, and nobody on the other side is told. */
  isSilent: boolean;
}

/** What a test or the demo does to the websockets. */
export type MercuryHands = Pick<
  Mercury,
  | 'open'
  | 'sent'
  | 'acknowledged'
  | 'goodbyes'
  | 'drop'
  | 'fallSilent'
  | 'repeat'
  | 'send'
  | 'refuseTokens'
  | 'refuseConnections'
  | 'loseDevices'
>;

const path = /^\/mercury\/registrations\/([^/]+)\/messages$/;
export const connectionPath = (deviceId: string) => `/mercury/registrations/${deviceId}/messages`;

const eventsKept = 1_000;

/** The service that tells programs of what happens, through a websocket that they open. */
export class Mercury {
  readonly #lines = new Set<Line>();
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #hears: Hears;
  readonly #devices: Devices;
  readonly #authenticate: (token: string) => Person | undefined;
  #sent: SentEvent[] = [];
  readonly #acknowledged = new Set<string>();
  #goodbyes = 0;
  #tokenRefusals = 0;
  #connectionRefusals = 0;

  constructor(deps: {
    readonly hears: Hears;
    readonly devices: Devices;
    readonly authenticate: (token: string) => Person | undefined;
  }) {
    this.#hears = deps.hears;
    this.#devices = deps.devices;
    this.#authenticate = deps.authenticate;
  }

  /** For the `upgrade` of a server. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname } = new URL(request.url ?? '', 'http://sandbox');
    const [, deviceId = ''] = path.exec(pathname) ?? [];
    if (!this.#devices.byId(deviceId) || this.#connectionRefusals-- > 0) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened, deviceId));
  }

  tell(happening: Happening): void {
    for (const line of this.#lines) {
      if (!line.person || !this.#hears(line.person, happening)) continue;
      this.#event(line, { eventType: 'conversation.activity', activity: activityOf(happening) });
    }
  }

  /** How many websockets are open and authorized. */
  open(): number {
    return [...this.#lines].filter((line) => line.person !== undefined && !line.isSilent).length;
  }

  /** The latest events, oldest first. */
  sent(): readonly SentEvent[] {
    return this.#sent;
  }

  acknowledged(frameId: string): boolean {
    return this.#acknowledged.has(frameId);
  }

  /** How many were closed by the other side, in order. */
  goodbyes(): number {
    return this.#goodbyes;
  }

  /** Cuts every connection. @param code says goodbye with it instead */
  drop(code?: number): void {
    for (const { socket } of this.#lines) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
  }

  /** From here on nothing comes through the connections of now, and nothing shows it. */
  fallSilent(): void {
    for (const line of this.#lines) {
      line.isSilent = true;
      line.socket.pause();
    }
  }

  /** Tells the latest event in which this stands again, so many times. */
  repeat(part: string, times = 1): void {
    const event = this.#sent.findLast(({ text }) => text.includes(part));
    for (let time = 0; event && time < times; time++) this.send(event.text);
  }

  /** Whatever it is. */
  send(text: string): void {
    for (const { socket, isSilent } of this.#lines) if (!isSilent) socket.send(text);
  }

  /** The next authorizations are refused, whoever asks. */
  refuseTokens(times: number): void {
    this.#tokenRefusals = times;
  }

  /** The next websockets are refused before they open. */
  refuseConnections(times: number): void {
    this.#connectionRefusals = times;
  }

  /** The devices are gone, and so are their connections. */
  loseDevices(): void {
    this.#devices.forgetAll();
    this.drop();
  }

  close(): void {
    this.drop();
    this.#server.close();
  }

  #welcome(socket: WebSocket, deviceId: string): void {
    const line: Line = { socket, deviceId, person: undefined, sequenceNumber: 0, isSilent: false };
    this.#lines.add(line);
    socket.on('message', (bytes) => this.#receive(line, String(bytes)));
    socket.on('error', () => socket.terminate());
    socket.on('close', (code) => {
      this.#lines.delete(line);
      if (code === 1000) this.#goodbyes++;
    });
  }

  #receive(line: Line, text: string): void {
    if (line.isSilent) return;
    const frame: unknown = JSON.parse(text);
    const authorization = Authorization.safeParse(frame).data;
    if (authorization) this.#authorize(line, authorization.data.token);
    const ping = Ping.safeParse(frame).data;
    if (ping) line.socket.send(JSON.stringify({ id: ping.id, type: 'pong' }));
    const ack = Ack.safeParse(frame).data;
    if (ack) this.#acknowledged.add(ack.messageId);
  }

  #authorize(line: Line, authorization: string): void {
    const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    const isRefused = this.#tokenRefusals-- > 0;
    const person = isRefused ? undefined : this.#authenticate(token);
    if (!person || this.#devices.byId(line.deviceId)?.owner.id !== person.id) {
      line.socket.close(4401, 'Authentication failed');
      return;
    }
    // A device has one connection: the newest.
    for (const other of this.#lines) {
      if (other !== line && other.deviceId === line.deviceId) other.socket.close(4000, 'replaced');
    }
    line.person = person;
    this.#event(line, { eventType: 'mercury.buffer_state', locus: 'SENT' });
  }

  #event(line: Line, data: Readonly<Record<string, unknown>>): void {
    if (line.isSilent) return;
    const frameId = randomUUID();
    line.sequenceNumber++;
    const { sequenceNumber } = line;
    const envelope = { id: frameId, timestamp: Date.now(), sequenceNumber, headers: {}, data };
    const text = JSON.stringify(envelope);
    this.#sent = [...this.#sent.slice(-eventsKept), { frameId, text }];
    line.socket.send(text);
  }
}
