import { cardTexts } from '../webex/cards.ts';
import type { Person } from '../webex/directory.ts';
import type { Message } from '../webex/message.ts';
import { escapeHtml } from '../webex/text.ts';
import type { Webex } from '../webex/webex.ts';

/** What the page calls a person's own space with the bot, before and after it exists. */
export const directKey = 'direct';

/** A message the way the page shows it; the HTML in it is ours. */
export function messageView(message: Message) {
  const { id, parentId, author, text, html, file, card, createdMs, edits } = message;
  return {
    id,
    space: message.roomType === 'direct' ? directKey : message.roomId,
    parentId,
    author: { id: author.id, name: author.displayName, isBot: author.type === 'bot' },
    html: card ? '' : (html ?? `<p>${escapeHtml(text)}</p>`),
    /** In a line, for where there is no room for more. */
    summary: card ? (cardTexts(card)[0] ?? 'a card') : text || (file?.name ?? ''),
    card,
    file: file && { name: file.name, sizeBytes: file.bytes.length },
    createdMs,
    edited: edits > 0,
  };
}

/** The spaces of a person, that with the bot among them even before it exists. */
export function spacesView(webex: Webex, person: Person) {
  const { bot, people, space } = webex;
  const groups = webex.spacesOf(person).filter(({ type }) => type === 'group');
  const memberView = (member: Person) => ({
    id: member.id,
    name: member.displayName,
    organization: member.organization.name,
    isBot: member.type === 'bot',
    isExternal: isExternal(webex, member),
  });
  return {
    spaces: [
      ...groups.map(({ id, title }) => ({
        id,
        title,
        mentions: bot.displayName,
        members: webex.membersOf(id).map(memberView),
      })),
      { id: directKey, title: bot.displayName, members: [person, bot].map(memberView) },
    ],
    joinable: webex.isMember(space.id, person) ? undefined : space.title,
    /** Who can be asked into the group space by those who are in it. */
    invitable: Object.values(people)
      .filter((candidate) => !webex.isMember(space.id, candidate))
      .map(memberView),
  };
}

export function isExternal({ organizations }: Webex, { type, organization }: Person): boolean {
  return type === 'person' && organization.id !== organizations.home.id;
}
