/**
 * Cuts a text into pieces of at most `limit` UTF-16 units, between graphemes wherever a grapheme fits: an
 * emoji family or a letter with its accents stays whole. Joined again the pieces are the text.
 */
export function splitText(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const at = cutAt(rest, limit);
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  pieces.push(rest);
  return pieces;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

function cutAt(text: string, limit: number): number {
  // Between two ASCII characters is always a boundary; CR, the one exception, does not pass cleanText.
  if (isAscii(text, limit - 1) && isAscii(text, limit)) return limit;
  // The text starts at a boundary, so its first piece says all; segmenting megabytes would block.
  const start = graphemes.segment(text.slice(0, limit + 2)).containing(limit)?.index ?? limit;
  if (start > 0) return start;
  // One grapheme longer than a cell (a letter under thousands of accents): between code points then.
  return isHighSurrogate(text, limit - 1) && limit > 1 ? limit - 1 : limit;
}

function isAscii(text: string, at: number): boolean {
  return text.charCodeAt(at) < 0x80;
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff;
}
