import { randomUUID } from 'node:crypto';
import type { Person } from './directory.ts';
import type { Happening } from './feed.ts';
import { uuidIn } from './ids.ts';
import type { Room } from './spaces.ts';

/** What is said in a space is encrypted, for those who have its key. */
const encrypted = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..c2VhbGVk.c2VhbGVk.c2VhbGVk';

/** What happened as Mercury tells it: UUIDs instead of ids, and nothing that could be read. */
export function activityOf(happening: Happening) {
  return {
    id: randomUUID(),
    objectType: 'activity',
    published: new Date().toISOString(),
    actor: partyOf(happening.actor),
    ...details(happening),
  };
}

function details(happening: Happening) {
  switch (happening.resource) {
    case 'messages': {
      const { id, roomId, roomType, parentId, file } = happening.message;
      const target = conversation(roomId, roomType);
      const uuid = uuidIn(id);
      const object = { objectType: 'comment', displayName: encrypted, content: encrypted };
      if (happening.event === 'deleted') return { verb: 'delete', object: { id: uuid }, target };
      if (happening.event === 'updated') {
        return { verb: 'post', object, target, parent: { type: 'edit', id: uuid } };
      }
      const reply = parentId !== undefined && { parent: { type: 'reply', id: uuidIn(parentId) } };
      return { id: uuid, verb: file ? 'share' : 'post', object, target, ...reply };
    }
    case 'attachmentActions': {
      const { id, roomId, messageId } = happening.action;
      return {
        id: uuidIn(id),
        verb: 'cardAction',
        object: { objectType: 'submit', inputs: encrypted },
        target: conversation(roomId, happening.message.roomType),
        parent: { type: 'cardAction', id: uuidIn(messageId) },
      };
    }
    case 'memberships': {
      const { membership, room, event } = happening;
      const member = partyOf(membership.person);
      const target = conversation(room.id, room.type);
      if (event === 'deleted') return { verb: 'leave', object: member, target };
      // A direct space comes with its two members, as a whole.
      return room.type === 'direct'
        ? { verb: 'create', object: { ...target, participants: { items: [member] } } }
        : { verb: 'add', object: member, target };
    }
    case 'rooms': {
      const { id, type } = happening.room;
      return { verb: 'update', object: conversation(id, type), target: conversation(id, type) };
    }
    default:
      return happening satisfies never;
  }
}

function partyOf({ uuid, email, displayName, organization }: Person) {
  return {
    objectType: 'person',
    id: uuid,
    entryUUID: uuid,
    emailAddress: email,
    displayName,
    orgId: organization.uuid,
  };
}

function conversation(roomId: string, type: Room['type']) {
  const id = uuidIn(roomId);
  return {
    objectType: 'conversation',
    id,
    url: `https://conv-a.wbx2.com/conversation/api/v1/conversations/${id}`,
    tags: type === 'direct' ? ['ONE_ON_ONE'] : [],
  };
}
