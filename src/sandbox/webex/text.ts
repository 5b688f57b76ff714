import { default as MarkdownIt, type Token } from 'markdown-it';
import type { Person } from './directory.ts';

export interface Rendered {
  readonly html: string;
  readonly text: string;
  /** Ids of the people mentioned, each once. */
  readonly mentionedPeople: readonly string[];
  readonly mentionsAll: boolean;
}

export type FindPerson = (
  by: { readonly id: string } | { readonly email: string },
) => Person | undefined;

/** `<@personEmail:a@b.c|Name>`, `<@personId:…|Name>` (name optional) and `<@all>`. */
const mentionSyntax =
  /<@(?:(?<by>personEmail|personId):(?<who>[^|<>\s]+)(?:\|(?<name>[^<>]*))?|all)>/y;

const mentionToken = 'webex_mention';

/** Webex's Markdown: no raw HTML, no tables, no pictures, its own mentions. */
export function createRenderer(findPerson: FindPerson): (markdown: string) => Rendered {
  const markdownIt = new MarkdownIt({ html: false }).disable(['table', 'image']);
  markdownIt.inline.ruler.before('autolink', mentionToken, (state, silent) => {
    mentionSyntax.lastIndex = state.pos;
    const found = mentionSyntax.exec(state.src);
    if (!found) return false;
    const { by, who = '', name } = found.groups ?? {};
    const person = by && findPerson(by === 'personId' ? { id: who } : { email: who });
    // A mention of somebody Webex does not know stays the text it is.
    if (by && !person) return false;
    if (!silent) {
      const token = state.push(mentionToken, '', 0);
      token.content = name || (person ? firstWord(person.displayName) : 'All');
      token.meta = person ? { personId: person.id } : null;
    }
    state.pos += found[0].length;
    return true;
  });
  markdownIt.renderer.rules[mentionToken] = (tokens, index) => {
    const token = tokens[index];
    return token ? mentionHtml(token.content, mentionedId(token)) : '';
  };
  return (markdown) => {
    const tokens = markdownIt.parse(markdown, {});
    const mentions = tokens
      .flatMap(({ children }) => children ?? [])
      .filter(({ type }) => type === mentionToken);
    const ids = mentions.flatMap((token) => mentionedId(token) ?? []);
    return {
      html: markdownIt.renderer.render(tokens, markdownIt.options, {}).trim(),
      text: plainText(tokens),
      mentionedPeople: [...new Set(ids)],
      mentionsAll: ids.length < mentions.length,
    };
  };
}

/** What a Webex app sends when a person picks somebody from its list and then types. */
export function mentioning(person: Person, typed: string): Rendered {
  const name = firstWord(person.displayName);
  return {
    html: `<p>${mentionHtml(name, person.id)} ${escapeHtml(typed)}</p>`,
    text: `${name} ${typed}`.trim(),
    mentionedPeople: [person.id],
    mentionsAll: false,
  };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function mentionHtml(name: string, personId: string | undefined): string {
  return personId === undefined
    ? '<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>'
    : `<spark-mention data-object-type="person" data-object-id="${personId}">${escapeHtml(name)}</spark-mention>`;
}

function mentionedId(token: Token): string | undefined {
  const meta: unknown = token.meta;
  if (typeof meta !== 'object' || meta === null || !('personId' in meta)) return undefined;
  return typeof meta.personId === 'string' ? meta.personId : undefined;
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .filter(({ type }) => type === 'inline' || type === 'fence' || type === 'code_block')
    .map((token) => (token.children ? token.children.map(inlineText).join('') : token.content))
    .join('\n')
    .trim();
}

function inlineText({ type, content }: Token): string {
  return type === 'softbreak' || type === 'hardbreak' ? '\n' : content;
}

/** Apps show only the first word of a bot's name in a mention. */
function firstWord(name: string): string {
  return name.split(' ')[0] ?? name;
}
