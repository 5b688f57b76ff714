import { expect, test } from 'vitest';
import { AscendingDigits, fractionDigits } from '../../src/workbook/digits.ts';

test('names every double exactly', () => {
  const values = [0.1, 1 / 3, 46_339.000_070_868_05, 95 / 86_400, 1e-9, 5e-324, 1.797e308, -0.7];
  expect(values.map((value) => Number(fractionDigits(value)))).toEqual(values);
});

test('writes whole numbers as they are', () => {
  expect([0, 46_339, -3].map(fractionDigits)).toEqual(['0', '46339', '-3']);
});

test('writes ascending numbers, over thousands and gaps', () => {
  const digits = new AscendingDigits();
  const values = [1, 2, 999, 1_000, 1_001, 1_999, 2_000, 9_999, 10_000, 123_456, 1_048_576];
  expect(values.map((value) => digits.of(value))).toEqual(values.map(String));
});

test('begins again where the numbers do', () => {
  const digits = new AscendingDigits();
  const values = [1_500, 1, 1_501, 2_000, 1];
  expect(values.map((value) => digits.of(value))).toEqual(values.map(String));
});
