import { expect, test } from 'vitest';
import { createLinks } from '../../src/sandbox/files/links.ts';

test('ends the life of all links given out so far, not of those to come', () => {
  let nowMs = 1_000;
  const links = createLinks({ nowMs: () => nowMs });
  const before = new URLSearchParams(links.sign('a', 60_000));
  const good = links.check('a', before);
  links.expireAll();
  nowMs++;
  const after = new URLSearchParams(links.sign('a', 60_000));
  expect([good, links.check('a', before), links.check('a', after)]).toEqual([
    'good',
    'expired',
    'good',
  ]);
});
