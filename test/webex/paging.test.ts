import { expect, test } from 'vitest';
import { nextPage } from '../../src/webex/paging.ts';

const base = new URL('https://webexapis.com/v1/memberships?max=2');
const next = 'https://webexapis.com/v1/memberships?max=2&cursor=b2Zmc2V0PTI,x;y';

test.each([
  ['alone', `<${next}>; rel="next"`],
  ['without quotes', `<${next}>; rel=next`],
  ['behind others', `<https://webexapis.com/v1/first>; rel="first", <${next}>; rel="next"`],
  ['before others', `<${next}>; rel="next", <https://webexapis.com/v1/last>; rel="last"`],
  ['in capitals, with another parameter first', `<${next}>; title="a, b"; REL="NEXT"`],
  ['beside another relation', `<${next}>;rel="last next"`],
  ['relative', '</v1/memberships?max=2&cursor=b2Zmc2V0PTI,x;y>; rel="next"'],
])('finds the next page: %s', (_how, header) => {
  expect(nextPage(header, base)?.href).toBe(next);
});

test.each([
  undefined,
  '',
  '<https://webexapis.com/v1/a>; rel="prev"',
  `<${next}>`,
  '<>',
  'rel="next"',
])('finds none in %s', (header) => {
  expect(nextPage(header, base)).toBeUndefined();
});
