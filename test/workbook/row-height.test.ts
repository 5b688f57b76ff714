import { expect, test } from 'vitest';
import { rowHeight } from '../../src/workbook/row-height.ts';

test('leaves rows alone that need one line', () => {
  expect(rowHeight(['x'.repeat(80), 12, undefined], [80, 80, 80])).toBeUndefined();
});

test('does not look at columns that do not wrap', () => {
  expect(rowHeight(['x'.repeat(1_000), 'short'], [undefined, 80])).toBeUndefined();
});

test('gives room to the cell with the most lines', () => {
  expect(rowHeight(['a\nb\nc', 'x'.repeat(100)], [20, 50])).toBe(45);
  expect(rowHeight(['a', 'x'.repeat(200)], [20, 50])).toBe(75);
});

test('gives East Asian text twice the room', () => {
  expect(rowHeight(['您'.repeat(40)], [80])).toBeUndefined();
  expect(rowHeight(['您'.repeat(41)], [80])).toBe(30);
});

test('stays below the highest row that Excel has, however long the text', () => {
  expect(rowHeight(['\n'.repeat(1_000_000)], [80])).toBe(405);
});
