import { expect, test } from 'vitest';
import { continueRow } from '../../src/workbook/continue-row.ts';
import type { Column } from '../../src/workbook/sheet.ts';

const columns: readonly Column[] = [
  { header: 'id', type: 'text' },
  { header: 'message', type: 'text' },
  { header: 'note', type: 'text' },
  { header: 'part', type: 'continuation' },
];

test('leaves a row alone whose texts fit', () => {
  expect(continueRow(['7', '0123456789', 1, undefined], columns, 10)).toEqual([
    ['7', '0123456789', 1, undefined],
  ]);
});

test('continues a long text in further rows and repeats the other cells', () => {
  expect(continueRow(['7', '0123456789abc', true, undefined], columns, 5)).toEqual([
    ['7', '01234', true, '1 of 3'],
    ['7', '56789', true, '2 of 3'],
    ['7', 'abc', true, '3 of 3'],
  ]);
});

test('lets each of two long texts end where it ends', () => {
  expect(continueRow(['7', 'aaaaabbbbbc', 'xxxxxy', undefined], columns, 5)).toEqual([
    ['7', 'aaaaa', 'xxxxx', '1 of 3'],
    ['7', 'bbbbb', 'y', '2 of 3'],
    ['7', 'c', undefined, '3 of 3'],
  ]);
});

test('works without a column to say which part it is', () => {
  expect(continueRow(['7', '0123456'], columns.slice(0, 2), 5)).toEqual([
    ['7', '01234'],
    ['7', '56'],
  ]);
});
