import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { fetchOwnPerson } from '../../src/webex/client.ts';
import { createTestClock } from '../helpers/clock.ts';
import { startTestServer } from '../helpers/server.ts';
import { org, personJson, sendDated } from './support.ts';

function agent(): Agent {
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  return dispatcher;
}

test('asks who a token belongs to, with exactly that token', async () => {
  const server = await startTestServer((_request, response) => {
    sendDated(response, server.requests.length === 1 ? 502 : 200, personJson('ana'));
  });

  const person = await fetchOwnPerson({
    apiUrl: new URL(`${server.url}/v1`),
    dispatcher: agent(),
    accessToken: 'token-of-ana',
    clock: createTestClock(),
  });

  expect(person.orgUuid).toBe(org.uuid);
  expect(server.requests).toHaveLength(2);
  expect(server.requests[1]).toMatchObject({
    path: '/v1/people/me',
    headers: { authorization: 'Bearer token-of-ana' },
  });
});

test('stops when the person has gone', async () => {
  const server = await startTestServer(() => controller.abort());
  const controller = new AbortController();

  const asking = fetchOwnPerson({
    apiUrl: new URL(`${server.url}/v1`),
    dispatcher: agent(),
    accessToken: 'token-of-ana',
    signal: controller.signal,
  });

  await expect(asking).rejects.toMatchObject({ code: 'cancelled' });
});
