import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanText } from '../../src/workbook/clean-text.ts';
import { payloads } from '../security/data/cell-payloads.ts';

test('leaves ordinary text as it is, in every script', () => {
  const texts = [
    'Guten Tag',
    'Привет',
    'مرحبا',
    '你好',
    '👩‍👩‍👧‍👦 🇩🇪',
    'tab\tand\nline',
    '\u0080\u0085\u2028\ufeff',
  ];
  expect(texts.map(cleanText)).toEqual(texts);
});

test('leaves every hostile payload as it is: what is dangerous is how a cell is written', () => {
  expect(payloads.map(cleanText)).toEqual(payloads);
});

test('turns every kind of line end into a line feed', () => {
  expect(cleanText('a\r\nb\rc\n\rd')).toBe('a\nb\nc\n\nd');
});

test('shows where a character was that XML forbids', () => {
  expect(cleanText('a\u0000b\u000bc\u001bd\ufffee\uffff')).toBe(
    'a\ufffdb\ufffdc\ufffdd\ufffde\ufffd',
  );
});

test('shows where a DEL was, which exceljs would drop', () => {
  expect(cleanText('a\u007fb')).toBe('a\ufffdb');
});

test('shows where half of a surrogate pair was, and keeps whole pairs', () => {
  expect(cleanText('\ud83d 😀 \ude00 😀\ud83d')).toBe('\ufffd 😀 \ufffd 😀\ufffd');
});

test('keeps or replaces each of the 65,536 code units by the rules of XML 1.0', () => {
  const wrong: string[] = [];
  for (let unit = 0; unit <= 0xffff; unit++) {
    const expected = unit === 0x0d ? 0x0a : isKept(unit) ? unit : 0xfffd;
    const found = cleanText(`a${String.fromCharCode(unit)}b`);
    if (found !== `a${String.fromCharCode(expected)}b`) wrong.push(unit.toString(16));
  }
  expect(wrong).toEqual([]);
});

function isKept(unit: number): boolean {
  if (unit < 0x20) return unit === 0x09 || unit === 0x0a;
  return unit !== 0x7f && !(unit >= 0xd800 && unit <= 0xdfff) && unit < 0xfffe;
}

test('changes nothing the second time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(cleanText(cleanText(text))).toBe(cleanText(text));
    }),
  );
});
