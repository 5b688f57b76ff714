import { expect, test } from 'vitest';
import { closest } from '../../../src/bot/grammar/closest.ts';

const queues = ['Support', 'Sales EMEA', 'Sales APAC', 'Rückfragen', 'VIP'];

test.each([
  ['support', 'Support', 'another case'],
  ['Suport', 'Support', 'a missing letter'],
  ['Supoprt', 'Support', 'two letters swapped'],
  ['Suppport', 'Support', 'a letter too many'],
  ['Suppirt', 'Support', 'a wrong letter'],
  ['sales apca', 'Sales APAC', 'the nearest of several'],
  ['Ruckfragen', 'Rückfragen', 'a missing accent'],
  ['Ru\u0308ckfragen', 'Rückfragen', 'an accent written separately'],
  ['VIB', 'VIP', 'one mistake in a short word'],
])('takes %s for %s: %s', (word, candidate) => {
  expect(closest(word, queues)).toBe(candidate);
});

test.each(['', 'V', 'VBB', 'Billing', 'Sup', 'x'.repeat(500)])('finds nothing near %s', (word) => {
  expect(closest(word, queues)).toBeUndefined();
});

test('finds nothing among no candidates', () => {
  expect(closest('Support', [])).toBeUndefined();
});

test('takes the first of two that are equally near', () => {
  expect(closest('Team X', ['Team A', 'Team B'])).toBe('Team A');
});
