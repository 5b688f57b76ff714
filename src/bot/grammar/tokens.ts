/**
 * From text to words, quoted names and commas. Tolerant of what chat clients and phones make of a
 * typed command (typographic quotes and dashes, odd spaces, invisible characters, full-width letters,
 * a code block around it all), so that the grammar after it can be strict.
 */
export type Token =
  /** `text` is folded for comparing; `raw` is what was written, for names and for quoting back. */
  | { readonly kind: 'word'; readonly text: string; readonly raw: string }
  | { readonly kind: 'quoted'; readonly text: string }
  /** A quote that never ends: everything after it. */
  | { readonly kind: 'unclosed'; readonly text: string }
  | { readonly kind: 'comma' };

/** Within a family any mark opens and any closes, because languages and keyboards mix them. */
const quoteFamilies = ['"“”„‟＂〝〞', '«»'] as const;
const commas = ',，、';

export function tokenise(text: string): Token[] {
  const clean = visibleText(text).replace(/^[ `]+|[ `]+$/g, '');
  const tokens: Token[] = [];
  let at = 0;
  while (at < clean.length) {
    const char = clean.charAt(at);
    const family = quoteFamilies.find((marks) => marks.includes(char));
    if (char === ' ') {
      at += 1;
    } else if (commas.includes(char)) {
      tokens.push({ kind: 'comma' });
      at += 1;
    } else if (family !== undefined) {
      const { token, end } = readQuoted(clean, at + 1, family);
      tokens.push(token);
      at = end;
    } else {
      const end = endOfWord(clean, at);
      const raw = clean.slice(at, end);
      const folded = foldWord(raw);
      if (folded !== '') tokens.push({ kind: 'word', text: folded, raw });
      at = end;
    }
  }
  return joined(tokens);
}

/** `to me` is one word to the grammar: alone, `to` stands between two dates. */
function joined(tokens: readonly Token[]): Token[] {
  const all: Token[] = [];
  for (const token of tokens) {
    const before = all.at(-1);
    const isPair =
      token.kind === 'word' &&
      token.text === 'me' &&
      before?.kind === 'word' &&
      before.text === 'to';
    if (isPair)
      all.splice(-1, 1, { kind: 'word', text: 'to me', raw: `${before.raw} ${token.raw}` });
    else all.push(token);
  }
  return all;
}

/** A name as the tokeniser would read it back out of its quotes. */
export function quote(name: string): string {
  const doubled = [...name].map((char) => (quoteFamilies[0].includes(char) ? char + char : char));
  return `"${doubled.join('')}"`;
}

/** Kept inside names: the joiners that Persian and emoji need, and the tags of flag emoji. */
const invisible = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Cf}/gu;

function visibleText(text: string): string {
  return text
    .replace(invisible, '')
    .replace(/[\s\p{Cc}]/gu, ' ')
    .normalize('NFC');
}

function readQuoted(text: string, from: number, family: string): { token: Token; end: number } {
  let content = '';
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (!family.includes(char)) {
      content += char;
    } else if (at + 1 < text.length && family.includes(text.charAt(at + 1))) {
      // Doubled, so it belongs to the name.
      content += char;
      at += 1;
    } else {
      return { token: { kind: 'quoted', text: content.trim() }, end: at + 1 };
    }
  }
  return { token: { kind: 'unclosed', text: content.trim() }, end: text.length };
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === ' ' || quoteFamilies.some((marks) => marks.includes(char))) break;
    // "1,5" is one (refused) number, not two words.
    if (commas.includes(char) && !/^\d.\d$/.test(text.slice(at - 1, at + 2))) break;
    at += 1;
  }
  return at;
}

function foldWord(raw: string): string {
  return raw
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Variation_Selector}]/gu, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .toLowerCase();
}
