import { request } from 'undici';
import { onTestFinished } from 'vitest';
import type { TokenIdentity } from '../../../src/sandbox/contact-center/access.ts';
import {
  type ContactCenterDeps,
  startContactCenter,
} from '../../../src/sandbox/contact-center/contact-center.ts';
import { createDataset, type NewTask } from '../../../src/sandbox/dataset/dataset.ts';
import { createDoor } from '../../../src/sandbox/door.ts';

export const nowMs = Date.UTC(2026, 10, 20, 9, 42);
export const orgId = '0f8fad5b-d9cb-469f-a165-70867728950e';

const identity: TokenIdentity = {
  personUuid: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  orgUuid: orgId,
  scopes: ['cjp:config_read'],
  expired: false,
};

/** Tokens are their own description. */
const identities: Record<string, TokenIdentity> = {
  admin: identity,
  config: { ...identity, scopes: ['cjp:config'] },
  person: { ...identity, scopes: ['spark:people_read'] },
  old: { ...identity, expired: true },
  other: { ...identity, clientId: 'another client' },
};

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  readonly json: unknown;
}

type Options = Partial<ContactCenterDeps> & { readonly tasks?: readonly NewTask[] };

/** A contact center with exactly the given tasks, and the ways to ask it. */
export async function startSandbox({ tasks = [], ...deps }: Options = {}) {
  const door = createDoor();
  const dataset = deps.dataset ?? createDataset({ nowMs, tasks });
  const center = await startContactCenter({
    dataset,
    door,
    authenticate: (token) => identities[token],
    nowMs: () => nowMs,
    ...deps,
  });
  onTestFinished(center.close);

  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const url = path.startsWith('http') ? path : center.url + path;
    const answer = await request(url, {
      method,
      headers: {
        ...(!url.startsWith(center.filesUrl) && { authorization: 'Bearer admin' }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined,
    };
  };
  const search = (query: string, variables?: object, headers?: Record<string, string>) =>
    ask('POST', `/search?orgId=${orgId}`, {
      body: { query, variables },
      ...(headers && { headers }),
    });
  const captures = (query: object, headers?: Record<string, string>) =>
    ask('POST', '/v1/captures/query', {
      body: { query: { orgId, ...query } },
      ...(headers && { headers }),
    });
  return { ...center, door, dataset, ask, search, captures };
}

/** Reads a place deep in an answer without describing the whole. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let place = value;
  for (const name of path) {
    place = typeof place === 'object' && place !== null ? Reflect.get(place, name) : undefined;
  }
  return place;
}
