import type { Message } from '../webex/message.ts';
import { escapeHtml } from '../webex/text.ts';

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
    card,
    file: file && { name: file.name, sizeBytes: file.bytes.length },
    createdMs,
    edited: edits > 0,
  };
}
