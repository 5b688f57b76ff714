import { Agent } from 'undici';
import { onTestFinished, vi } from 'vitest';
import { createLog } from '../../../src/log.ts';
import { createDoor } from '../../../src/sandbox/door.ts';
import { startWebex, type Webex } from '../../../src/sandbox/webex/webex.ts';
import { createWebexClient } from '../../../src/webex/client.ts';
import {
  createWebexListener,
  type Inbox,
  type WebexListenerDeps,
} from '../../../src/webex/listener.ts';
import { createTestClock } from '../../helpers/clock.ts';
import { createTestInbox, createTestSchedule } from '../listener-rig.ts';
import type { LogLine } from '../support.ts';

export const pingMs = 15_000;
export const pongMs = 14_000;
export const goodbyeMs = 2_000;

interface RigOptions {
  readonly webex?: Webex;
  readonly deps?: Partial<WebexListenerDeps>;
  readonly token?: string;
}

const door = createDoor();

export async function startSandboxWebex() {
  door.clear();
  const webex = await startWebex({ door, redirectUris: [] });
  onTestFinished(() => webex.close());
  return webex;
}

/** A listener that listens by websocket to the Webex of the sandbox, on a clock and timers of the test. */
export async function createWebsocketRig(options: RigOptions = {}) {
  const webex = options.webex ?? (await startSandboxWebex());
  const { token = webex.botToken } = options;
  const clock = createTestClock(Date.now());
  const timers = createTestSchedule();
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const lines: LogLine[] = [];
  const stdout = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLog({ level: 'debug', stdout });
  const apiUrl = new URL(webex.apiUrl);
  const client = createWebexClient({ apiUrl, token, dispatcher, clock, log });
  const texts: string[] = [];
  const pressed: string[] = [];
  const added: string[] = [];
  const joined: string[] = [];
  let aliveMs: number | undefined;
  const testInbox = createTestInbox();
  const inbox: Inbox = {
    ...testInbox,
    get aliveMs() {
      return aliveMs;
    },
    async noteAlive(atMs) {
      aliveMs = atMs;
    },
  };
  const listener = createWebexListener({
    ...{ client, inbox, log, clock, schedule: timers.schedule },
    publicUrl: new URL('https://bot.example.org'),
    transport: {
      kind: 'websocket',
      catalogUrl: new URL(webex.catalogUrl),
      ...{ token, dispatcher },
    },
    onMessage: async ({ text }) => void texts.push(text),
    onAction: async ({ id }) => void pressed.push(id),
    onAdded: async ({ roomId }) => void added.push(roomId),
    onJoined: ({ roomId }) => void joined.push(roomId),
    ...options.deps,
  });
  onTestFinished(() => listener.close());
  return {
    ...{ webex, door, clock, timers, lines, inbox, testInbox, listener },
    ...{ texts, pressed, added, joined },
    /** The handler has it, whichever way it came. */
    heard: (text: string) => vi.waitUntil(() => texts.includes(text), { timeout: 10_000 }),
    /** The websocket was lost and is open again. */
    reconnected: () =>
      vi.waitUntil(() => lines.some(({ msg }) => msg === 'the websocket is open again'), {
        timeout: 10_000,
      }),
    postCard: (roomId: string) =>
      client.postCard(
        { roomId },
        {
          ...{ type: 'AdaptiveCard', version: '1.3', body: [] },
          actions: [{ type: 'Action.Submit', title: 'Press' }],
        },
        'a card',
      ),
    say: (text: string) => webex.say({ person: webex.people.admin, text }),
  };
}

export async function startWebsocketRig(options: RigOptions = {}) {
  const rig = await createWebsocketRig(options);
  await rig.listener.start();
  await rig.listener.idle();
  return rig;
}
