import type { WebexClient } from './client.ts';
import type { RememberedEvent } from './event.ts';
import { isSamePerson } from './ids.ts';
import type { AttachmentAction, Membership, Message, Person } from './schema.ts';

/** What an event was about, as the API tells it. */
export type Subject =
  | {
      readonly kind: 'message';
      readonly content: Message;
      readonly person: Person;
      readonly spaceTitle: string | undefined;
    }
  | { readonly kind: 'action'; readonly content: AttachmentAction; readonly person: Person }
  | {
      readonly kind: 'membership';
      readonly content: Membership;
      readonly addedById: string | undefined;
    };

export interface PendingEvent extends RememberedEvent {
  /** Who caused the event, as far as the webhook told. */
  readonly actorId?: string | undefined;
}

/** @throws as the reads of the client: {ApiError} 404 where the thing was deleted meanwhile */
export async function readSubject(event: PendingEvent, client: WebexClient): Promise<Subject> {
  switch (event.kind) {
    case 'message': {
      const content = await client.message(event.id);
      const [person, spaceTitle] = await Promise.all([
        client.person(content.personId),
        readTitle(content, client),
      ]);
      return { kind: 'message', content, person, spaceTitle };
    }
    case 'action': {
      const content = await client.attachmentAction(event.id);
      return { kind: 'action', content, person: await client.person(content.personId) };
    }
    case 'membership': {
      const content = await client.membership(event.id);
      return { kind: 'membership', content, addedById: event.actorId };
    }
    default:
      return event.kind satisfies never;
  }
}

/** @returns why nobody needs to hear of it; undefined where somebody does */
export function reasonToIgnore(subject: Subject, me: Person): string | undefined {
  if (subject.kind === 'membership') {
    if (!isSamePerson(subject.content.personId, me.id)) return 'another member of the space';
    // Writing to a person for the first time opens a space, too.
    return isSamePerson(subject.addedById ?? '', me.id) ? 'opened by the bot itself' : undefined;
  }
  if (isSamePerson(subject.person.id, me.id)) return 'written by the bot itself';
  // Two bots that answer each other never stop.
  return subject.person.type === 'bot' ? 'written by a bot' : undefined;
}

/** A title is a courtesy: no command waits for its retries or fails for want of it. */
async function readTitle(
  { roomId, roomType }: Message,
  client: WebexClient,
): Promise<string | undefined> {
  if (roomType === 'direct') return undefined;
  return client.room(roomId).then(
    (room) => room.title || undefined,
    () => undefined,
  );
}
