import { CancelledError } from '../errors.ts';
import type { ExportOrder } from '../export/order.ts';
import { ApiError } from '../http/errors.ts';
import { isTemporary } from '../http/retry.ts';
import type { Log } from '../log.ts';
import { hashOf, newSecret } from '../oauth/secrets.ts';
import type { Card, CardStore, Deed } from '../store/cards.ts';
import type { WebexClient } from '../webex/client.ts';
import { threadOf } from './thread.ts';

interface CardDeskDeps {
  readonly store: CardStore;
  readonly webex: Pick<WebexClient, 'postCard' | 'postMessage' | 'deleteMessage'>;
  readonly now: () => number;
  readonly log: Log;
}

/** A card with buttons, for one person. */
export interface CardDraft<Name extends string = string> {
  readonly owner: Pick<ExportOrder['requester'], 'personUuid' | 'orgUuid'>;
  readonly place: ExportOrder['place'];
  /** The one before it with the same topic is withdrawn. */
  readonly topic: string;
  /** Exports that it is about: it goes when one of them ends. */
  readonly refs?: readonly string[];
  readonly lifeMs: number;
  readonly buttons: Readonly<Record<Name, Deed>>;
  /** @param id what to put into the data of each button */
  draw(id: Readonly<Record<Name, string>>): { readonly card: unknown; readonly fallback: string };
}

/** Posts cards with buttons and takes them back; what a button is worth stands with the store. */
export class CardDesk {
  readonly #deps: CardDeskDeps;

  constructor(deps: CardDeskDeps) {
    this.#deps = deps;
  }

  /** Where Webex does not take the card, its fallback is said instead. */
  async post<Name extends string>(draft: CardDraft<Name>): Promise<void> {
    const { store, webex, now, log } = this.#deps;
    const { owner, place } = draft;
    const secrets = {} as Record<Name, string>;
    // Of an object that has these names and no others.
    const names = Object.keys(draft.buttons) as Name[];
    const buttons = names.map((name) => {
      secrets[name] = newSecret();
      return { idHash: hashOf(secrets[name]), does: draft.buttons[name] };
    });
    const { card, fallback } = draft.draw(secrets);
    const id = newSecret();
    // Before it is posted: somebody may be quicker than the answer of Webex.
    await store.add({
      id,
      personUuid: owner.personUuid,
      orgUuid: owner.orgUuid,
      roomId: place.roomId,
      roomType: place.roomType,
      parentId: place.parentId,
      ...(place.title !== undefined && { title: place.title }),
      topic: draft.topic,
      ...(draft.refs && { refs: [...draft.refs] }),
      buttons,
      expiresAtMs: now() + draft.lifeMs,
    });
    try {
      const message = await webex.postCard(threadOf({ place }), card, fallback);
      await store.noteMessage(id, message.id);
    } catch (err) {
      // When the bot is leaving nobody knows whether the card is there: then it is worth something.
      if (!(err instanceof CancelledError)) await store.remove(id);
      if (!(err instanceof ApiError && err.status === 400)) throw err;
      log.error({ err, topic: draft.topic }, 'Webex did not take a card');
      await webex.postMessage(threadOf({ place }), fallback);
    }
    await this.#removeWorthless((other) => other.topic === draft.topic);
  }

  find(secret: string): { readonly card: Card; readonly does: Deed } | undefined {
    return this.#deps.store.find(hashOf(secret));
  }

  isExpired({ expiresAtMs }: Card): boolean {
    return expiresAtMs <= this.#deps.now();
  }

  /** @returns whether this press of its one may go on */
  async spend(card: Card, pressId: string): Promise<boolean> {
    return await this.#deps.store.spend(card.id, pressId);
  }

  /** Removes a card from the space once its press has been answered. */
  async takeBack(card: Card, messageId: string): Promise<void> {
    await this.#deps.store.noteMessage(card.id, messageId);
    await this.#removeWorthless(({ id }) => id === card.id);
  }

  /** An export has ended: nothing is left to decide about it. */
  async closeAbout(ref: string): Promise<void> {
    await this.#deps.store.withdrawAbout(ref, this.#deps.now());
    await this.#removeWorthless(({ refs }) => refs?.includes(ref) === true);
  }

  /** Removes what is spent or expired from the spaces, and forgets it later. */
  async sweep(): Promise<void> {
    await this.#removeWorthless(() => true);
    await this.#deps.store.prune(this.#deps.now());
  }

  async #removeWorthless(isMeant: (card: Card) => boolean): Promise<void> {
    for (const card of this.#deps.store.list()) {
      const isWorthless = card.spentBy !== undefined || this.isExpired(card);
      if (isWorthless && isMeant(card)) await this.#removeMessage(card);
    }
  }

  async #removeMessage({ id, messageId, topic }: Card): Promise<void> {
    const { store, webex, log } = this.#deps;
    if (messageId === undefined) return;
    try {
      await webex.deleteMessage(messageId);
    } catch (err) {
      log.info({ err, topic }, 'a card could not be removed');
      // The next sweep tries again, unless it is of no use.
      if (err instanceof CancelledError || isTemporary(err)) return;
    }
    await store.forgetMessage(id);
  }
}
