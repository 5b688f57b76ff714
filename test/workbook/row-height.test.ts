import { expect, test } from 'vitest';
import { rowHeight } from '../../src/workbook/row-height.ts';

test('leaves rows alone that need one line', () => {
  expect(
    rowHeight(
      ['x'.repeat(80), 12, undefined],
      [
        { index: 0, width: 80 },
        { index: 1, width: 80 },
        { index: 2, width: 80 },
      ],
    ),
  ).toBeUndefined();
});

test('does not look at columns that do not wrap', () => {
  expect(rowHeight(['x'.repeat(1_000), 'short'], [{ index: 1, width: 80 }])).toBeUndefined();
});

test('gives room to the cell with the most lines', () => {
  expect(
    rowHeight(
      ['a\nb\nc', 'x'.repeat(100)],
      [
        { index: 0, width: 20 },
        { index: 1, width: 50 },
      ],
    ),
  ).toBe(45);
  expect(
    rowHeight(
      ['a', 'x'.repeat(200)],
      [
        { index: 0, width: 20 },
        { index: 1, width: 50 },
      ],
    ),
  ).toBe(75);
});

test('counts each of the three ends of a line once', () => {
  expect(rowHeight(['a\r\nb\rc\nd'], [{ index: 0, width: 80 }])).toBe(60);
});

test('gives East Asian text twice the room', () => {
  expect(rowHeight(['您'.repeat(40)], [{ index: 0, width: 80 }])).toBeUndefined();
  expect(rowHeight(['您'.repeat(41)], [{ index: 0, width: 80 }])).toBe(30);
});

test('stays below the highest row that Excel has, however long the text', () => {
  expect(rowHeight(['\n'.repeat(1_000_000)], [{ index: 0, width: 80 }])).toBe(405);
});
