import { describe, expect, it } from 'vitest';
import {
  countByQueueAndChannel,
  countTasks,
  countTasksBy,
} from '../../src/contact-center/count.ts';
import { callerWith, queryWith, startFake } from './fake.ts';

function countsOf(tasks: unknown, endCursor?: string) {
  const pageInfo = { hasNextPage: endCursor !== undefined, endCursor: endCursor ?? null };
  return { data: { taskDetails: { tasks, pageInfo } } };
}

const count = (value: unknown, more: object = {}) => ({
  ...more,
  aggregation: [{ name: 'tasks', value }],
});

describe('counting tasks', () => {
  it.each([
    ['a number', [count(1_234)], 1_234],
    ['a string', [count('1234')], 1_234],
    ['a decimal', [count('12.0')], 12],
    ['no row for nothing', [], 0],
    ['no list for nothing', null, 0],
    ['a row that says nothing', [count(null)], 0],
    ['several rows', [count(2), count('3')], 5],
    ['one aggregation that is no list', [{ aggregation: { name: 'tasks', value: 7 } }], 7],
  ])('reads %s', async (_name, tasks, expected) => {
    const { contactCenter } = await startFake(() => countsOf(tasks));
    await expect(countTasks(contactCenter, callerWith(), queryWith())).resolves.toBe(expected);
  });

  it('asks with the window and the filter of the search', async () => {
    const { contactCenter, questions } = await startFake(() => countsOf([count(1)]));
    await countTasks(contactCenter, callerWith(), queryWith({ by: 'ended', queueIds: ['q1'] }));
    expect(questions[0]?.query).toContain('aggregations: [{ field: "id", type: count');
    expect(questions[0]?.variables).toMatchObject({
      from: Date.UTC(2026, 10, 13),
      to: Date.UTC(2026, 10, 20) - 1,
      by: 'endedTime',
      filter: {
        and: [{ channelType: { equals: 'chat' } }, { lastQueue: { id: { equals: 'q1' } } }],
      },
    });
  });

  it('counts what the search will list when the channel cannot be filtered', async () => {
    const { contactCenter, questions } = await startFake((request) =>
      request.body.includes('"channelType":{')
        ? { errors: [{ message: 'Validation error: channelType' }] }
        : countsOf([count(9)]),
    );
    const query = queryWith({ channel: 'digital' });
    await expect(countTasks(contactCenter, callerWith(), query)).resolves.toBe(9);
    await expect(countTasks(contactCenter, callerWith(), query)).resolves.toBe(9);
    expect(questions).toHaveLength(3);
    expect(contactCenter.dialects.get('digital')).toMatchObject({
      channelFilter: false,
      sorted: true,
    });
  });

  it('asks nothing for an empty window', async () => {
    const { server, contactCenter } = await startFake(() => countsOf([]));
    const empty = queryWith({ fromMs: 10, toMs: 5 });
    await expect(countTasks(contactCenter, callerWith(), empty)).resolves.toBe(0);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['a word', countsOf([count('many')])],
    ['no aggregation', countsOf([{}])],
    ['nothing', {}],
  ])('does not make a number of %s', async (_name, answer) => {
    const { contactCenter } = await startFake(() => answer);
    await expect(countTasks(contactCenter, callerWith(), queryWith())).rejects.toMatchObject({
      code: 'answer_invalid',
    });
  });
});

describe('counting by group', () => {
  it('takes the count apart by queue, over several pages', async () => {
    const { contactCenter, questions } = await startFake((_request, number) =>
      number === 1
        ? countsOf([count(3, { lastQueue: { id: 'q1', name: 'Support' } })], '1000')
        : countsOf([
            count('2', { lastQueue: { id: null, name: 'NA' } }),
            count(1, { lastQueue: null }),
          ]),
    );
    const counts = await countTasksBy(contactCenter, callerWith(), queryWith(), 'lastQueue');
    expect(counts).toEqual([
      { id: 'q1', name: 'Support', count: 3 },
      { id: undefined, name: undefined, count: 2 },
      { id: undefined, name: undefined, count: 1 },
    ]);
    expect(questions.map(({ variables }) => variables['cursor'])).toEqual(['NA', '1000']);
  });

  it('takes the count apart by channel', async () => {
    const { contactCenter } = await startFake(() =>
      countsOf([count(3, { channelType: 'chat' }), count(4, { channelType: 'email' })]),
    );
    const query = queryWith({ channel: 'all' });
    const counts = await countTasksBy(contactCenter, callerWith(), query, 'channelType');
    expect(counts.map(({ name, count }) => [name, count])).toEqual([
      ['chat', 3],
      ['email', 4],
    ]);
  });

  it('takes the count apart by queue and channel, without channels nobody asked for', async () => {
    const support = { lastQueue: { id: 'q1', name: 'Support' } };
    const { contactCenter, questions } = await startFake(({ body }) =>
      body.includes('"channelType":{')
        ? { errors: [{ message: 'Validation error: channelType' }] }
        : countsOf([
            count(3, { ...support, channelType: 'chat' }),
            count(4, { ...support, channelType: 'telephony' }),
            count(2, { lastQueue: null, channelType: 'chat' }),
          ]),
    );
    const counts = await countByQueueAndChannel(contactCenter, callerWith(), queryWith());
    expect(counts).toEqual([
      { queue: { id: 'q1', name: 'Support' }, channel: 'chat', count: 3 },
      { queue: undefined, channel: 'chat', count: 2 },
    ]);
    expect(questions.at(-1)?.query).toMatch(/lastQueue \{ id name \} channelType aggregation/);
  });

  it('stops when the pages do not end', async () => {
    const { server, contactCenter } = await startFake(() => countsOf([], 'again'));
    const result = countTasksBy(contactCenter, callerWith(), queryWith(), 'lastQueue');
    await expect(result).rejects.toMatchObject({ code: 'answer_invalid' });
    expect(server.requests).toHaveLength(100);
  });
});
