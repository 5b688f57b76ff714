import type { Card } from './cards.ts';
import { cardJson } from './cards.ts';
import type { Person } from './directory.ts';
import type { Room } from './spaces.ts';

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface Message {
  readonly id: string;
  readonly roomId: string;
  readonly roomType: Room['type'];
  readonly parentId: string | undefined;
  readonly author: Person;
  readonly text: string;
  readonly markdown: string | undefined;
  readonly html: string | undefined;
  readonly mentionedPeople: readonly string[];
  readonly mentionsAll: boolean;
  readonly file: StoredFile | undefined;
  readonly card: Card | undefined;
  readonly edits: number;
  readonly createdMs: number;
  readonly updatedMs: number | undefined;
}

export interface AttachmentAction {
  readonly id: string;
  readonly messageId: string;
  readonly roomId: string;
  readonly person: Person;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
}

export function messageJson(message: Message, contentsUrl: string) {
  const { id, roomId, roomType, parentId, author, text, html, markdown, file, card } = message;
  const { mentionedPeople, mentionsAll, createdMs, updatedMs } = message;
  return {
    id,
    roomId,
    roomType,
    ...(parentId !== undefined && { parentId }),
    ...(text !== '' && { text }),
    ...(markdown !== undefined && { markdown }),
    ...(html !== undefined && { html }),
    ...(file && { files: [`${contentsUrl}/${file.id}`] }),
    ...(card && { attachments: [cardJson(card)] }),
    personId: author.id,
    personEmail: author.email,
    ...(mentionedPeople.length > 0 && { mentionedPeople }),
    ...(mentionsAll && { mentionedGroups: ['all'] }),
    created: new Date(createdMs).toISOString(),
    ...(updatedMs !== undefined && { updated: new Date(updatedMs).toISOString() }),
  };
}

export function actionJson({ id, messageId, roomId, person, inputs, createdMs }: AttachmentAction) {
  return {
    id,
    type: 'submit',
    messageId,
    inputs,
    personId: person.id,
    roomId,
    created: new Date(createdMs).toISOString(),
  };
}
