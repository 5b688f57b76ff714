import { describe, expect, it } from 'vitest';
import { listQueues, type Queue, resolveQueueNames } from '../../src/contact-center/queues.ts';
import { callerWith, collect, orgId, startFake } from './fake.ts';

const queue = (id: string, more: object = {}) => ({
  id,
  name: `Queue ${id}`,
  active: true,
  ...more,
});

describe('listing queues', () => {
  it('asks page after page until the last one', async () => {
    const { server, contactCenter } = await startFake((_request, number) => ({
      meta: { totalPages: 3 },
      data: [queue(`${number}a`), queue(`${number}b`, { active: false })],
    }));
    const queues = await collect(listQueues(contactCenter, callerWith()));
    expect(queues.map(({ id }) => id)).toEqual(['1a', '1b', '2a', '2b', '3a', '3b']);
    expect(server.requests.map(({ path }) => path)).toEqual(
      [0, 1, 2].map(
        (page) =>
          `/organization/${orgId}/v2/contact-service-queue?page=${page}&pageSize=100&attributes=id,name,channelType,active`,
      ),
    );
  });

  it('reads the bare list of version 1', async () => {
    const { contactCenter } = await startFake(() => [queue('a'), queue('b')]);
    const queues = await collect(listQueues(contactCenter, callerWith()));
    expect(queues).toHaveLength(2);
  });

  it.each([undefined, {}, { totalPages: 'many' }, 'none'])(
    'ends at a page that is not full when meta is %j',
    async (meta) => {
      const full = Array.from({ length: 100 }, (_, index) => queue(String(index)));
      const { server, contactCenter } = await startFake((_request, number) => ({
        meta,
        data: number === 1 ? full : [queue('last')],
      }));
      const queues = await collect(listQueues(contactCenter, callerWith()));
      expect([queues.length, server.requests.length]).toEqual([101, 2]);
    },
  );

  it('ends when a page brings nothing new', async () => {
    const { server, contactCenter } = await startFake(() => ({
      meta: { totalPages: 1_000_000 },
      data: [queue('a')],
    }));
    const queues = await collect(listQueues(contactCenter, callerWith()));
    expect([queues.length, server.requests.length]).toEqual([1, 2]);
  });

  it('leaves out what has no id or no name', async () => {
    const { contactCenter } = await startFake(() => ({
      meta: { totalPages: 1 },
      data: [{ id: 'x' }, null, { name: 'y' }, queue('a', { channelType: 'CHAT', active: null })],
    }));
    const queues = await collect(listQueues(contactCenter, callerWith()));
    expect(queues).toEqual([{ id: 'a', name: 'Queue a', active: undefined, channelType: 'CHAT' }]);
  });

  it.each([[{}], [{ data: null }], ['text']])('does not take %j for a list', async (answer) => {
    const { contactCenter } = await startFake(() => answer);
    const result = collect(listQueues(contactCenter, callerWith()));
    await expect(result).rejects.toMatchObject({ code: 'answer_invalid' });
  });
});

describe('resolving queue names', () => {
  const queues: Queue[] = [
    { id: '1', name: 'Support Chat', active: true, channelType: 'CHAT' },
    { id: '2', name: 'Sales', active: true, channelType: 'CHAT' },
    { id: '3', name: 'SALES', active: false, channelType: 'CHAT' },
    { id: '4', name: 'Größe  und Fit', active: true, channelType: undefined },
    { id: '5', name: 'Twin', active: true, channelType: undefined },
    { id: '6', name: 'Twin', active: true, channelType: undefined },
  ];
  const resolve = (...names: string[]) => {
    const { found, unknown } = resolveQueueNames(names, queues);
    return { found: found.map(({ id }) => id), unknown };
  };

  it('does not mind case, spaces around or doubled ones', () => {
    expect(resolve(' SUPPORT  chat', 'größe und fit')).toEqual({ found: ['1', '4'], unknown: [] });
  });

  it('takes the exact spelling when only case tells two queues apart', () => {
    expect(resolve('SALES')).toEqual({ found: ['3'], unknown: [] });
  });

  it('takes every queue that bears the name otherwise', () => {
    expect(resolve('sales', 'Twin')).toEqual({ found: ['2', '3', '5', '6'], unknown: [] });
  });

  it('lists every unknown name, and a queue named twice once', () => {
    expect(resolve('Sales', 'Nowhere', 'Sales', 'Neither')).toEqual({
      found: ['2'],
      unknown: ['Nowhere', 'Neither'],
    });
  });

  it('is not confused by names of built-in members', () => {
    expect(resolve('__proto__', 'constructor').unknown).toEqual(['__proto__', 'constructor']);
  });
});
