import { onTestFinished } from 'vitest';
import type { EventKind } from '../../src/webex/event.ts';
import {
  type AddedToSpace,
  createWebexListener,
  type Inbox,
  type IncomingAction,
  type IncomingMessage,
  type WebexListener,
  type WebexListenerDeps,
} from '../../src/webex/listener.ts';
import type { Schedule } from '../../src/webex/schedule.ts';
import { sign } from '../../src/webex/signature.ts';
import { createTestClock } from '../helpers/clock.ts';
import { type FakeWebex, reportsId, startFakeWebex } from './fake-webex.ts';
import { createTestClient, idOf } from './support.ts';

export const secret = 'secret-of-the-webhooks';

/** Timers that go off when the test says so. */
export function createTestSchedule() {
  const timers = new Set<{ readonly afterMs: number; readonly run: () => void }>();
  const schedule: Schedule = (afterMs, run) => {
    const timer = { afterMs, run };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const due = (afterMs: number) => [...timers].filter((timer) => timer.afterMs === afterMs);
  return {
    schedule,
    isSet: (afterMs: number) => due(afterMs).length > 0,
    goOff: (afterMs: number) => {
      for (const timer of due(afterMs)) {
        timers.delete(timer);
        timer.run();
      }
    },
  };
}

/** Remembers as the durable one does, and lets a test look inside. */
export function createTestInbox() {
  const events = new Map<string, { readonly kind: EventKind; settled: boolean }>();
  const inbox: Inbox = {
    async remember(id, kind) {
      if (events.has(id)) return false;
      events.set(id, { kind, settled: false });
      return true;
    },
    async settle(id) {
      const event = events.get(id);
      if (event) event.settled = true;
    },
    aliveMs: undefined,
    async noteAlive() {},
    async unsettled() {
      return [...events].flatMap(([id, { kind, settled }]) => (settled ? [] : [{ id, kind }]));
    },
  };
  return { ...inbox, open: async () => (await inbox.unsettled()).map(({ id }) => id) };
}

export interface RigOptions {
  readonly fake?: FakeWebex;
  readonly inbox?: ReturnType<typeof createTestInbox>;
  readonly deps?: Partial<WebexListenerDeps>;
  readonly callMs?: number;
}

/** A listener with all its surroundings: a fake Webex, a clock, timers, an inbox, and what it handed on. */
export async function createRig(options: RigOptions = {}) {
  const fake = options.fake ?? (await startFakeWebex());
  const inbox = options.inbox ?? createTestInbox();
  const timers = createTestSchedule();
  const clock = createTestClock();
  const timeouts = { callMs: options.callMs ?? 15_000, uploadMs: 15_000 };
  const { client, log, lines } = createTestClient(fake.url, { clock, timeouts });
  const messages: IncomingMessage[] = [];
  const actions: IncomingAction[] = [];
  const added: AddedToSpace[] = [];
  const listener = createWebexListener({
    ...{ client, inbox, log, clock, schedule: timers.schedule },
    publicUrl: new URL('https://bot.example.org'),
    transport: { kind: 'webhook', secrets: [secret, 'the-secret-before-it'] },
    onMessage: async (message) => void messages.push(message),
    onAction: async (action) => void actions.push(action),
    onAdded: async (space) => void added.push(space),
    ...options.deps,
  });
  onTestFinished(() => listener.close());
  const { idle } = listener;
  return { fake, inbox, timers, clock, lines, messages, actions, added, listener, idle };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;

interface EventOptions {
  readonly resource?: string;
  readonly event?: string;
  readonly actorId?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export function eventOf(id: string, options: EventOptions = {}): Buffer {
  const { resource = 'messages', event = 'created', data } = options;
  const actorId = options.actorId ?? idOf('PEOPLE', 'ana');
  const body = {
    ...{
      id: idOf('WEBHOOK', 'any'),
      name: 'any',
      targetUrl: 'https://bot.example.org/webex/events',
    },
    ...{ resource, event, orgId: idOf('ORGANIZATION', 'example'), status: 'active', actorId },
    data: { id, personId: actorId, ...data },
  };
  return Buffer.from(JSON.stringify(body));
}

export function accept(listener: WebexListener, body: Buffer): Promise<number> {
  return listener.accept(body, sign(body, secret));
}

/** A started listener, with Ana in the space "reports" that the bot is in. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const rig = await createRig(options);
  rig.fake.person('ana');
  rig.fake.room(reportsId, 'CC reports');
  rig.fake.joined(reportsId);
  await rig.listener.start();
  return rig;
}

/** Events arrive at the same time, and everything they lead to comes to its end. */
export async function receive(rig: Rig, ...bodies: Buffer[]): Promise<number[]> {
  const statuses = await Promise.all(bodies.map((body) => accept(rig.listener, body)));
  await rig.idle();
  return statuses;
}

export const linesSaid = (rig: Rig) => rig.lines.map(({ msg }) => msg);
export const textsHeard = (rig: Rig) => rig.messages.map(({ text }) => text);
