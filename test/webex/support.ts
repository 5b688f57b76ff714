import type { ServerResponse } from 'node:http';
import { Agent } from 'undici';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/http/retry.ts';
import { createLog, type Log } from '../../src/log.ts';
import type { Timeouts } from '../../src/webex/api.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createTestClock } from '../helpers/clock.ts';
import { startTestServer, type TestServer } from '../helpers/server.ts';

/** Where the test clock starts. */
export const testNowMs = Date.UTC(2026, 10, 20, 9, 42);
export const botToken = 'Bot_token_NjA0_that_is_secret';

const uuidFor = (name: string) =>
  Buffer.from(name.padEnd(16, '.'))
    .subarray(0, 16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** An id as Webex makes them, the same for the same name. */
export function idOf(kind: string, name: string): string {
  return Buffer.from(`ciscospark://us/${kind}/${uuidFor(name)}`).toString('base64url');
}

export const org = { id: idOf('ORGANIZATION', 'example'), uuid: uuidFor('example') };

export function personJson(name: string, changes: object = {}): Record<string, unknown> {
  return {
    id: idOf('PEOPLE', name),
    orgId: org.id,
    emails: [`${name}@example.org`],
    displayName: name,
    type: 'person',
    ...changes,
  };
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [member: string]: unknown;
}

function createTestLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const stdout = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { log: createLog({ level: 'debug', stdout }), lines };
}

/** The real client against a local server, with its own connections and a clock that never waits. */
export function createTestClient(
  serverUrl: string,
  {
    timeouts,
    signal,
    clock = createTestClock(),
  }: { timeouts?: Timeouts; signal?: AbortSignal; clock?: Clock } = {},
) {
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const { log, lines } = createTestLog();
  const client = createWebexClient({
    apiUrl: new URL(`${serverUrl}/v1`),
    token: botToken,
    ...{ dispatcher, clock, log, signal },
    ...(timeouts && { timeouts }),
  });
  return { client, log, lines };
}

/** A clock whose sleepers sleep until the test wakes them. */
export function createHeldClock() {
  let nowMs = testNowMs;
  const sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];
  return {
    sleepers,
    now: () => nowMs,
    elapsed: () => nowMs,
    random: () => 0,
    sleep: (ms: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ untilMs: nowMs + ms, wake });
      }),
    wakeAll: () => {
      for (const { untilMs, wake } of sleepers.splice(0)) {
        nowMs = Math.max(nowMs, untilMs);
        wake();
      }
    },
  };
}

/** As `sendJson`, without the `Date` of today: the tests live in their own time. */
export function sendDated(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.sendDate = false;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** A server that answers its first requests as scripted and all others with the last answer. */
export function scripted(
  ...answers: { status: number; body?: unknown; headers?: Record<string, string> }[]
): Promise<TestServer> {
  let next = 0;
  return startTestServer((_request, response) => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    sendDated(response, answer?.status ?? 500, answer?.body, answer?.headers);
  });
}

/** `GET /v1/people/…` and so on, in the order of arrival. */
export function linesOf({ requests }: Pick<TestServer, 'requests'>): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}
