import { isSamePerson } from './ids.ts';
import type { Message, Person } from './schema.ts';

const mention = /<spark-mention\b([^>]*)>([^<]*)<\/spark-mention>/gi;
const objectId = /\bdata-object-id\s*=\s*(?:"([^"]*)"|'([^']*)')/i;

/**
 * The text of a message without the mentions of the bot. Only the HTML tells a mention from the same word
 * typed by hand, and only the plain text has the line breaks and quotes as they were typed; so mentions
 * are found in the one and taken out of the other, by counting how often the name stands before them.
 */
export function withoutMention(
  { text, html, mentionedPeople }: Pick<Message, 'text' | 'html' | 'mentionedPeople'>,
  me: Pick<Person, 'id' | 'displayName'>,
): string {
  const own = ownMentions(html ?? '', me.id);
  if (own.length > 0) return takeOut(text, own);
  const mentioned = mentionedPeople.some((id) => isSamePerson(id, me.id));
  return mentioned ? withoutLeadingName(text, me.displayName) : text.trim();
}

interface OwnMention {
  readonly name: string;
  /** How many times the name stands in the text before this mention. */
  readonly before: number;
}

function ownMentions(html: string, ownId: string): OwnMention[] {
  const found: OwnMention[] = [];
  for (const match of html.matchAll(mention)) {
    const [, attributes = '', inner = ''] = match;
    const id = objectId.exec(attributes);
    if (!isSamePerson(id?.[1] ?? id?.[2] ?? '', ownId)) continue;
    const name = decodeEntities(inner).trim();
    if (name === '') continue;
    found.push({ name, before: count(toText(html.slice(0, match.index)), name) });
  }
  return found;
}

function takeOut(text: string, mentions: readonly OwnMention[]): string {
  let rest = text;
  // From the last to the first, so that the counts of the earlier ones stay right.
  for (const { name, before } of mentions.toReversed()) {
    const at = nthIndexOf(rest, name, before);
    if (at < 0) continue;
    const head = rest.slice(0, at).trimEnd();
    const tail = rest.slice(at + name.length);
    // People write "@bot, do this" and "@bot: do this".
    rest = head === '' ? tail.replace(/^[\s,:]+/, '') : `${head} ${tail.trimStart()}`;
  }
  return rest.trim();
}

/** Apps show a bot by its first word, so either may stand at the start. */
function withoutLeadingName(text: string, displayName: string): string {
  const trimmed = text.trim();
  const firstWord = displayName.split(/\s/)[0] ?? '';
  for (const name of [displayName, firstWord]) {
    if (name !== '' && trimmed.startsWith(name)) {
      return trimmed.slice(name.length).replace(/^[\s,:]+/, '');
    }
  }
  return trimmed;
}

function toText(html: string): string {
  return decodeEntities(html.replace(/<[^>]*>/g, ''));
}

const entities = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
]);

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,8}));/gi,
    (all, hex, decimal, name) => {
      if (name !== undefined) return entities.get(String(name).toLowerCase()) ?? all;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function nthIndexOf(text: string, part: string, before: number): number {
  let at = text.indexOf(part);
  for (let skipped = 0; skipped < before && at >= 0; skipped++) {
    at = text.indexOf(part, at + part.length);
  }
  return at;
}
