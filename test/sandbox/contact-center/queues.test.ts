import { describe, expect, it } from 'vitest';
import type { QueueRecord } from '../../../src/sandbox/dataset/catalogue.ts';
import { createDataset } from '../../../src/sandbox/dataset/dataset.ts';
import { type Answer, at, nowMs, orgId, startSandbox } from './start.ts';

const path = `/organization/${orgId}/v2/contact-service-queue`;

const queue = (name: string): QueueRecord => ({
  id: `id of ${name}`,
  name,
  description: `for ${name}`,
  active: true,
  queueType: 'INBOUND',
  channelType: 'CHAT',
  socialChannelType: null,
});

async function startWith(names: readonly string[], queuePageSize = 100) {
  const dataset = createDataset({ nowMs, tasks: [], queues: names.map(queue) });
  return startSandbox({ dataset, options: { queuePageSize } });
}

function namesOf({ json }: Answer): unknown[] {
  const data = at(json, 'data');
  return Array.isArray(data) ? data.map((one) => at(one, 'name')) : [];
}

describe('the queue list', () => {
  it('comes in pages', async () => {
    const { ask } = await startWith(['A', 'B', 'C']);
    const first = await ask('GET', `${path}?pageSize=2`);
    const second = await ask('GET', `${path}?pageSize=2&page=1`);
    expect(namesOf(first)).toEqual(['A', 'B']);
    expect(namesOf(second)).toEqual(['C']);
    expect(at(first.json, 'meta')).toMatchObject({
      orgid: orgId,
      page: 0,
      pageSize: 2,
      totalPages: 2,
      totalRecords: 3,
      links: { next: `${path}?page=1&pageSize=2` },
    });
    expect(at(second.json, 'meta', 'links', 'next')).toBeUndefined();
  });

  it('cuts the page to its own maximum', async () => {
    const { ask } = await startWith(['A', 'B', 'C'], 2);
    const answer = await ask('GET', `${path}?pageSize=1000`);
    expect(namesOf(answer)).toEqual(['A', 'B']);
    expect(at(answer.json, 'meta', 'pageSize')).toBe(2);
  });

  it('answers the wanted attributes only', async () => {
    const { ask } = await startWith(['A']);
    const answer = await ask('GET', `${path}?attributes=id,name`);
    expect(at(answer.json, 'data', 0)).toEqual({ id: 'id of A', name: 'A' });
  });

  it.each([
    ['search="sales"', ['Sales, EMEA']],
    ['search=field=="name";value=="gold"', ['"Gold" Care']],
    ['filter=id=="id of Support"', ['Support']],
    ['filter=name==Support', ['Support']],
    ['filter=name!=Support', ['Sales, EMEA', '"Gold" Care']],
    ['filter=name=in=("Sales, EMEA",Support)', ['Support', 'Sales, EMEA']],
    ['filter=name=out=(Support)', ['Sales, EMEA', '"Gold" Care']],
    ['filter=name=="\\"Gold\\" Care"', ['"Gold" Care']],
  ])('finds by %s', async (query, expected) => {
    const { ask } = await startWith(['Support', 'Sales, EMEA', '"Gold" Care']);
    const [name = '', ...value] = query.split('=');
    const answer = await ask('GET', `${path}?${new URLSearchParams({ [name]: value.join('=') })}`);
    expect(namesOf(answer)).toEqual(expected);
  });

  it.each(['page=-1', 'pageSize=many', 'filter=name', 'filter=name%3D%3DSupport%20Chat'])(
    'refuses %s',
    async (query) => {
      const { ask } = await startWith(['A']);
      const answer = await ask('GET', `${path}?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({
        message: expect.any(String),
        trackingId: expect.any(String),
      });
    },
  );

  it('belongs to one organization', async () => {
    const { ask } = await startWith(['A']);
    const answer = await ask('GET', path.replace(orgId, orgId.replace('0f', '1f')));
    expect(answer.status).toBe(403);
  });
});
