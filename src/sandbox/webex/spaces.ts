import type { Person } from './directory.ts';
import type { Feed } from './feed.ts';
import { newId } from './ids.ts';
import { Refusal } from './refusal.ts';

export interface Room {
  readonly id: string;
  readonly type: 'group' | 'direct';
  /** A direct space has none: each of the two sees the other's name. */
  readonly title: string | undefined;
  readonly creator: Person;
  /** Id of the organization that owns the space. */
  readonly ownerId: string;
  readonly isLocked: boolean;
  readonly isPublic: boolean;
  readonly isReadOnly: boolean;
  readonly isAnnouncementOnly: boolean;
  readonly createdMs: number;
}

export type RoomFlags = Partial<
  Pick<Room, 'title' | 'ownerId' | 'isLocked' | 'isPublic' | 'isReadOnly' | 'isAnnouncementOnly'>
>;

export interface Membership {
  readonly id: string;
  readonly roomId: string;
  readonly person: Person;
  readonly createdMs: number;
}

/** Which spaces there are and who is in them. */
export class Spaces {
  readonly #rooms = new Map<string, Room>();
  readonly #memberships = new Map<string, Membership>();
  readonly #feed: Feed;
  readonly #now: () => number;

  constructor(deps: { readonly feed: Feed; readonly now: () => number }) {
    this.#feed = deps.feed;
    this.#now = deps.now;
  }

  createGroup(
    given: RoomFlags & { readonly title: string; readonly creator: Person },
    members: readonly Person[],
  ): Room {
    const room = this.#create('group', given.creator, given);
    for (const person of [given.creator, ...members]) this.add(room.id, person, given.creator);
    return room;
  }

  /** The one space of these two, made when it is asked for the first time. */
  directBetween(creator: Person, other: Person): Room {
    const known = this.findDirect(creator, other);
    if (known) return known;
    const room = this.#create('direct', creator, {});
    for (const person of [creator, other]) this.add(room.id, person, creator);
    return room;
  }

  findDirect(one: Person, other: Person): Room | undefined {
    return this.roomsOf(one.id).find(
      (room) => room.type === 'direct' && this.membership(room.id, other.id) !== undefined,
    );
  }

  room(id: string): Room | undefined {
    return this.#rooms.get(id);
  }

  /** @throws {Refusal} 404 for a space that does not exist and for one the person is not in alike */
  roomFor(person: Person, roomId: string): Room {
    const room = this.#rooms.get(roomId);
    if (room && this.membership(roomId, person.id)) return room;
    throw new Refusal(404, 'Could not find a room with provided ID.');
  }

  update(roomId: string, flags: RoomFlags): Room {
    const known = this.#rooms.get(roomId);
    if (!known) throw new Refusal(404, 'Could not find a room with provided ID.');
    const room = { ...known, ...flags };
    this.#rooms.set(roomId, room);
    this.#feed.publish({ resource: 'rooms', event: 'updated', actor: room.creator, room });
    return room;
  }

  memberships(): Membership[] {
    return [...this.#memberships.values()];
  }

  members(roomId: string): Membership[] {
    return this.memberships().filter((membership) => membership.roomId === roomId);
  }

  membership(roomId: string, personId: string): Membership | undefined {
    return this.members(roomId).find(({ person }) => person.id === personId);
  }

  roomsOf(personId: string): Room[] {
    return this.memberships()
      .filter(({ person }) => person.id === personId)
      .flatMap(({ roomId }) => this.#rooms.get(roomId) ?? []);
  }

  add(roomId: string, person: Person, actor: Person = person): Membership {
    const room = this.#rooms.get(roomId);
    if (!room) throw new Refusal(404, 'Could not find a room with provided ID.');
    if (this.membership(roomId, person.id)) {
      throw new Refusal(409, 'Person is already in the space.');
    }
    const membership: Membership = {
      id: newId('MEMBERSHIP'),
      roomId,
      person,
      createdMs: this.#now(),
    };
    this.#memberships.set(membership.id, membership);
    this.#feed.publish({ resource: 'memberships', event: 'created', actor, membership, room });
    return membership;
  }

  remove(roomId: string, person: Person): void {
    const room = this.#rooms.get(roomId);
    const membership = this.membership(roomId, person.id);
    if (!room || !membership) throw new Refusal(404, 'Person is not in the space.');
    this.#memberships.delete(membership.id);
    this.#feed.publish({
      resource: 'memberships',
      event: 'deleted',
      actor: person,
      membership,
      room,
    });
  }

  #create(type: Room['type'], creator: Person, flags: RoomFlags): Room {
    const room: Room = {
      title: undefined,
      ownerId: creator.organization.id,
      isLocked: false,
      isPublic: false,
      isReadOnly: false,
      isAnnouncementOnly: false,
      ...flags,
      id: newId('ROOM'),
      type,
      creator,
      createdMs: this.#now(),
    };
    this.#rooms.set(room.id, room);
    this.#feed.publish({ resource: 'rooms', event: 'created', actor: creator, room });
    return room;
  }
}

export function roomJson(room: Room, members: readonly Membership[], viewer: Person) {
  const other = members.find(({ person }) => person.id !== viewer.id)?.person;
  const created = new Date(room.createdMs).toISOString();
  return {
    id: room.id,
    title: room.title ?? other?.displayName ?? 'Empty space',
    type: room.type,
    isLocked: room.isLocked,
    isPublic: room.isPublic,
    isReadOnly: room.isReadOnly,
    isAnnouncementOnly: room.isAnnouncementOnly,
    creatorId: room.creator.id,
    // Webex names no owner for a direct space.
    ...(room.type === 'group' && { ownerId: room.ownerId }),
    created,
    lastActivity: created,
  };
}

export function membershipJson({ id, roomId, person, createdMs }: Membership, room: Room) {
  return {
    id,
    roomId,
    roomType: room.type,
    personId: person.id,
    personEmail: person.email,
    personDisplayName: person.displayName,
    personOrgId: person.organization.id,
    isModerator: isModerated(room) && moderates(person, room),
    isMonitor: false,
    isRoomHidden: false,
    created: new Date(createdMs).toISOString(),
  };
}

/** @throws {Refusal} 403 where only others, or nobody, may write */
export function checkMayPost(person: Person, room: Room): void {
  if (room.isReadOnly) throw new Refusal(403, 'The space is read-only.');
  if (room.isAnnouncementOnly && !moderates(person, room)) {
    throw new Refusal(403, 'Only moderators may post in an announcement space.');
  }
}

const isModerated = (room: Room) => room.isLocked || room.isAnnouncementOnly;
const moderates = (person: Person, room: Room) => person.id === room.creator.id;
