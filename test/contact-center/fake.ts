import type { ServerResponse } from 'node:http';
import { pino } from 'pino';
import { Agent } from 'undici';
import { onTestFinished } from 'vitest';
import {
  type Caller,
  type ContactCenter,
  createContactCenter,
} from '../../src/contact-center/client.ts';
import type { TaskQuery } from '../../src/contact-center/query.ts';
import { createRequestBudget, type RequestBudget } from '../../src/http/budget.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import {
  type ReceivedRequest,
  sendJson,
  startTestServer,
  type TestServer,
} from '../helpers/server.ts';

export const orgId = '11111111-2222-4333-8444-555555555555';
export const silent = pino({ level: 'silent' });

export interface Fake {
  readonly server: TestServer;
  readonly contactCenter: ContactCenter;
  readonly budget: RequestBudget;
  readonly clock: TestClock;
  /** Query and variables of every request to Search, in order. */
  readonly questions: readonly Question[];
}

interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Answer = (request: ReceivedRequest, number: number, response: ServerResponse) => unknown;

/**
 * A contact center of one function: what it returns is sent as JSON with 200; when it returns nothing it
 * has answered by itself. Requests are numbered from 1.
 */
export async function startFake(
  answer: Answer,
  options: { timeoutMs?: number; limit?: number } = {},
): Promise<Fake> {
  const questions: Question[] = [];
  let number = 0;
  const server = await startTestServer(async (request, response) => {
    number++;
    if (request.path.startsWith('/search')) questions.push(JSON.parse(request.body));
    const json = await answer(request, number, response);
    if (json !== undefined) sendJson(response, 200, json);
  });
  const clock = createTestClock();
  const budget = createRequestBudget({ limit: options.limit ?? 300, clock });
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const contactCenter = createContactCenter({
    baseUrl: new URL(server.url),
    dispatcher,
    budget,
    clock,
    log: silent,
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
  });
  return { server, contactCenter, budget, clock, questions };
}

export function callerWith(more: Partial<Caller> = {}): Caller {
  return { owner: 'E7K2', orgId, accessToken: async () => 'user-token', ...more };
}

export function queryWith(more: Partial<TaskQuery> = {}): TaskQuery {
  return {
    fromMs: Date.UTC(2026, 10, 13),
    toMs: Date.UTC(2026, 10, 20),
    by: 'created',
    channel: 'chat',
    ...more,
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
