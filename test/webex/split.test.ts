import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitMessage } from '../../src/webex/split.ts';

const bytes = (text: string) => Buffer.byteLength(text);
const visible = (text: string) => text.replace(/\s+/g, '');

test('leaves a text of exactly the limit alone', () => {
  const text = 'x'.repeat(7_439);

  expect(splitMessage(text)).toEqual([text]);
});

test('counts bytes, not characters', () => {
  const pieces = splitMessage('é'.repeat(7_439));

  expect(pieces.map(bytes)).toEqual([7_438, 7_438, 2]);
});

test('never cuts a four-byte emoji in two at the limit', () => {
  const pieces = splitMessage(`${'x'.repeat(7_437)}😀end`);

  expect(pieces).toEqual(['x'.repeat(7_437), '😀end']);
});

test('keeps a family together, which is one picture of seven code points', () => {
  const family = '👨‍👩‍👧‍👦';

  const pieces = splitMessage(`${'x'.repeat(95)}${family}${family}`, 100);

  expect(pieces).toEqual(['x'.repeat(95), `${family}${family}`]);
});

test('prefers a paragraph, then a line, then a word', () => {
  const word = `${'w'.repeat(30)} `;
  const texts = [
    `${word.repeat(2)}\n\n${word}\n${word.repeat(2)}`,
    `${word.repeat(2)}\n${word.repeat(3)}`,
    word.repeat(5),
  ];

  const firsts = texts.map((text) => splitMessage(text, 120)[0]);

  const line = word.repeat(2).trimEnd();
  expect(firsts).toEqual([line, line, word.repeat(3).trimEnd()]);
});

test('keeps the indentation of a list that goes on in the next message', () => {
  const pieces = splitMessage(`- ${'a'.repeat(60)}\n  - ${'b'.repeat(60)}`, 80);

  expect(pieces[1]).toBe(`  - ${'b'.repeat(60)}`);
});

test('closes a code block that is cut and opens it again', () => {
  const lines = Array.from({ length: 6 }, (_, line) => `line ${line} ${'x'.repeat(20)}`);

  const pieces = splitMessage(`Look:\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\nDone.`, 110);

  expect(pieces).toEqual([
    `Look:\n\n\`\`\`text\n${lines.slice(0, 3).join('\n')}\n\`\`\``,
    `\`\`\`text\n${lines.slice(3).join('\n')}\n\`\`\`\nDone.`,
  ]);
});

test('does not open a code block again that ends right where it is cut', () => {
  const pieces = splitMessage(`\`\`\`\n${'x'.repeat(90)}\n\`\`\`\nDone.`, 100);

  expect(pieces).toEqual([`\`\`\`\n${'x'.repeat(90)}\n\`\`\``, 'Done.']);
});

test.each([
  ['a link', '[the guide](https://example.org/a)'],
  ['bold text', '**several words in bold**'],
  ['code', '`a b c d e f`'],
  ['a mention', '<@personEmail:ana@example.org|Ana P>'],
  ['an entity', '&amp;'],
  ['an escaped character', '\\*'],
])('does not cut through %s', (_what, atom) => {
  const offsets = Array.from({ length: atom.length }, (_, offset) => offset);

  const broken = offsets.filter((offset) => {
    const text = `${'x'.repeat(100 - offset)}${atom} ${'y'.repeat(50)}`;
    return !splitMessage(text, 100).some((piece) => piece.includes(atom));
  });

  expect(broken).toEqual([]);
});

test('comes to an end with one word, one grapheme or one code line larger than a message', () => {
  const texts = [
    'x'.repeat(1_000),
    `e${'\u0301'.repeat(1_000)}`,
    `\`\`\`\n${'x'.repeat(1_000)}\n\`\`\``,
    '`'.repeat(1_000),
    `[${'x'.repeat(1_000)}](https://example.org)`,
    ' '.repeat(1_000),
  ];

  const pieces = texts.flatMap((text) => splitMessage(text, 100));

  expect(Math.max(...pieces.map(bytes))).toBeLessThanOrEqual(100);
});

test('loses no character and keeps to the limit, whatever the text', () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constantFrom('\n', '\n\n', '  - ', '**', '[a](b)', '&lt;', '\\*', '`c`', '😀', '日本'),
  );
  const text = fc.array(word, { maxLength: 80 }).map((words) => words.join(' '));

  const check = fc.property(text, (markdown) => {
    fc.pre(!/^ {0,3}(?:```|~~~)/m.test(markdown));
    const pieces = splitMessage(markdown, 120);
    return (
      pieces.every((piece) => bytes(piece) <= 120) && visible(pieces.join('')) === visible(markdown)
    );
  });

  expect(() => fc.assert(check, { numRuns: 300 })).not.toThrow();
});
