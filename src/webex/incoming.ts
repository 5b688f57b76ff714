import type { EventKind, RememberedEvent } from './event.ts';
import type { Person, RoomType } from './schema.ts';

/** A message for the bot, read from the API; nothing in it comes from the webhook. */
export interface IncomingMessage {
  readonly id: string;
  readonly roomId: string;
  readonly roomType: RoomType;
  readonly parentId: string | undefined;
  readonly person: Person;
  /** Without the mention of the bot. */
  readonly text: string;
  readonly createdMs: number;
  /** Title of a group space, where it could be read. */
  readonly spaceTitle?: string;
  /** Older than ten minutes: to be answered, not to be run. */
  readonly tooOld: boolean;
}

/** Somebody submitted a card. */
export interface IncomingAction {
  readonly id: string;
  /** The message with the card. */
  readonly messageId: string;
  readonly roomId: string;
  readonly person: Person;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  readonly tooOld: boolean;
}

/** Somebody added the bot to a space. */
export interface AddedToSpace {
  readonly roomId: string;
  readonly roomType: RoomType | undefined;
  /** Unknown when the event was picked up again after a restart. */
  readonly addedById: string | undefined;
}

/**
 * The durable memory of events. An id is remembered before Webex is told that the event has arrived, and
 * settled once its handler is done; what lies between survives a crash.
 */
export interface Inbox {
  /** Test and set, durable when it resolves: true where the id is new. */
  remember(id: string, kind: EventKind): Promise<boolean>;
  settle(id: string): Promise<void>;
  unsettled(): Promise<readonly RememberedEvent[]>;
  /** When the bot was known to be listening for the last time, earlier processes included. */
  readonly aliveMs: number | undefined;
  noteAlive(atMs: number): Promise<void>;
}

export interface IncomingHandlers {
  /**
   * The event counts as done when this settles, so it must not do so before the work is safe elsewhere.
   * A rejection is logged and nothing else: who wants the person to know answers before rejecting. Only
   * after a `CancelledError`, when the bot is leaving, the event comes again with the next start.
   */
  readonly onMessage: (message: IncomingMessage) => Promise<void>;
  readonly onAction: (action: IncomingAction) => Promise<void>;
  readonly onAdded: (space: AddedToSpace) => Promise<void>;
  /** Somebody else joined a space, as the event says: nothing of it was read again, and none is remembered. */
  readonly onJoined?: (space: { readonly roomId: string }) => void;
}
