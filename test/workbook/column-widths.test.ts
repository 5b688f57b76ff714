import { expect, test } from 'vitest';
import { columnWidths } from '../../src/workbook/column-widths.ts';

test('takes the width that is given', () => {
  expect(
    columnWidths([{ header: 'a long header', type: 'text', width: 7 }], [['x'.repeat(90)]]),
  ).toEqual([7]);
});

test('leaves room for the filter button beside the header', () => {
  expect(columnWidths([{ header: 'participant_name', type: 'text' }], [])).toEqual([19]);
});

test('fits the longest line of the sample, between a smallest and a largest width', () => {
  const column = { header: 'm', type: 'text' } as const;
  expect(columnWidths([column], [['ab'], ['one line of 22 letters\nshort'], [undefined]])).toEqual([
    23,
  ]);
  expect(columnWidths([column], [['a']])).toEqual([6]);
  expect(columnWidths([column], [['a'.repeat(1_000)]])).toEqual([50]);
  expect(columnWidths([{ ...column, wrap: true }], [['a'.repeat(1_000)]])).toEqual([80]);
});

test('counts East Asian letters and emoji twice', () => {
  expect(columnWidths([{ header: 'm', type: 'text' }], [['您好您好😀 ok']])).toEqual([14]);
});

test('knows how wide dates and durations are shown', () => {
  expect(
    columnWidths(
      [
        { header: 'at', type: 'dateTime' },
        { header: 'took', type: 'duration' },
        { header: 'created (America/Argentina/Buenos_Aires)', type: 'dateTime' },
      ],
      [],
    ),
  ).toEqual([24, 11, 43]);
});
