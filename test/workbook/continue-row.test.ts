import { expect, test } from 'vitest';
import { continueRow } from '../../src/workbook/continue-row.ts';

test('leaves a row alone whose texts fit', () => {
  expect(continueRow(['7', '0123456789', 1, undefined], 10)).toEqual([
    ['7', '0123456789', 1, undefined],
  ]);
});

test('continues a long text in further rows and repeats the other cells', () => {
  expect(continueRow(['7', '0123456789abc', true, undefined], 5)).toEqual([
    ['7', '01234', true, undefined],
    ['7', '56789', true, undefined],
    ['7', 'abc', true, undefined],
  ]);
});

test('lets each of two long texts end where it ends', () => {
  expect(continueRow(['7', 'aaaaabbbbbc', 'xxxxxy'], 5)).toEqual([
    ['7', 'aaaaa', 'xxxxx'],
    ['7', 'bbbbb', 'y'],
    ['7', 'c', undefined],
  ]);
});
