import { describe, expect, it } from 'vitest';
import { at, nowMs, orgId, startSandbox } from './start.ts';

const queuePath = `/organization/${orgId}/v2/contact-service-queue`;
const query = `{ taskDetails(from: ${nowMs - 1}, to: ${nowMs}) { tasks { id } } }`;
const authorization = (token: string) => ({ authorization: `Bearer ${token}` });

describe('access to the contact center', () => {
  it.each([
    ['an unknown token', { authorization: 'Bearer nobody' }, 401],
    ['an expired token', { authorization: 'Bearer old' }, 401],
    ['a header that is none', { authorization: 'Bearer' }, 400],
    ['another scheme', { authorization: 'Basic YTpi' }, 400],
    ['a token without the scope', { authorization: 'Bearer person' }, 403],
  ])('refuses %s', async (_name, headers, status) => {
    const { search } = await startSandbox();
    const answer = await search(query, undefined, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { key: String(status) } });
  });

  it('refuses a request without a token', async () => {
    const { url } = await startSandbox();
    const answer = await fetch(url + queuePath);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ trackingId: expect.any(String) });
  });

  it('takes the broader scope for search, but not for captures', async () => {
    const { search, captures } = await startSandbox();
    const found = await search(query, undefined, authorization('config'));
    const captured = await captures({ taskIds: [orgId] }, authorization('config'));
    expect([found.status, captured.status]).toEqual([200, 403]);
  });

  it('names every answer, by the name of the request where it has one', async () => {
    const { ask } = await startSandbox();
    const unknown = await ask('GET', '/v1/queues');
    const named = await ask('GET', queuePath, { headers: { trackingid: 'T-1' } });
    expect([unknown.status, at(unknown.json, 'errors', 0, 'key')]).toEqual([404, '404']);
    expect(unknown.headers['trackingid']).toMatch(/^CC_/);
    expect(named.headers['trackingid']).toBe('T-1');
  });

  it('refuses a body that is too large', async () => {
    const { search } = await startSandbox();
    const answer = await search(query + ' '.repeat(1_100_000));
    expect(answer.status).toBe(413);
  });
});

describe('the rate limit', () => {
  it('refuses with an empty body and counts in a sliding minute', async () => {
    let clock = nowMs;
    const { ask } = await startSandbox({
      nowMs: () => clock,
      options: { requestsPerMinute: 2 },
    });
    const statuses: number[] = [];
    const askAt = async (ms: number) => {
      clock = nowMs + ms;
      const answer = await ask('GET', queuePath);
      statuses.push(answer.status);
      return answer;
    };
    await askAt(0);
    await askAt(20_000);
    const refused = await askAt(30_500);
    await askAt(60_000);
    await askAt(79_999);
    await askAt(80_000);
    expect(statuses).toEqual([200, 200, 429, 200, 429, 200]);
    expect(refused.headers['retry-after']).toBe('30');
    expect(refused.text).toBe('');
  });

  it('counts each client by itself, and all of its paths together', async () => {
    const { ask, search } = await startSandbox({ options: { requestsPerMinute: 1 } });
    const first = await ask('GET', queuePath);
    const same = await search(query);
    const other = await search(query, undefined, authorization('other'));
    expect([first.status, same.status, other.status]).toEqual([200, 429, 200]);
  });
});
