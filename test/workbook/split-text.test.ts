import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitText } from '../../src/workbook/split-text.ts';
import { isWellFormed } from './support/text.ts';

const family = '👩‍👩‍👧‍👦';

test('leaves a text that fits whole', () => {
  expect(splitText('', 10)).toEqual(['']);
  expect(splitText('0123456789', 10)).toEqual(['0123456789']);
});

test('fills every piece but the last where letters are simple', () => {
  expect(splitText('0123456789abc', 5)).toEqual(['01234', '56789', 'abc']);
});

test.each([
  ['an emoji family', family],
  ['a flag', '🇩🇪'],
  ['a letter with accents', 'e\u0301\u0323'],
  ['a syllable of Hindi', 'क्षि'],
  ['an astral letter', '𝒳'],
])('does not cut %s in two', (_, grapheme) => {
  const text = `abc${grapheme}def`;
  for (let limit = grapheme.length + 1; limit < text.length; limit++) {
    const pieces = splitText(text, limit);
    expect(pieces.join('')).toBe(text);
    expect(pieces.filter((piece) => piece.includes(grapheme))).toHaveLength(1);
  }
});

test('keeps flags in pairs however many there are', () => {
  expect(splitText('🇩🇪'.repeat(5), 10)).toEqual(['🇩🇪🇩🇪', '🇩🇪🇩🇪', '🇩🇪']);
});

test('cuts a grapheme that is longer than a cell between its code points', () => {
  const pieces = splitText(`a${'\u0301'.repeat(25)}`, 10);
  expect(pieces.map((piece) => piece.length)).toEqual([10, 10, 6]);
  expect(splitText('😀'.repeat(3), 3)).toEqual(['😀', '😀', '😀']);
  expect(splitText(family, 3).join('')).toBe(family);
  expect(splitText(family, 3).every(isWellFormed)).toBe(true);
});

test('gives back any text when the pieces are joined, none too long, none broken', () => {
  const parts = fc.constantFrom(
    'a',
    ' ',
    '\n',
    'é',
    'e\u0301',
    family,
    '🇩🇪',
    '😀',
    '\u200d',
    '你',
    '\u0600',
  );
  const texts = fc.array(parts, { maxLength: 60 }).map((list) => list.join(''));
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 20 }), (text, limit) => {
      const pieces = splitText(text, limit);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(limit);
        expect(isWellFormed(piece)).toBe(true);
      }
    }),
  );
});

test('cuts megabytes of combining text', () => {
  const text = family.repeat(200_000);
  const pieces = splitText(text, 32_767);
  expect(pieces.join('')).toBe(text);
  expect(pieces.slice(0, -1).every((piece) => piece.length % family.length === 0)).toBe(true);
});
