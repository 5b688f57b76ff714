import { expect, test } from 'vitest';
import { sendJson, startTestServer } from '../helpers/server.ts';
import {
  botToken,
  createTestClient,
  idOf,
  linesOf,
  org,
  personJson,
  scripted,
  sendDated,
} from './support.ts';

const ana = personJson('ana');

test('follows every page of the members, empty ones too', async () => {
  const member = (name: string) => ({
    ...{ id: idOf('MEMBERSHIP', name), roomId: 'r', personId: idOf('PEOPLE', name) },
    ...{ personEmail: `${name}@example.org`, personOrgId: org.id },
  });
  const pages = [[member('ana'), member('bob')], [], [member('cy')]];
  const server = await startTestServer((request, response) => {
    const page = Number(new URL(request.path, server.url).searchParams.get('page') ?? 0);
    const next = `${server.url}/v1/memberships?roomId=r&page=${page + 1}`;
    const link = page < 2 ? { link: `<${next}>; rel="next"` } : {};
    sendDated(response, 200, { items: pages[page] }, link);
  });
  const { client } = createTestClient(server.url);

  const names: unknown[] = [];
  for await (const { personEmail, personOrgUuid } of client.memberships('r')) {
    names.push([personEmail, personOrgUuid]);
  }

  expect(names).toEqual(['ana', 'bob', 'cy'].map((name) => [`${name}@example.org`, org.uuid]));
  expect(linesOf(server)[0]).toBe('GET /v1/memberships?roomId=r&max=1000');
});

test('does not run in circles when a page links to an earlier one', async () => {
  const server = await startTestServer((_request, response) => {
    const link = `<${server.url}/v1/webhooks?page=2>; rel="next"`;
    sendDated(response, 200, { items: [] }, { link });
  });
  const { client } = createTestClient(server.url);

  const listing = client.webhooks();

  await expect(listing).rejects.toMatchObject({ code: 'answer_invalid' });
  expect(server.requests).toHaveLength(2);
});

test('sends nothing to another origin that a page links to, the token least of all', async () => {
  const other = await startTestServer((_request, response) =>
    sendJson(response, 200, { items: [] }),
  );
  const server = await startTestServer((_request, response) => {
    sendDated(
      response,
      200,
      { items: [] },
      { link: `<${other.url}/v1/webhooks?page=2>; rel="next"` },
    );
  });
  const { client } = createTestClient(server.url);

  const listing = client.webhooks();

  await expect(listing).rejects.toMatchObject({
    message: 'listing webhooks: unexpected answer from Webex: a link to another origin',
  });
  expect(other.requests).toEqual([]);
});

test.each([301, 302, 303, 307, 308])('does not follow a %d to another host', async (status) => {
  const other = await startTestServer((_request, response) => sendJson(response, 200, ana));
  const server = await scripted({ status, headers: { location: `${other.url}/v1/people/me` } });
  const { client } = createTestClient(server.url);

  const reading = client.me();

  await expect(reading).rejects.toMatchObject({ code: 'api_refused', status });
  expect(other.requests).toEqual([]);
});

test('an id cannot leave its place in the path', async () => {
  const server = await scripted({ status: 404 });
  const { client } = createTestClient(server.url);

  await client.room('../people/me?x=#y').catch(() => undefined);

  expect(linesOf(server)).toEqual(['GET /v1/rooms/..%2Fpeople%2Fme%3Fx%3D%23y']);
});

test('keeps the token, and the links that Webex quotes, out of errors and log', async () => {
  const message = `Could not fetch https://files.example.org/a?token=${botToken} ${'x'.repeat(500)}`;
  const server = await scripted({ status: 503, body: { message } });
  const { client, lines } = createTestClient(server.url);

  const error: unknown = await client.me().catch((caught: unknown) => caught);

  const written = JSON.stringify(lines) + String(error);
  expect(written).toContain('Could not fetch https://files.example.org/a?…');
  expect(written).not.toContain(botToken);
  expect(written).not.toContain('x'.repeat(250));
});
