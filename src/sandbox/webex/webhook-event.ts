import type { Person } from './directory.ts';
import type { Happening } from './feed.ts';
import type { Messages } from './messages.ts';
import { membershipJson, type Spaces } from './spaces.ts';

export type Hears = (person: Person, happening: Happening) => boolean;

/** Whether somebody is told of what happened: only of what could be read by asking. */
export function createHears(deps: { readonly spaces: Spaces; readonly messages: Messages }): Hears {
  return (person, happening) => {
    switch (happening.resource) {
      case 'messages':
        return deps.messages.canSee(person, happening.message);
      case 'attachmentActions':
        return happening.message.author.id === person.id;
      case 'memberships': {
        const { membership } = happening;
        // Who leaves a space is told so, although no longer a member.
        return (
          membership.person.id === person.id ||
          deps.spaces.membership(membership.roomId, person.id) !== undefined
        );
      }
      case 'rooms':
        return deps.spaces.membership(happening.room.id, person.id) !== undefined;
      default:
        return happening satisfies never;
    }
  };
}

/** Metadata only: whoever wants the words of a message or the inputs of a card has to ask for them. */
export function eventData(happening: Happening) {
  switch (happening.resource) {
    case 'messages': {
      const { id, roomId, roomType, parentId, author, mentionedPeople, createdMs } =
        happening.message;
      return {
        id,
        roomId,
        roomType,
        ...(parentId !== undefined && { parentId }),
        personId: author.id,
        personEmail: author.email,
        ...(mentionedPeople.length > 0 && { mentionedPeople }),
        created: new Date(createdMs).toISOString(),
      };
    }
    case 'attachmentActions': {
      const { id, messageId, roomId, person, createdMs } = happening.action;
      return {
        id,
        type: 'submit',
        messageId,
        personId: person.id,
        roomId,
        created: new Date(createdMs).toISOString(),
      };
    }
    case 'memberships':
      return membershipJson(happening.membership, happening.room);
    case 'rooms': {
      const { room } = happening;
      return {
        id: room.id,
        type: room.type,
        isLocked: room.isLocked,
        creatorId: room.creator.id,
        created: new Date(room.createdMs).toISOString(),
      };
    }
    default:
      return happening satisfies never;
  }
}
