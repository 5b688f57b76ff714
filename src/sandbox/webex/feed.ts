import type { Person } from './directory.ts';
import type { AttachmentAction, Message } from './message.ts';
import type { Membership, Room } from './spaces.ts';

/** Something happened in the world; webhooks, pages and tests hear of it here. */
export type Happening =
  | {
      readonly resource: 'messages';
      readonly event: 'created' | 'updated' | 'deleted';
      readonly actor: Person;
      readonly message: Message;
    }
  | {
      readonly resource: 'attachmentActions';
      readonly event: 'created';
      readonly actor: Person;
      readonly action: AttachmentAction;
      readonly message: Message;
    }
  | {
      readonly resource: 'memberships';
      readonly event: 'created' | 'deleted';
      readonly actor: Person;
      readonly membership: Membership;
      readonly room: Room;
    }
  | {
      readonly resource: 'rooms';
      readonly event: 'created' | 'updated';
      readonly actor: Person;
      readonly room: Room;
    };

export class Feed {
  readonly #listeners = new Set<(happening: Happening) => void>();

  publish(happening: Happening): void {
    for (const listener of [...this.#listeners]) listener(happening);
  }

  /** @returns the function that ends it */
  subscribe(listener: (happening: Happening) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
