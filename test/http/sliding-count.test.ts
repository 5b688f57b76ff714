import { expect, it } from 'vitest';
import { createSlidingCount } from '../../src/http/sliding-count.ts';

it('agrees with a plain list of instants over a long, uneven run', () => {
  const windowMs = 500;
  const count = createSlidingCount(windowMs);
  const instants: number[] = [];
  const wrong: number[] = [];
  let nowMs = 0;
  for (let step = 0; step < 6_000; step++) {
    nowMs += (step * 7) % 3;
    count.add(nowMs);
    instants.push(nowMs);
    const expected = instants.filter((at) => at > nowMs - windowMs).length;
    if (count.count(nowMs) !== expected) wrong.push(step);
    if (count.oldestMs() <= nowMs - windowMs) wrong.push(step);
    if (instants.length > 2_000) instants.splice(0, 1_000);
  }
  expect(wrong).toEqual([]);
});

it('counts nothing once the window has passed', () => {
  const count = createSlidingCount(10);
  count.add(1);
  count.add(1);
  expect([count.count(10), count.count(11), count.oldestMs()]).toEqual([2, 0, 0]);
});
