import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { escapeMarkdown } from '../../src/webex/markdown.ts';

const markdownIt = new MarkdownIt({ html: true, linkify: false });

/** What people read of a line of Markdown. */
function rendered(markdown: string): string {
  return markdownIt
    .renderInline(markdown)
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

const payloads = [
  '<@all>',
  '<@all|everybody>',
  '<@personEmail:ceo@example.org>',
  '<@personEmail:ceo@example.org|Boss>',
  '<@personId:Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x|Boss>',
  '\\<@all>',
  '\\\\<@all>',
  '&lt;@all&gt;',
  '<<@all>>',
  '[click me](https://evil.example/?a=b)',
  '![picture](https://evil.example/pixel.png)',
  '<https://evil.example>',
  '[a][b] and [b]: https://evil.example',
  '**bold** __bold__ *it* _it_ ~~gone~~',
  '`code` and ```code```',
  '<script>alert(1)</script>',
  '<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>',
  '<a href="javascript:alert(1)">x</a>',
  'Team_A & Team_B < 5 > 3 \\ end',
  'https://evil.example/path_with_underscores',
];

test('the list of payloads holds twenty', () => {
  expect(payloads).toHaveLength(20);
});

test.each(payloads)('shows %s as it was written, and mentions or links nothing', (payload) => {
  const escaped = escapeMarkdown(payload);

  const seen = {
    text: rendered(escaped),
    mention: /<@/.test(escaped),
    tag: /<\/?\w/.test(escaped),
  };
  expect(seen).toEqual({ text: payload, mention: false, tag: false });
});

test.each(['- item', '+ item', '# title', '1. first', '2) second', '=== line', '> quote'])(
  'does not begin a block with %s',
  (line) => {
    const html = markdownIt.render(escapeMarkdown(line));

    expect(html).toMatch(/^<p>/);
  },
);

test('keeps line breaks, control characters and turned text direction out of the sentence', () => {
  const escaped = escapeMarkdown('a\r\n\n# b\u0007\u2028c \u202egnp.exe\u2066 \ud800!');

  expect(escaped).toBe('a # b c gnp.exe \ufffd!');
});

test('leaves ordinary text of any script alone', () => {
  const text = 'Kundenservice (DE), 2nd line - a.b@example.org, +49 30 1234, שלום, 日本語, 👩‍👩‍👧';

  expect(escapeMarkdown(text)).toBe(text);
});
