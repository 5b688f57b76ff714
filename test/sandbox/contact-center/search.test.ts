import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import type { ContactCenterOptions } from '../../../src/sandbox/contact-center/options.ts';
import type { NewTask } from '../../../src/sandbox/dataset/dataset.ts';
import { createDataset } from '../../../src/sandbox/dataset/dataset.ts';
import { type Answer, at, nowMs, orgId, startSandbox } from './start.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const queue = (name: string) => ({ id: `id of ${name}`, name, duration: 1_000 });

const four: readonly NewTask[] = [
  {
    id: 'a',
    createdTime: nowMs - 4 * hourMs,
    lastQueue: queue('Support "A"'),
    totalDuration: 60_000,
  },
  { id: 'b', createdTime: nowMs - 3 * hourMs, channelType: 'social', channelSubType: 'sms' },
  { id: 'c', createdTime: nowMs - 2 * hourMs, lastQueue: queue('Sales'), totalDuration: 90_000 },
  { id: 'd', createdTime: nowMs - 1 * hourMs, endedTime: null, lastQueue: queue('Sales') },
];

const lastDay = { from: nowMs - dayMs, to: nowMs };

const rows = `query Rows($from: Long!, $to: Long!, $filter: TaskDetailsFilters, $cursor: String) {
  taskDetails(from: $from, to: $to, filter: $filter, pagination: { cursor: $cursor }) {
    tasks { id }
    pageInfo { hasNextPage endCursor }
  }
}`;

const literal = (more: string) =>
  `{ taskDetails(from: ${lastDay.from}, to: ${nowMs}, ${more}) { tasks { id } } }`;

function idsOf({ json }: Answer, root = 'taskDetails'): unknown[] {
  const tasks = at(json, 'data', root, 'tasks');
  return Array.isArray(tasks) ? tasks.map((task) => at(task, 'id')) : [];
}

async function startFour(options: Partial<ContactCenterOptions> = {}) {
  return startSandbox({ tasks: four, options });
}

describe('search', () => {
  it('lists tasks of the span, both ends included, the newest first', async () => {
    const { search } = await startFour();
    const whole = await search(rows, lastDay);
    const part = await search(rows, { from: nowMs - 3 * hourMs, to: String(nowMs - 2 * hourMs) });
    expect(idsOf(whole)).toEqual(['d', 'c', 'b', 'a']);
    expect(at(whole.json, 'data', 'taskDetails', 'pageInfo')).toEqual({
      hasNextPage: false,
      endCursor: null,
    });
    expect(idsOf(part)).toEqual(['c', 'b']);
    expect(whole.headers['trackingid']).toMatch(/^CC_/);
  });

  it('answers the older root and literals in the query as well', async () => {
    const { search } = await startFour();
    const answer = await search(`{ task(from: ${lastDay.from}, to: "${nowMs}",
      filter: { channelType: { equals: chat } }) { tasks { id channelType } } }`);
    expect(idsOf(answer, 'task')).toEqual(['d', 'c', 'a']);
  });

  it('compares the end of a task where asked to; open ones have none', async () => {
    const { search } = await startFour();
    const answer = await search(
      `query E($from: Long!, $to: Long!) {
        taskDetails(from: $from, to: $to, timeComparator: endedTime) { tasks { id endedTime } }
      }`,
      { from: nowMs - 3 * hourMs, to: nowMs },
    );
    expect(idsOf(answer)).toEqual(['c', 'b']);
  });

  it('sorts by a field that carries the argument', async () => {
    const { search } = await startFour();
    const byTime = await search(
      rows.replace('tasks { id }', 'tasks { id createdTime(sort: asc) }'),
      lastDay,
    );
    const byLength = await search(
      rows.replace('tasks { id }', 'tasks { id totalDuration(sort: desc) }'),
      lastDay,
    );
    expect(idsOf(byTime)).toEqual(['a', 'b', 'c', 'd']);
    expect(idsOf(byLength).slice(0, 2)).toEqual(['b', 'c']);
  });

  it.each<[string, object, string[]]>([
    ['equals', { lastQueue: { name: { equals: 'Support "A"' } } }, ['a']],
    ['notequals', { channelType: { notequals: 'chat' } }, ['b']],
    ['contains', { channelSubType: { contains: 'm' } }, ['b']],
    ['match', { lastQueue: { name: { match: 'S.*s' } } }, ['d', 'c']],
    ['numbers', { totalDuration: { gte: 60_000, lt: 90_000 } }, ['a']],
    ['booleans', { isActive: { equals: true } }, ['d']],
    [
      'and, or',
      {
        and: [
          { isActive: { equals: false } },
          { or: [{ id: { equals: 'a' } }, { lastQueue: { name: { equals: 'Sales' } } }] },
        ],
      },
      ['c', 'a'],
    ],
  ])('filters by %s', async (_name, filter, expected) => {
    const { search } = await startFour();
    const answer = await search(rows, { ...lastDay, filter });
    expect(idsOf(answer)).toEqual(expected);
  });

  it('filters by what happened on the way', async () => {
    const { search } = await startFour();
    const answer = await search(`{ taskDetails(from: ${lastDay.from}, to: ${nowMs},
      extFilter: { activities: { nodes: { queueName: { equals: "Sales" } } } }) {
        tasks { id activities(first: 2) { totalCount nodes { eventName queueName } pageInfo { endCursor } } } } }`);
    expect(idsOf(answer)).toEqual(['d', 'c']);
    expect(at(answer.json, 'data', 'taskDetails', 'tasks', 1, 'activities')).toEqual({
      totalCount: 3,
      nodes: [
        { eventName: 'new', queueName: null },
        { eventName: 'parked', queueName: 'Sales' },
      ],
      pageInfo: { endCursor: '2' },
    });
  });

  it('pages by cursor without losing or doubling a row, also where times are equal', async () => {
    const tasks = Array.from({ length: 7 }, (_, index) => ({
      id: String(index),
      createdTime: nowMs - (index < 4 ? 1 : 2) * hourMs,
    }));
    const { search } = await startSandbox({ tasks, options: { pageSize: 3 } });
    const ids: unknown[] = [];
    let cursor: unknown = 'NA';
    let pages = 0;
    while (cursor !== null) {
      const answer = await search(rows, { ...lastDay, cursor });
      ids.push(...idsOf(answer));
      cursor = at(answer.json, 'data', 'taskDetails', 'pageInfo', 'endCursor') ?? null;
      pages += 1;
    }
    expect(pages).toBe(3);
    expect(ids.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  it('pages by 250', async () => {
    const dataset = createDataset({ nowMs, days: 2, count: 251 });
    const { search } = await startSandbox({ dataset });
    const first = await search(rows, { from: nowMs - 3 * dayMs, to: nowMs, cursor: '0' });
    const cursor = at(first.json, 'data', 'taskDetails', 'pageInfo', 'endCursor');
    const second = await search(rows, { from: nowMs - 3 * dayMs, to: nowMs, cursor });
    expect([idsOf(first).length, idsOf(second).length]).toEqual([250, 1]);
  });

  it('refuses a cursor of another query', async () => {
    const { search } = await startFour({ pageSize: 1 });
    const first = await search(rows, lastDay);
    const cursor = at(first.json, 'data', 'taskDetails', 'pageInfo', 'endCursor');
    const later = await search(rows, { from: lastDay.from + 1, to: nowMs, cursor });
    const invented = await search(rows, { ...lastDay, cursor: '250' });
    expect([later.status, invented.status]).toEqual([400, 400]);
  });

  it('refuses to page past its ceiling', async () => {
    const { search } = await startFour({ pageSize: 2, rowCeiling: 2 });
    const first = await search(rows, lastDay);
    const cursor = at(first.json, 'data', 'taskDetails', 'pageInfo', 'endCursor');
    const second = await search(rows, { ...lastDay, cursor });
    expect(typeof cursor).toBe('string');
    expect(second.status).toBe(400);
  });

  it('leaves empty members out where it is told to', async () => {
    const query = rows.replace('tasks { id }', 'tasks { id endedTime lastQueue { name } }');
    const withNull = await (await startFour()).search(query, lastDay);
    const without = await (await startFour({ absentMembers: 'missing' })).search(query, lastDay);
    expect(at(withNull.json, 'data', 'taskDetails', 'tasks', 0)).toMatchObject({ endedTime: null });
    expect(at(without.json, 'data', 'taskDetails', 'tasks', 0)).toEqual({
      id: 'd',
      lastQueue: { name: 'Sales' },
    });
  });

  it('answers global variables by name', async () => {
    const { search } = await startSandbox({
      tasks: [{ stringGlobalVariables: { Language: 'de-DE' } }],
    });
    const answer = await search(
      rows.replace(
        'tasks { id }',
        'tasks { l: stringGlobalVariables(name: "Language") { value } t: stringGlobalVariables(name: "T") { value } }',
      ),
      lastDay,
    );
    expect(at(answer.json, 'data', 'taskDetails', 'tasks')).toEqual([
      { l: { value: 'de-DE' }, t: null },
    ]);
  });

  it('compresses only what is large, and only for those who ask', async () => {
    const dataset = createDataset({ nowMs, days: 2, count: 250 });
    const { search, url } = await startSandbox({ dataset });
    const long = Array.from({ length: 60 }, (_, n) => `n${n}: lastQueue { id name }`).join(' ');
    const query = rows.replace('tasks { id }', `tasks { ${long} }`);
    const variables = { from: nowMs - 3 * dayMs, to: nowMs };
    const plain = await search(query, variables);
    const small = await search(rows, variables, { 'accept-encoding': 'gzip' });
    const packed = await request(`${url}/search`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer admin',
        'content-type': 'application/json',
        'accept-encoding': 'gzip',
      },
      body: JSON.stringify({ query, variables }),
    });
    const bytes = Buffer.from(await packed.body.arrayBuffer());
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(small.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(bytes).toString()).toBe(plain.text);
  });
});

describe('search limits', () => {
  it.each<[string, object]>([
    ['a span of more than 365 days', { from: nowMs - 366 * dayMs, to: nowMs }],
    ['a start more than 36 months ago', { from: nowMs - 1_100 * dayMs, to: nowMs - 1_000 * dayMs }],
    ['a span that ends before it starts', { from: nowMs, to: nowMs - 1 }],
    ['a missing variable', { from: nowMs }],
    ['an empty list of alternatives', { ...lastDay, filter: { or: [] } }],
    ['a pattern that is none', { ...lastDay, filter: { id: { match: '(' } } }],
    [
      'more than a thousand conditions',
      { ...lastDay, filter: { or: Array(1_001).fill({ id: { equals: 'a' } }) } },
    ],
  ])('refuses %s', async (_name, variables) => {
    const { search } = await startFour();
    const answer = await search(rows, variables);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      trackingId: answer.headers['trackingid'],
      error: { key: '400' },
    });
  });

  it('refuses a query without from or to', async () => {
    const { search } = await startFour();
    const answer = await search('{ taskDetails(from: 1) { tasks { id } } }');
    expect(answer.status).toBe(400);
  });

  it('takes an end in the future for now', async () => {
    const { search } = await startFour();
    const answer = await search(rows, { from: nowMs - 364 * dayMs, to: nowMs + 90 * dayMs });
    expect(idsOf(answer)).toHaveLength(4);
  });

  it('finds nothing, and says nothing, when seconds are given', async () => {
    const { search } = await startFour();
    const seconds = { from: Math.floor(lastDay.from / 1_000), to: Math.floor(nowMs / 1_000) };
    const answer = await search(rows, seconds);
    expect(answer.status).toBe(200);
    expect(idsOf(answer)).toEqual([]);
  });

  it('reads activities over thirty days at most', async () => {
    const { search } = await startFour();
    const query = rows.replace('tasks { id }', 'tasks { id activities { totalCount } }');
    const answer = await search(query, { from: nowMs - 31 * dayMs, to: nowMs });
    expect(answer.status).toBe(400);
  });

  it('gives up when activities fill no page from the first 2500 records', async () => {
    const dataset = createDataset({ nowMs, days: 7, count: 2_600, kind: 'chats' });
    const { search } = await startSandbox({ dataset });
    const answer = await search(`{ taskDetails(from: ${nowMs - 8 * dayMs}, to: ${nowMs},
      extFilter: { activities: { nodes: { queueName: { equals: "none" } } } }) { tasks { id } } }`);
    expect(answer.status).toBe(413);
  });
});

describe('search by GraphQL rules', () => {
  it.each<[string, string]>([
    ['a field that does not exist', rows.replace('{ id }', '{ id queue { name } }')],
    ['an operator that does not exist', literal('filter: { id: { in: ["a"] } }')],
    ['a value of the wrong type', literal('filter: { isActive: { equals: "yes" } }')],
    ['a filter by creation', literal('filter: { createdTime: { gt: 1 } }')],
    ['introspection', '{ __schema { queryType { name } } }'],
    ['text that is no query', '{ taskDetails('],
  ])('refuses %s', async (_name, query) => {
    const inside = await (await startFour()).search(query, lastDay);
    const outside = await (await startFour({ graphqlErrorsAs: 400 })).search(query, lastDay);
    expect([inside.status, outside.status]).toEqual([200, 400]);
    for (const { json } of [inside, outside]) {
      expect(json).toMatchObject({ data: null });
      expect(at(json, 'errors', 0, 'message')).toMatch(/^Validation error|^Invalid Syntax/);
    }
  });

  it('says where a field is that it does not know, and has fewer of them where it is told to', async () => {
    const { search } = await startFour({ refuseFields: ['autoCsat', 'customer.email'] });
    const selected = (fields: string) => rows.replace('{ id }', `{ id ${fields} }`);
    const known = await search(selected('customer { name }'), lastDay);
    const unknown = await search(selected('autoCsat customer { email }'), lastDay);
    expect(at(known.json, 'errors')).toBeUndefined();
    expect(at(unknown.json, 'errors', 0, 'message')).toContain(
      '(FieldUndefined@[taskDetails/tasks/autoCsat])',
    );
    expect(at(unknown.json, 'errors', 1, 'message')).toContain(
      '(FieldUndefined@[taskDetails/tasks/customer/email])',
    );
  });

  it('refuses to sort where it is told to', async () => {
    const { search } = await startFour({ sorting: 'unknown' });
    const answer = await search(rows.replace('{ id }', '{ id(sort: asc) }'), lastDay);
    expect(at(answer.json, 'errors', 0, 'message')).toContain(
      'UnknownArgument@[taskDetails/tasks/id]',
    );
  });

  it('knows or does not know unusual channels, as it is told', async () => {
    const filter = { channelType: { equals: 'workItem' } };
    const open = await (await startFour()).search(rows, { ...lastDay, filter });
    const narrow = await startFour({ refuseChannelValues: ['workItem'] });
    const refused = await narrow.search(rows, { ...lastDay, filter });
    expect(idsOf(open)).toEqual([]);
    expect(at(open.json, 'errors')).toBeUndefined();
    expect(at(refused.json, 'errors')).toHaveLength(1);
  });

  it('refuses bodies it cannot use', async () => {
    const { ask } = await startFour();
    const statuses = await Promise.all(
      ['{"query":', '{"variables":{}}', '[]', '"text"'].map((body) =>
        ask('POST', '/search', { body }),
      ),
    );
    expect(statuses.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  });

  it('answers the organization of the token only', async () => {
    const { ask } = await startFour();
    const body = { query: rows, variables: lastDay };
    const foreign = await ask('POST', `/search?orgId=${orgId.replace('0f', '1f')}`, { body });
    const nonsense = await ask('POST', '/search?orgId=Y2lzY29zcGFyaw', { body });
    expect([foreign.status, nonsense.status]).toEqual([403, 400]);
  });
});

describe('search aggregations', () => {
  const count = (
    selection: string,
    more = '',
  ) => `query C($from: Long!, $to: Long!, $cursor: String) {
    taskDetails(from: $from, to: $to, pagination: { cursor: $cursor },
      aggregations: [{ field: "id", type: count, name: "n" } ${more}]) {
      tasks { ${selection} aggregation { name value } }
      pageInfo { hasNextPage endCursor }
    }
  }`;

  it('counts everything in one row', async () => {
    const answer = await (await startFour()).search(count(''), lastDay);
    const text = await (await startFour({ aggregationValues: 'text' })).search(count(''), lastDay);
    expect(at(answer.json, 'data', 'taskDetails', 'tasks')).toEqual([
      { aggregation: [{ name: 'n', value: 4 }] },
    ]);
    expect(at(text.json, 'data', 'taskDetails', 'tasks', 0, 'aggregation', 0, 'value')).toBe('4.0');
  });

  it('counts nothing as zero or with no row', async () => {
    const never = { from: nowMs - 9 * dayMs, to: nowMs - 8 * dayMs };
    const zero = await (await startFour()).search(count(''), never);
    const none = await (await startFour({ countOfNothing: 'no row' })).search(count(''), never);
    expect(at(zero.json, 'data', 'taskDetails', 'tasks', 0, 'aggregation', 0, 'value')).toBe(0);
    expect(at(none.json, 'data', 'taskDetails', 'tasks')).toEqual([]);
  });

  it('groups by the selected fields', async () => {
    const more =
      '{ field: "totalDuration", type: average, name: "a", filter: { isActive: { equals: false } } }';
    const answer = await (await startFour()).search(count('lastQueue { name }', more), lastDay);
    expect(at(answer.json, 'data', 'taskDetails', 'tasks')).toEqual([
      {
        lastQueue: { name: null },
        aggregation: [
          { name: 'n', value: 1 },
          { name: 'a', value: 300_000 },
        ],
      },
      {
        lastQueue: { name: 'Sales' },
        aggregation: [
          { name: 'n', value: 2 },
          { name: 'a', value: 90_000 },
        ],
      },
      {
        lastQueue: { name: 'Support "A"' },
        aggregation: [
          { name: 'n', value: 1 },
          { name: 'a', value: 60_000 },
        ],
      },
    ]);
  });

  it('pages groups', async () => {
    const { search } = await startFour({ groupPageSize: 2 });
    const first = await search(count('id'), lastDay);
    const { endCursor: cursor } = Object(at(first.json, 'data', 'taskDetails', 'pageInfo'));
    const second = await search(count('id'), { ...lastDay, cursor });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(['a', 'b', 'c', 'd']);
    expect(at(second.json, 'data', 'taskDetails', 'pageInfo', 'hasNextPage')).toBe(false);
  });

  it.each([
    ['an operation on the wrong type', '', '{ field: "status", type: sum, name: "s" }'],
    ['a field it does not have', '', '{ field: "queue", type: count, name: "s" }'],
    [
      'eleven fields to group by',
      'id status direction origin destination isActive isCallback isOutdial csatScore botName topicName',
      '',
    ],
  ])('refuses %s', async (_name, selection, more) => {
    const { search } = await startFour();
    expect((await search(count(selection, more), lastDay)).status).toBe(400);
  });
});
