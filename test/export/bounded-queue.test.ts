import { expect, test } from 'vitest';
import { BoundedQueue } from '../../src/export/bounded-queue.ts';

test('makes the one who fills it wait until there is room', async () => {
  const queue = new BoundedQueue<number>(2);
  await queue.put(1);
  await queue.put(2);
  let third = 'waiting';
  const put = queue.put(3).then(() => {
    third = 'inside';
  });
  const before = third;
  const first = await queue.take();
  await put;
  expect({ before, first, after: third }).toEqual({ before: 'waiting', first: 1, after: 'inside' });
});

test('hands out full batches, and a smaller one only at the end', async () => {
  const queue = new BoundedQueue<number>(10);
  const batches = Promise.all([queue.takeBatch(3), queue.takeBatch(3), queue.takeBatch(3)]);
  for (const item of [1, 2, 3, 4]) await queue.put(item);
  queue.close();
  expect(await batches).toEqual([[1, 2, 3], [4], []]);
});

test('gives everybody who waits, and everybody who comes, the error it failed with', async () => {
  const queue = new BoundedQueue<number>(1);
  await queue.put(1);
  const putting = queue.put(2);
  const taking = queue.takeBatch(1);
  queue.fail(new Error('the search broke'));
  const results = await Promise.allSettled([putting, queue.take(), taking]);
  expect(results.slice(0, 2).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
