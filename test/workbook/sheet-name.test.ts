import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SheetNames } from '../../src/workbook/sheet-name.ts';
import { isWellFormed } from './support/text.ts';

function createNaming(): (wanted: string) => string {
  const names = new SheetNames();
  return (wanted) => names.give(wanted);
}

test('keeps good names', () => {
  const name = createNaming();
  const names = ['Summary', 'Conversations', 'Messages', 'Not exported', '会話', 'A & <B>'];
  expect(names.map(name)).toEqual(names);
});

test('replaces what some program forbids', () => {
  const name = createNaming();
  expect(name('a/b:c*?[x]\\d')).toBe('a-b-c---x--d');
  expect(name("'Bob's chats'")).toBe('’Bob’s chats’');
  expect(name('  tab\tand\nline  ')).toBe('tab and line');
  expect(name('History')).toBe('History -');
  expect(name('_x0041_')).toBe('-x0041_');
  expect(name(' \n ')).toBe('Sheet');
});

test('numbers names that are taken, whatever their case', () => {
  const name = createNaming();
  expect(['Messages', 'messages', 'MESSAGES', 'Messages (2)'].map(name)).toEqual([
    'Messages',
    'messages (2)',
    'MESSAGES (3)',
    'Messages (2) (2)',
  ]);
});

test('cuts long names to 31 units, the number included, never inside a character', () => {
  const name = createNaming();
  expect(name('x'.repeat(40))).toBe('x'.repeat(31));
  expect(name('x'.repeat(40))).toBe(`${'x'.repeat(27)} (2)`);
  expect(name('😀'.repeat(20))).toBe('😀'.repeat(15));
});

test('makes 10,000 valid and different names of anything', () => {
  const name = createNaming();
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

test('knows the names that it gave, as they stand on the tabs', () => {
  const names = new SheetNames();
  const given = [names.give('a/b'), names.give('A/B')];
  expect(given.every((name) => names.has(name))).toBe(true);
  expect(['a/b', 'a-B', 'A/B'].some((name) => names.has(name))).toBe(false);
});
