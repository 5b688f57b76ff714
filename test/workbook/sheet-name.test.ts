import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSheetNames } from '../../src/workbook/sheet-name.ts';
import { isWellFormed } from './support/text.ts';

test('keeps good names', () => {
  const name = createSheetNames();
  const names = ['Summary', 'Conversations', 'Messages', 'Not exported', '会話', 'A & <B>'];
  expect(names.map(name)).toEqual(names);
});

test('replaces what some program forbids', () => {
  const name = createSheetNames();
  expect(name('a/b:c*?[x]\\d')).toBe('a-b-c---x--d');
  expect(name("'Bob's chats'")).toBe('’Bob’s chats’');
  expect(name('  tab\tand\nline  ')).toBe('tab and line');
  expect(name('History')).toBe('History -');
  expect(name('_x0041_')).toBe('-x0041_');
  expect(name(' \n ')).toBe('Sheet');
});

test('numbers names that are taken, whatever their case', () => {
  const name = createSheetNames();
  expect(['Messages', 'messages', 'MESSAGES', 'Messages (2)'].map(name)).toEqual([
    'Messages',
    'messages (2)',
    'MESSAGES (3)',
    'Messages (2) (2)',
  ]);
});

test('cuts long names to 31 units, the number included, never inside a character', () => {
  const name = createSheetNames();
  expect(name('x'.repeat(40))).toBe('x'.repeat(31));
  expect(name('x'.repeat(40))).toBe(`${'x'.repeat(27)} (2)`);
  expect(name('😀'.repeat(20))).toBe('😀'.repeat(15));
});

test('makes 10,000 valid and different names of anything', () => {
  const name = createSheetNames();
  const wanted = fc.sample(fc.string({ unit: 'binary', maxLength: 50 }), 10_000);
  const names = wanted.map(name);
  expect(names.filter((one) => !isValid(one))).toEqual([]);
  expect(new Set(names.map((one) => one.toLowerCase())).size).toBe(10_000);
});

function isValid(name: string): boolean {
  return (
    name.length >= 1 &&
    name.length <= 31 &&
    !/[[\]:*?/\\']/.test(name) &&
    name.trim() === name &&
    isWellFormed(name) &&
    name.toLowerCase() !== 'history'
  );
}
