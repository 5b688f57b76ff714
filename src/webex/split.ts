/** Most bytes of `text` or `markdown` in one message (reference: Messaging API, create a message). */
const messageLimitBytes = 7_439;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What must not be cut in two: code, links, emphasis, mentions, entities, escaped characters. */
const atoms =
  /`[^`\n]+`|!?\[[^\]\n]*\]\([^)\n]*\)|\*\*[^*\n]+\*\*|<[@/a-z][^>\n]*>|&#?\w{1,32};|\\[!-/:-@[-`{-~]/gi;

/**
 * Cuts Markdown into messages that Webex accepts, at a paragraph, else a line, else a word, else
 * between two graphemes. A code block that is cut is closed, and opened again in the next message.
 */
export function splitMessage(markdown: string, limitBytes = messageLimitBytes): string[] {
  const pieces: string[] = [];
  let rest = markdown;
  let reopenedChars = 0;
  while (Buffer.byteLength(rest) > limitBytes) {
    const cut = cutOf(rest, limitBytes - closingBytes(rest), reopenedChars);
    const piece = rest.slice(0, cut);
    const block = openBlockOf(piece);
    pieces.push(block ? `${piece.trimEnd()}\n${block.fence}` : piece.trimEnd());
    const next = withoutSeparator(rest.slice(cut));
    const closing = block && closingLineOf(next, block);
    const reopening = block && closing === undefined ? `${block.line}\n` : '';
    rest = reopening + next.slice(closing?.length ?? 0);
    reopenedChars = reopening.length;
  }
  pieces.push(rest.trimEnd());
  const kept = pieces.filter((piece) => piece !== '');
  return kept.length > 0 ? kept : [''];
}

/** Blank lines go, or the spaces between two words; the indentation of a new line stays. */
function withoutSeparator(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+|^[^\S\n]+/, '');
}

/** Where to cut so that what stands before fits; always behind `after`, so that every cut gets on. */
function cutOf(text: string, roomBytes: number, after: number): number {
  const end = Math.max(lengthWithin(text, roomBytes), after + 1);
  const window = text.slice(0, end + 1);
  const candidates = [
    { at: window.lastIndexOf('\n\n'), least: end / 2 },
    { at: window.lastIndexOf('\n'), least: end / 4 },
    { at: lastSpaceOutsideAtoms(text, end), least: 0 },
    { at: graphemeStart(text, atomStart(text, end)), least: 0 },
    { at: graphemeStart(text, end), least: 0 },
  ];
  return candidates.find(({ at, least }) => at > after && at >= least)?.at ?? end;
}

/** Length of the longest beginning within so many UTF-8 bytes, in whole characters. */
function lengthWithin(text: string, bytes: number): number {
  let length = 0;
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    length += character.length;
  }
  return length;
}

function lastSpaceOutsideAtoms(text: string, end: number): number {
  let at = end;
  for (;;) {
    while (at > 0 && !/\s/.test(text.charAt(at))) at--;
    const start = atomStart(text, at);
    if (start === at || at <= 0) return at;
    at = start - 1;
  }
}

/** The start of the atom that a cut at `at` would go through, or `at` itself. */
function atomStart(text: string, at: number): number {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = text.indexOf('\n', at);
  const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  for (const match of line.matchAll(atoms)) {
    const start = lineStart + match.index;
    if (start >= at) break;
    if (at < start + match[0].length) return start;
  }
  return at;
}

function graphemeStart(text: string, at: number): number {
  return graphemes.segment(text).containing(at)?.index ?? at;
}

interface Block {
  /** The line that opened it, language and all. */
  readonly line: string;
  readonly fence: string;
}

/** The code block that is still open at the end of a text. */
function openBlockOf(text: string): Block | undefined {
  let open: Block | undefined;
  for (const match of text.matchAll(/^ {0,3}(`{3,20}|~{3,20})([^\n]{0,40})$/gm)) {
    const [line, fence, info] = match;
    if (fence === undefined) continue;
    if (!open) open = { line, fence };
    else if (fence.startsWith(open.fence) && !info?.trim()) open = undefined;
  }
  return open;
}

/** The end of the block, where the text goes on with it: then there is nothing to open again. */
function closingLineOf(text: string, { fence }: Block): string | undefined {
  const line = /^ {0,3}[`~]{3,}[^\S\n]*(?:\n|$)/.exec(text)?.[0];
  return line?.trim().startsWith(fence) ? line : undefined;
}

/** Room to keep for closing a block that is cut. */
function closingBytes(text: string): number {
  const fences = text.match(/^ {0,3}(?:`{3,20}|~{3,20})/gm) ?? [];
  return Math.max(0, ...fences.map((fence) => fence.length + 1));
}
