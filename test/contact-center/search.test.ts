import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/contact-center/channels.ts';
import { searchTasks } from '../../src/contact-center/search.ts';
import { sendJson } from '../helpers/server.ts';
import { callerWith, collect, orgId, queryWith, startFake } from './fake.ts';

function pageOf(tasks: unknown, endCursor?: string | number) {
  const pageInfo = { hasNextPage: endCursor !== undefined, endCursor: endCursor ?? null };
  return { data: { taskDetails: { tasks, pageInfo } } };
}

function chat(id: string, more: Record<string, unknown> = {}) {
  return { id, channelType: 'chat', isActive: false, createdTime: 1_763_000_000_000, ...more };
}

const validationError = (message: string) => ({ data: null, errors: [{ message }] });

describe('searching tasks', () => {
  it('asks page after page with the same window until there is no next one', async () => {
    const { server, contactCenter, questions } = await startFake((_request, number) =>
      number === 1 ? pageOf([chat('a'), chat('b')], '250') : pageOf([chat('c')]),
    );
    const pages = await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect(pages.map(({ tasks }) => tasks.map(({ id }) => id))).toEqual([['a', 'b'], ['c']]);
    expect(questions.map(({ variables }) => variables)).toEqual(
      ['NA', '250'].map((cursor) => ({
        from: Date.UTC(2026, 10, 13),
        to: Date.UTC(2026, 10, 20) - 1,
        by: 'createdTime',
        filter: { channelType: { equals: 'chat' } },
        cursor,
      })),
    );
    expect(server.requests[0]?.path).toBe(`/search?orgId=${orgId}`);
    expect(questions[0]?.query).toContain('createdTime(sort: asc)');
  });

  it('asks by the end of the conversations when told so', async () => {
    const { contactCenter, questions } = await startFake(() => pageOf([]));
    await collect(searchTasks(contactCenter, callerWith(), queryWith({ by: 'ended' })));
    expect(questions[0]?.variables).toMatchObject({ by: 'endedTime' });
  });

  it('never puts what a person typed into the text of the query', async () => {
    const { contactCenter, questions } = await startFake(() => pageOf([]));
    const name = 'x" } } ) { id } #';
    await collect(searchTasks(contactCenter, callerWith(), queryWith({ queueNames: [name] })));
    expect(questions[0]?.query).not.toContain('x"');
    expect(questions[0]?.variables['filter']).toMatchObject({
      and: [{ channelType: { equals: 'chat' } }, { lastQueue: { name: { equals: name } } }],
    });
  });

  it('asks for certain tasks by id, and turns away all others that come', async () => {
    const { contactCenter, questions } = await startFake(() => pageOf([chat('a'), chat('x')]));
    const query = queryWith({ ids: ['a', 'b'] });
    const [page] = await collect(searchTasks(contactCenter, callerWith(), query));
    expect(questions[0]?.variables['filter']).toEqual({
      and: [
        { channelType: { equals: 'chat' } },
        { or: [{ id: { equals: 'a' } }, { id: { equals: 'b' } }] },
      ],
    });
    expect(page?.tasks.map(({ id }) => id)).toEqual(['a']);
    expect(page?.droppedByClient.map(({ id }) => id)).toEqual(['x']);
  });

  it('gives the filter by id up for questions by id only', async () => {
    const { contactCenter, questions } = await startFake((request) =>
      request.body.includes('"id":{')
        ? validationError('Field "id" is not defined by type "TaskDetailsFilters"')
        : pageOf([chat('a'), chat('x')]),
    );
    const byId = queryWith({ ids: ['a'] });
    const [page] = await collect(searchTasks(contactCenter, callerWith(), byId));
    expect(page?.tasks.map(({ id }) => id)).toEqual(['a']);
    expect(questions).toHaveLength(2);
    expect(questions[1]?.variables['filter']).toEqual({ channelType: { equals: 'chat' } });
    const byCustomer = queryWith({ customer: 'ava@shop.example' });
    await collect(searchTasks(contactCenter, callerWith(), byCustomer));
    expect(JSON.stringify(questions[2]?.variables['filter'])).toContain('email');
  });

  it('asks for any of several queues, by id, and by name for those that have none', async () => {
    const { contactCenter, questions } = await startFake(() => pageOf([]));
    const query = queryWith({ channel: 'all', queueIds: ['q1', 'q2'], queueNames: ['Gone'] });
    await collect(searchTasks(contactCenter, callerWith(), query));
    expect(questions[0]?.variables['filter']).toEqual({
      or: [
        { lastQueue: { id: { equals: 'q1' } } },
        { lastQueue: { id: { equals: 'q2' } } },
        { lastQueue: { name: { equals: 'Gone' } } },
      ],
    });
  });

  it.each<[Channel, unknown]>([
    ['chat', { channelType: { equals: 'chat' } }],
    ['social', { channelType: { equals: 'social' } }],
    ['email', { channelType: { equals: 'email' } }],
    ['voice', { channelType: { equals: 'telephony' } }],
    ['digital', { channelType: { notequals: 'telephony' } }],
    ['all', undefined],
  ])('filters by channel %s', async (channel, filter) => {
    const { contactCenter, questions } = await startFake(() => pageOf([]));
    await collect(searchTasks(contactCenter, callerWith(), queryWith({ channel })));
    expect(questions[0]?.variables['filter']).toEqual(filter);
  });

  it.each<[Channel, string[], string[]]>([
    ['chat', ['1'], ['2', '3', '4', '5', '6', '7']],
    ['social', ['2', '3'], ['1', '4', '5', '6', '7']],
    ['email', ['4'], ['1', '2', '3', '5', '6', '7']],
    ['voice', ['5'], ['1', '2', '3', '4', '6', '7']],
    ['digital', ['1', '2', '3', '4', '6', '7'], ['5']],
    ['all', ['1', '2', '3', '4', '5', '6', '7'], []],
  ])('sorts out what is not %s when other channels come', async (channel, kept, dropped) => {
    const types = ['CHAT', 'social', 'social_channel', 'email', 'telephony', 'workItem', null];
    const { contactCenter } = await startFake(() =>
      pageOf(types.map((channelType, index) => chat(String(index + 1), { channelType }))),
    );
    const [page] = await collect(searchTasks(contactCenter, callerWith(), queryWith({ channel })));
    const ids = [page?.tasks, page?.droppedByClient].map((tasks) => tasks?.map(({ id }) => id));
    expect(ids).toEqual([kept, dropped]);
  });

  it('asks nothing for an empty window', async () => {
    const { server, contactCenter } = await startFake(() => pageOf([]));
    const pages = await collect(
      searchTasks(contactCenter, callerWith(), queryWith({ fromMs: 5, toMs: 5 })),
    );
    expect([pages, server.requests]).toEqual([[], []]);
  });

  it('counts rows that have no id instead of dropping them unseen', async () => {
    const { contactCenter } = await startFake(() =>
      pageOf([chat('a'), { channelType: 'chat' }, chat('NA'), null, 'x']),
    );
    const [page] = await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect([page?.tasks.length, page?.unusable]).toEqual([1, 4]);
  });

  it('takes a missing list of tasks for an empty one', async () => {
    const { contactCenter } = await startFake(() => pageOf(null));
    const pages = await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect(pages).toEqual([{ tasks: [], droppedByClient: [], unusable: 0, nextCursor: undefined }]);
  });
});

describe('paging that goes wrong', () => {
  it('continues behind empty pages', async () => {
    const { contactCenter } = await startFake((_request, number) =>
      number < 5 ? pageOf([], String(number)) : pageOf([chat('a')]),
    );
    const pages = await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect(pages.map(({ tasks }) => tasks.length)).toEqual([0, 0, 0, 0, 1]);
  });

  it('stops after too many of them', async () => {
    const { server, contactCenter } = await startFake((_request, number) =>
      pageOf([], String(number)),
    );
    const result = collect(searchTasks(contactCenter, callerWith(), queryWith()));
    await expect(result).rejects.toMatchObject({ code: 'answer_invalid' });
    expect(server.requests).toHaveLength(21);
  });

  it.each([
    ['at once', () => 'same'],
    ['in a circle of three', (number: number) => String(number % 3)],
  ])('stops at a cursor that comes again %s, after handing out the rows', async (_name, cursor) => {
    const { contactCenter } = await startFake((_request, number) =>
      pageOf([chat(`t${number}`)], cursor(number)),
    );
    const ids: string[] = [];
    const run = async () => {
      for await (const { tasks } of searchTasks(contactCenter, callerWith(), queryWith())) {
        ids.push(...tasks.map(({ id }) => id));
      }
    };
    await expect(run()).rejects.toMatchObject({
      code: 'answer_invalid',
      message: expect.stringContaining('paging does not end'),
    });
    expect(ids).toEqual(['t1', 't2', 't3', 't4'].slice(0, cursor(1) === 'same' ? 2 : 4));
  });

  it('accepts cursors that are numbers', async () => {
    const { contactCenter, questions } = await startFake((_request, number) =>
      number === 1 ? pageOf([], 250) : pageOf([]),
    );
    await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect(questions[1]?.variables['cursor']).toBe('250');
  });

  it.each([
    ['no page info', { data: { taskDetails: { tasks: [] } } }],
    [
      'a next page without a cursor',
      { data: { taskDetails: { tasks: [], pageInfo: { hasNextPage: true, endCursor: null } } } },
    ],
    ['no task details', { data: { taskDetails: null } }],
    ['no data', { data: null }],
    ['nothing', {}],
    ['a list', []],
    ['tasks that are no list', pageOf({ id: 'a' })],
  ])('does not take an answer with %s for the end', async (_name, answer) => {
    const { contactCenter } = await startFake(() => answer);
    const result = collect(searchTasks(contactCenter, callerWith(), queryWith()));
    await expect(result).rejects.toMatchObject({ code: 'answer_invalid' });
  });
});

describe('GraphQL errors', () => {
  it.each([200, 400])(
    'are errors with status %i, with their words and tracking id',
    async (status) => {
      const { contactCenter } = await startFake((_request, _number, response) => {
        response.setHeader('trackingid', 't-9');
        sendJson(response, status, validationError('Validation error: from is too old'));
      });
      const result = collect(searchTasks(contactCenter, callerWith(), queryWith()));
      await expect(result).rejects.toMatchObject({
        name: 'ApiError',
        status,
        trackingId: 't-9',
        detail: 'Validation error: from is too old',
      });
    },
  );

  it('are errors even beside data', async () => {
    const { contactCenter } = await startFake(() => ({
      ...pageOf([chat('a')]),
      errors: [{ message: 'Validation error: half' }],
    }));
    const result = collect(searchTasks(contactCenter, callerWith(), queryWith()));
    await expect(result).rejects.toMatchObject({ code: 'api_refused' });
  });

  it.each([[[]], [null]])('are none when errors is %j', async (errors) => {
    const { contactCenter } = await startFake(() => ({ ...pageOf([chat('a')]), errors }));
    const pages = await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect(pages).toHaveLength(1);
  });

  it('are repeated when they happened while answering', async () => {
    const { server, contactCenter } = await startFake((_request, number) =>
      number < 3
        ? { data: null, errors: [{ message: 'Exception while fetching data (/taskDetails)' }] }
        : pageOf([chat('a')]),
    );
    const pages = await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect([pages.length, server.requests.length]).toEqual([1, 3]);
  });
});

describe('a contact center that does not understand everything', () => {
  it.each([
    [
      'graphql-java',
      "Validation error (UnknownArgument@[taskDetails/tasks/createdTime]) : Unknown field argument 'sort'",
    ],
    ['graphql-js', 'Unknown argument "sort" on field "TaskDetails.createdTime".'],
  ])('is asked without order when it does not sort (%s)', async (_name, message) => {
    const { contactCenter, questions } = await startFake((request) =>
      request.body.includes('sort: asc') ? validationError(message) : pageOf([chat('a')]),
    );
    await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    const sorted = questions.map(({ query }) => query.includes('sort'));
    expect(sorted).toEqual([true, false, false]);
  });

  it('is asked without the fields that it does not know', async () => {
    const { contactCenter, questions } = await startFake((request) =>
      /autoCsat|phoneNumber|contactReason/.test(request.body)
        ? validationError(
            "Validation error (FieldUndefined@[taskDetails/tasks/autoCsat]) : Field 'autoCsat' in type 'Task' is undefined, " +
              'Validation error (FieldUndefined@[taskDetails/tasks/customer/phoneNumber]); Cannot query field "contactReason" on type "Task".',
          )
        : pageOf([chat('a')]),
    );
    const pages = await collect(searchTasks(contactCenter, callerWith(), queryWith()));
    expect([pages.length, questions.length]).toEqual([1, 2]);
    expect(questions[1]?.query).toContain('customer { name email }');
    expect(questions[1]?.query).toContain('sort: asc');
  });

  it.each([
    [
      'GraphQL',
      200,
      {
        errors: [
          {
            message:
              'Variable "$filter" got invalid value; "social" does not exist in "ChannelType" enum.',
          },
        ],
      },
    ],
    ['a plain 400', 400, { error: { message: [{ description: 'channelType is not valid' }] } }],
  ])('is asked for all channels when it refuses one (%s)', async (_name, status, refusal) => {
    const { contactCenter, questions } = await startFake((request, _number, response) => {
      if (!request.body.includes('"channelType":{')) {
        return pageOf([chat('a'), chat('b', { channelType: 'social' })]);
      }
      sendJson(response, status, refusal);
      return undefined;
    });
    const query = queryWith({ channel: 'social', queueIds: ['q1'] });
    const [page] = await collect(searchTasks(contactCenter, callerWith(), query));
    expect(page?.tasks.map(({ id }) => id)).toEqual(['b']);
    expect(page?.droppedByClient.map(({ id }) => id)).toEqual(['a']);
    expect(questions.map(({ variables }) => variables['filter'])).toEqual([
      { and: [{ channelType: { equals: 'social' } }, { lastQueue: { id: { equals: 'q1' } } }] },
      { lastQueue: { id: { equals: 'q1' } } },
    ]);
  });

  it('is asked the full question again for another channel', async () => {
    const { contactCenter, questions } = await startFake((request) =>
      request.body.includes('"equals":"social"')
        ? validationError('Validation error: channelType')
        : pageOf([]),
    );
    await collect(searchTasks(contactCenter, callerWith(), queryWith({ channel: 'social' })));
    await collect(searchTasks(contactCenter, callerWith(), queryWith({ channel: 'chat' })));
    expect(questions.at(-1)?.variables['filter']).toEqual({ channelType: { equals: 'chat' } });
  });

  it('gives up part after part when it does not say what is wrong, and tells the first refusal', async () => {
    const { contactCenter, questions } = await startFake((_request, number, response) => {
      sendJson(response, 400, { message: `Bad Request ${number}` });
    });
    const result = collect(searchTasks(contactCenter, callerWith(), queryWith()));
    await expect(result).rejects.toMatchObject({ status: 400, detail: 'Bad Request 1' });
    const all = collect(searchTasks(contactCenter, callerWith(), queryWith({ channel: 'all' })));
    await expect(all).rejects.toMatchObject({ detail: 'Bad Request 4' });
    // Full, unsorted, unfiltered; nothing is filtered by channel where all are asked for.
    expect(questions).toHaveLength(3 + 2);
    expect(contactCenter.dialects.size).toBe(0);
  });

  it('keeps order and filter of the first page for all that follow', async () => {
    const { contactCenter, questions } = await startFake((_request, number, response) => {
      if (number === 1) return pageOf([chat('a')], '1');
      sendJson(response, 400, { message: 'sort and channelType are not possible' });
      return undefined;
    });
    const result = collect(searchTasks(contactCenter, callerWith(), queryWith()));
    await expect(result).rejects.toMatchObject({ status: 400 });
    expect(questions).toHaveLength(2);
  });
});

describe('continuing after a restart', () => {
  it('goes on at the cursor with the question it belongs to', async () => {
    const { contactCenter, questions } = await startFake((request, number) => {
      if (/sort: asc|"channelType":\{/.test(request.body) && number < 4) {
        return validationError(number === 1 ? 'Validation: sort' : 'Validation: channelType');
      }
      return number === 3 ? pageOf([chat('a')], '250') : pageOf([chat('b')]);
    });
    const pages = searchTasks(contactCenter, callerWith(), queryWith());
    const first = await pages.next();
    contactCenter.dialects.clear();
    const cursor = first.done ? undefined : first.value.nextCursor;
    const rest = await collect(searchTasks(contactCenter, callerWith(), queryWith(), cursor));
    expect(rest.map(({ tasks }) => tasks.map(({ id }) => id))).toEqual([['b']]);
    expect(questions.at(-1)?.query).not.toContain('sort');
    expect(questions.at(-1)?.variables).toMatchObject({ cursor: '250' });
    expect(questions.at(-1)?.variables['filter']).toBeUndefined();
  });

  it('refuses a cursor that is not its own', async () => {
    const { contactCenter } = await startFake(() => pageOf([]));
    const result = collect(searchTasks(contactCenter, callerWith(), queryWith(), '250'));
    await expect(result).rejects.toBeInstanceOf(TypeError);
  });
});
