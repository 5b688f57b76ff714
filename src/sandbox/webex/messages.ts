import type { Card } from './cards.ts';
import { cardButtons } from './cards.ts';
import type { Person } from './directory.ts';
import type { Feed } from './feed.ts';
import { isIdOf, newId } from './ids.ts';
import type { AttachmentAction, Message, StoredFile } from './message.ts';
import { Refusal } from './refusal.ts';
import { checkMayPost, type Room, type Spaces } from './spaces.ts';
import type { Rendered } from './text.ts';

/** Text as it was given, or as a Webex app has already put it together. */
export interface Content {
  readonly text?: string | undefined;
  readonly markdown?: string | undefined;
  readonly typed?: Rendered | undefined;
}

export interface Draft extends Content {
  readonly author: Person;
  readonly room: Room;
  readonly parentId?: string | undefined;
  readonly file?: Omit<StoredFile, 'id'> | undefined;
  readonly card?: Card | undefined;
  readonly agoMs?: number | undefined;
}

interface Deps {
  readonly spaces: Spaces;
  readonly feed: Feed;
  readonly render: (markdown: string) => Rendered;
  readonly now: () => number;
}

/** Source: Messaging API, POST and PUT /messages. */
const maxTextBytes = 7_439;
const maxEdits = 10;

/** The messages of all spaces and the rules for making, changing and reading them. */
export class Messages {
  readonly #messages = new Map<string, Message>();
  readonly #files = new Map<string, { readonly file: StoredFile; readonly messageId: string }>();
  readonly #actions = new Map<string, AttachmentAction>();
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  post(draft: Draft): Message {
    const { author, room, file, card } = draft;
    const { feed, now } = this.#deps;
    checkMayPost(author, room);
    if (file && card) throw new Refusal(400, 'A message cannot hold a file and a card.');
    const content = this.#content(draft);
    if (!content && !file) throw new Refusal(400, 'Message text, markdown or files are required.');
    if (!content && card) throw new Refusal(400, 'A card needs text or markdown to fall back to.');
    const message: Message = {
      ...(content ?? noContent),
      id: newId('MESSAGE'),
      roomId: room.id,
      roomType: room.type,
      parentId: draft.parentId && this.#threadRoot(draft.parentId, room).id,
      author,
      file: file && { ...file, id: newId('CONTENT') },
      card,
      edits: 0,
      createdMs: now() - (draft.agoMs ?? 0),
      updatedMs: undefined,
    };
    this.#messages.set(message.id, message);
    if (message.file) {
      this.#files.set(message.file.id, { file: message.file, messageId: message.id });
    }
    feed.publish({ resource: 'messages', event: 'created', actor: author, message });
    return message;
  }

  edit(editor: Person, messageId: string, given: Content & { readonly roomId: string }): Message {
    const { feed, now } = this.#deps;
    const known = this.messageFor(editor, messageId);
    if (known.author.id !== editor.id) throw new Refusal(403, 'Only the author may edit.');
    if (known.roomId !== given.roomId) throw new Refusal(400, 'roomId does not match the message.');
    if (known.file || known.card) {
      throw new Refusal(400, 'Messages with files or attachments cannot be edited.');
    }
    if (known.edits >= maxEdits) throw new Refusal(400, 'A message can be edited ten times.');
    const content = this.#content(given);
    if (!content) throw new Refusal(400, 'text or markdown is required.');
    const message = { ...known, ...content, edits: known.edits + 1, updatedMs: now() };
    this.#messages.set(messageId, message);
    feed.publish({ resource: 'messages', event: 'updated', actor: editor, message });
    return message;
  }

  delete(actor: Person, messageId: string): void {
    const message = this.messageFor(actor, messageId);
    if (message.author.id !== actor.id) throw new Refusal(403, 'Only the author may delete.');
    this.#messages.delete(messageId);
    if (message.file) this.#files.delete(message.file.id);
    this.#deps.feed.publish({ resource: 'messages', event: 'deleted', actor, message });
  }

  /** A button of the message's card, pressed by somebody in the space. */
  press(person: Person, messageId: string, inputs: AttachmentAction['inputs']): AttachmentAction {
    const message = this.messageFor(person, messageId);
    const submits = message.card && cardButtons(message.card);
    if (!submits?.some(({ type }) => type === 'Action.Submit')) {
      throw new Refusal(400, 'The message has no card with something to submit.');
    }
    const action: AttachmentAction = {
      id: newId('ATTACHMENT_ACTION'),
      messageId,
      roomId: message.roomId,
      person,
      inputs,
      createdMs: this.#deps.now(),
    };
    this.#actions.set(action.id, action);
    this.#deps.feed.publish({
      resource: 'attachmentActions',
      event: 'created',
      actor: person,
      action,
      message,
    });
    return action;
  }

  /** Oldest first. */
  inRoom(roomId: string): Message[] {
    return [...this.#messages.values()].filter((message) => message.roomId === roomId);
  }

  byId(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  /** @throws {Refusal} 404 where there is none and where the person may not see it alike */
  messageFor(person: Person, id: string): Message {
    const message = this.#messages.get(id);
    if (message && this.canSee(person, message)) return message;
    throw new Refusal(404, 'Unable to find message.');
  }

  actionFor(person: Person, id: string): AttachmentAction {
    const action = this.#actions.get(id);
    const message = action && this.#messages.get(action.messageId);
    if (action && message?.author.id === person.id) return action;
    throw new Refusal(404, 'Unable to find attachment action.');
  }

  fileFor(person: Person, id: string): StoredFile {
    const stored = this.#files.get(id);
    if (!stored) throw new Refusal(404, 'Unable to find content.');
    this.messageFor(person, stored.messageId);
    return stored.file;
  }

  /** People see their spaces; a bot sees of a group space only what mentions it, and its own words. */
  canSee(person: Person, { roomId, roomType, author, mentionedPeople }: Message): boolean {
    if (!this.#deps.spaces.membership(roomId, person.id)) return false;
    if (person.type !== 'bot' || roomType === 'direct' || author.id === person.id) return true;
    return mentionedPeople.includes(person.id);
  }

  #threadRoot(parentId: string, room: Room): Message {
    if (!isIdOf('MESSAGE', parentId)) throw new Refusal(400, 'parentId is not a message id.');
    const parent = this.#messages.get(parentId);
    if (parent?.roomId !== room.id) throw new Refusal(404, 'Unable to find parent message.');
    if (parent.parentId) throw new Refusal(400, 'parentId must be the first message of a thread.');
    return parent;
  }

  #content({ text, markdown, typed }: Content): MessageContent | undefined {
    for (const given of [text, markdown, typed?.text]) {
      if (Buffer.byteLength(given ?? '') > maxTextBytes) {
        throw new Refusal(400, `Message text is longer than ${maxTextBytes} bytes.`);
      }
    }
    if (typed) return { ...typed, markdown: undefined };
    if (markdown) return { ...this.#deps.render(markdown), markdown };
    return text ? { ...noContent, text } : undefined;
  }
}

type MessageContent = Pick<
  Message,
  'text' | 'markdown' | 'html' | 'mentionedPeople' | 'mentionsAll'
>;

const noContent: MessageContent = {
  text: '',
  markdown: undefined,
  html: undefined,
  mentionedPeople: [],
  mentionsAll: false,
};
