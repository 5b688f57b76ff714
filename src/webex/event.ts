import { z } from 'zod';
import { ApiId } from './ids.ts';

/** What an event that is worth remembering brings: a message, the answer to a card, the bot in a space. */
export type EventKind = 'message' | 'action' | 'membership';

export interface RememberedEvent {
  readonly id: string;
  readonly kind: EventKind;
}

export interface CreatedEvent extends RememberedEvent {
  /** Who caused it. */
  readonly actorId: string | undefined;
  /** Who wrote the message, submitted the card or is the new member. */
  readonly personId: string | undefined;
  readonly roomId: string | undefined;
}

export type WebexEvent =
  | CreatedEvent
  | { readonly kind: 'left'; readonly roomId: string; readonly personId: string }
  | { readonly kind: 'ignored' };

/** https://developer.webex.com/docs/api/guides/webhooks: metadata only, everything is read again by id. */
const Envelope = z.object({
  resource: z.string(),
  event: z.string(),
  actorId: ApiId.nullish(),
  data: z.unknown(),
});
const Created = z.object({ id: ApiId, personId: ApiId.nullish(), roomId: ApiId.nullish() });
const Left = z.object({ roomId: ApiId, personId: ApiId });

const kindOf = new Map<string, EventKind>([
  ['messages created', 'message'],
  ['attachmentActions created', 'action'],
  ['memberships created', 'membership'],
]);

/** @returns undefined where the body is not an event; one we have no use for is `ignored` */
export function parseEvent(rawBody: Buffer): WebexEvent | undefined {
  const envelope = Envelope.safeParse(parseJson(rawBody));
  if (!envelope.success) return undefined;
  const { resource, event, actorId, data } = envelope.data;
  const kind = kindOf.get(`${resource} ${event}`);
  if (kind) {
    const created = Created.safeParse(data);
    if (!created.success) return undefined;
    const { id, personId, roomId } = created.data;
    return {
      ...{ kind, id },
      actorId: actorId ?? undefined,
      personId: personId ?? undefined,
      roomId: roomId ?? undefined,
    };
  }
  if (resource === 'memberships' && event === 'deleted') {
    const left = Left.safeParse(data);
    return left.success ? { kind: 'left', ...left.data } : undefined;
  }
  return { kind: 'ignored' };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
