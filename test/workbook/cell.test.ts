import { expect, test } from 'vitest';
import { toCell, toPlainValue } from '../../src/workbook/cell.ts';
import type { CellValue, ColumnType } from '../../src/workbook/sheet.ts';

test.each<[string, unknown, CellValue]>([
  ['the empty text', '', undefined],
  ['NaN', Number.NaN, undefined],
  ['infinity', Number.POSITIVE_INFINITY, undefined],
  ['null', null, undefined],
  ['a bigint', 12_345_678_901_234_567_890n, '12345678901234567890'],
  ['a date', new Date(Date.UTC(2026, 10, 20, 9, 42)), '2026-11-20 09:42:00.000'],
  ['a date that is none', new Date(Number.NaN), 'NaN'],
  [
    'an object',
    { text: 'x', hyperlink: 'http://evil.example' },
    '{"text":"x","hyperlink":"http://evil.example"}',
  ],
  ['an object that asks for a formula', { formula: '1+1' }, '{"formula":"1+1"}'],
  ['an object that JSON cannot hold', { big: 1n }, '[object Object]'],
  ['a list', [1, 'a'], '[1,"a"]'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a text with a control character', 'a\u000bb', 'a\ufffdb'],
])('makes a plain value of %s', (_, value, expected) => {
  expect(toPlainValue(value)).toBe(expected);
});

test.each<[string, CellValue, ColumnType, string, CellValue]>([
  ['text', 'hello', 'text', 'text', 'hello'],
  ['a formula that is text', '=1+1', 'text', 'quoted', '=1+1'],
  ['a number in a text column', 42, 'text', 'text', '42'],
  ['a negative number in a text column', -42, 'text', 'quoted', '-42'],
  ['a boolean', true, 'boolean', 'boolean', true],
  ['a word among numbers', 'many', 'number', 'text', 'many'],
  ['an integer', 42, 'integer', 'integer', 42],
  ['a fraction among integers', 2.5, 'integer', 'number', 2.5],
  [
    'an integer that Excel would round',
    1_234_567_890_123_456,
    'integer',
    'text',
    '1234567890123456',
  ],
  ['a number', -0.5, 'number', 'number', -0.5],
  ['nothing', undefined, 'dateTime', 'empty', undefined],
  ['a duration of a day and a half', 129_600_000, 'duration', 'duration', 1.5],
  ['a negative duration', -90_061_000, 'duration', 'quoted', '-25:01:01'],
  ['the first day of March 1900', Date.UTC(1900, 2, 1), 'dateTime', 'dateTime', 61],
  ['a date before it', Date.UTC(1900, 1, 28), 'dateTime', 'text', '1900-02-28 00:00:00.000'],
  ['a date before year 0', Date.UTC(-1, 0, 1), 'dateTime', 'quoted', '-000001-01-01 00:00:00.000'],
  ['a date after 9999', Date.UTC(10_000, 0, 1), 'dateTime', 'quoted', '+010000-01-01 00:00:00.000'],
  ['a date that JavaScript cannot name', 1e17, 'dateTime', 'text', '100000000000000000'],
])('shows %s', (_, value, type, look, expected) => {
  expect(toCell(value, type)).toEqual({ look, value: expected });
});

test('keeps the millisecond of a date', () => {
  const atMs = Date.UTC(2026, 10, 20, 9, 42, 17, 123);
  const { value } = toCell(atMs, 'dateTime');
  expect(Math.round((Number(value) - 25_569) * 86_400_000)).toBe(atMs);
});
