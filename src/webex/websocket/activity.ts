import { z } from 'zod';
import type { WebexEvent } from '../event.ts';
import type { IdKind } from '../ids.ts';
import type { OwnSpace, OwnSpaces } from './own-spaces.ts';

const uuid = z.uuid().transform((text) => text.toLowerCase());
const Party = z
  .object({ entryUUID: uuid.nullish(), id: uuid.nullish().catch(undefined) })
  .transform(({ entryUUID, id }) => entryUUID ?? id ?? undefined);

/**
 * Something that happened in a space, as Mercury tells it; read in the SDK, whose plugins for messages,
 * memberships and attachment actions make events of it. Texts and inputs in it are encrypted, and nobody
 * needs them: the event is a hint, and everything is read again from the API by id.
 */
export const Activity = z.object({
  id: uuid,
  verb: z.string(),
  actor: Party,
  object: z
    .object({
      entryUUID: uuid.nullish().catch(undefined),
      id: uuid.nullish().catch(undefined),
      participants: z
        .object({ items: z.array(Party) })
        .nullish()
        .catch(undefined),
    })
    .nullish(),
  target: z.object({ id: uuid }).nullish().catch(undefined),
  /** `edit` where the activity changes an earlier one. */
  parent: z.object({ type: z.string().nullish() }).nullish().catch(undefined),
});
export type Activity = z.infer<typeof Activity>;

interface ReadingDeps {
  readonly spaces: OwnSpaces;
  readonly ownUuid: string;
}

/** @returns what the webhook way would have told; `unknown` where the space is none of the bot's */
export async function toEvent(
  activity: Activity,
  { spaces, ownUuid }: ReadingDeps,
): Promise<WebexEvent | { readonly kind: 'unknown' }> {
  const { actor, target, object } = activity;
  const isOwn = actor === ownUuid;
  switch (activity.verb) {
    case 'post':
    case 'share':
    case 'cardAction': {
      const isEdit = activity.parent?.type === 'edit';
      if (isOwn || isEdit || !target || actor === undefined) return { kind: 'ignored' };
      const space = await spaces.find(target.id);
      if (!space) return { kind: 'unknown' };
      return created(activity.verb === 'cardAction' ? 'action' : 'message', activity.id, space, {
        actor,
        person: actor,
      });
    }
    case 'add': {
      if (!target || !object?.entryUUID) return { kind: 'ignored' };
      return await joined(target.id, object.entryUUID, actor, { spaces, ownUuid });
    }
    // A space that is made with the bot in it.
    case 'create': {
      const isMember = object?.participants?.items.includes(ownUuid) === true;
      if (!object?.id || !isMember) return { kind: 'ignored' };
      return await joined(object.id, ownUuid, actor, { spaces, ownUuid });
    }
    case 'leave': {
      if (!target || object?.entryUUID !== ownUuid) return { kind: 'ignored' };
      const space = await spaces.find(target.id);
      spaces.forget(target.id);
      if (!space) return { kind: 'ignored' };
      return { kind: 'left', roomId: space.roomId, personId: personId(ownUuid) };
    }
    default:
      return { kind: 'ignored' };
  }
}

async function joined(
  roomUuid: string,
  memberUuid: string,
  actor: string | undefined,
  { spaces, ownUuid }: ReadingDeps,
): Promise<WebexEvent | { readonly kind: 'unknown' }> {
  const isSelf = memberUuid === ownUuid;
  // Whoever comes back has another membership.
  if (isSelf) spaces.forget(roomUuid);
  const space = await spaces.find(roomUuid);
  if (!space) return { kind: 'unknown' };
  return {
    kind: 'membership',
    // Nobody asks for the membership of somebody else.
    id: isSelf ? space.membershipId : idOf('MEMBERSHIP', `${memberUuid}:${roomUuid}`, space),
    actorId: actor === undefined ? undefined : personId(actor),
    personId: personId(memberUuid),
    roomId: space.roomId,
  };
}

function created(
  kind: 'message' | 'action',
  id: string,
  space: OwnSpace,
  { actor, person }: { actor: string; person: string },
): WebexEvent {
  return {
    kind,
    id: idOf(kind === 'message' ? 'MESSAGE' : 'ATTACHMENT_ACTION', id, space),
    actorId: personId(actor),
    personId: personId(person),
    roomId: space.roomId,
  };
}

/** As the API spells its ids: base64 without padding. */
function idOf(kind: IdKind, id: string, { cluster }: Pick<OwnSpace, 'cluster'>): string {
  const text = `ciscospark://${cluster}/${kind}/${id}`;
  return Buffer.from(text).toString('base64').replace(/=+$/, '');
}

/** People have no cluster. */
const personId = (id: string) => idOf('PEOPLE', id, { cluster: 'us' });
