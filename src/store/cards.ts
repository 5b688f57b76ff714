import { z } from 'zod';
import { Collection } from './collection.ts';
import { keyOf, type PersonKey } from './person-key.ts';

/** What a button does when its person presses it. */
const Deed = z.discriminatedUnion('kind', [
  /** As if this had been typed. */
  z.object({ kind: z.literal('command'), command: z.string() }),
  /** As if the command had been typed that the inputs of the card come to. */
  z.object({ kind: z.literal('export_form') }),
]);
export type Deed = Readonly<z.infer<typeof Deed>>;

const Card = z.object({
  id: z.string(),
  /** Who may press, and nobody else. */
  personUuid: z.string(),
  orgUuid: z.string(),
  /** Where it is, and the thread it answers in. */
  roomId: z.string(),
  roomType: z.enum(['group', 'direct']),
  parentId: z.string(),
  title: z.string().optional(),
  /** The message, from when Webex has told its id until it is removed. */
  messageId: z.string().optional(),
  /** A person has one live card of each. */
  topic: z.string(),
  /** The exports that its buttons are about. */
  refs: z.array(z.string()).optional(),
  /** Of the secret that a button carries only the SHA-256 is kept. */
  buttons: z.array(z.object({ idHash: z.string(), does: Deed })).readonly(),
  expiresAtMs: z.number(),
  /** The press that spent it, or the mark of one that was withdrawn without any. */
  spentBy: z.string().optional(),
});
export type Card = Readonly<z.infer<typeof Card>>;

const Data = z.object({ cards: z.array(Card).readonly() });
type Data = z.infer<typeof Data>;

const withdrawnMark = '';

/** Long enough for whoever presses what a client still shows to be told why nothing happens. */
const keepMs = 24 * 60 * 60_000;

/** The cards with buttons that the bot has posted: a button is worth what stands here, and once. */
export class CardStore {
  readonly #collection: Collection<Data>;

  private constructor(collection: Collection<Data>) {
    this.#collection = collection;
  }

  /** @throws {StoreCorruptError} the file cannot be read, and was left untouched */
  static async open(path: string): Promise<CardStore> {
    const format = { schema: Data, version: 1, migrations: {}, empty: { cards: [] } };
    return new CardStore(await Collection.open(path, format));
  }

  list(): readonly Card[] {
    return this.#collection.data.cards;
  }

  find(idHash: string): { readonly card: Card; readonly does: Deed } | undefined {
    for (const card of this.list()) {
      const button = card.buttons.find((one) => one.idHash === idHash);
      if (button) return { card, does: button.does };
    }
    return undefined;
  }

  /** Also withdraws the live card that the person has of the same topic. */
  async add(card: Card): Promise<void> {
    await this.#collection.update(({ cards }) => {
      const isReplaced = (other: Card) => isSameOwner(other, card) && other.topic === card.topic;
      return {
        data: { cards: [...cards.map((other) => withdrawn(other, isReplaced)), card] },
        result: undefined,
      };
    });
  }

  async noteMessage(id: string, messageId: string): Promise<void> {
    await this.#change(id, (card) => ({ ...card, messageId }));
  }

  /** Its message is gone, or can no longer be removed. What nobody pressed need not be remembered then. */
  async forgetMessage(id: string): Promise<void> {
    const card = this.list().find((one) => one.id === id);
    if (card?.spentBy === withdrawnMark) return this.remove(id);
    await this.#change(id, ({ messageId: _, ...known }) => known);
  }

  /**
   * Spends a card, durably when it resolves.
   *
   * @returns whether this press may go on: true for exactly one, however often it is delivered
   */
  async spend(id: string, pressId: string): Promise<boolean> {
    return await this.#collection.update((data) => {
      const card = data.cards.find((one) => one.id === id);
      if (!card) return { data, result: false };
      if (card.spentBy !== undefined) return { data, result: card.spentBy === pressId };
      return { data: replaced(data, card, { ...card, spentBy: pressId }), result: true };
    });
  }

  /** Makes cards about this export worthless; one that has expired is, and is pressed in vain for that reason. */
  async withdrawAbout(ref: string, nowMs: number): Promise<void> {
    const isAbout = ({ refs, expiresAtMs }: Card) =>
      refs?.includes(ref) === true && expiresAtMs > nowMs;
    if (!this.list().some((card) => isAbout(card) && card.spentBy === undefined)) return;
    await this.#collection.update(({ cards }) => ({
      data: { cards: cards.map((card) => withdrawn(card, isAbout)) },
      result: undefined,
    }));
  }

  async remove(id: string): Promise<void> {
    await this.#collection.update((data) => {
      const cards = data.cards.filter((card) => card.id !== id);
      return { data: cards.length < data.cards.length ? { cards } : data, result: undefined };
    });
  }

  /** Forgets what expired long ago. */
  async prune(nowMs: number): Promise<void> {
    const isKept = ({ expiresAtMs }: Card) => expiresAtMs + keepMs > nowMs;
    if (this.list().every(isKept)) return;
    await this.#collection.update(({ cards }) => ({
      data: { cards: cards.filter(isKept) },
      result: undefined,
    }));
  }

  async idle(): Promise<void> {
    await this.#collection.idle();
  }

  async #change(id: string, change: (card: Card) => Card): Promise<void> {
    await this.#collection.update((data) => {
      const card = data.cards.find((one) => one.id === id);
      return { data: card ? replaced(data, card, change(card)) : data, result: undefined };
    });
  }
}

function isSameOwner(card: PersonKey, other: PersonKey): boolean {
  return keyOf(card) === keyOf(other);
}

function withdrawn(card: Card, isMeant: (card: Card) => boolean): Card {
  return card.spentBy === undefined && isMeant(card) ? { ...card, spentBy: withdrawnMark } : card;
}

function replaced(data: Data, card: Card, by: Card): Data {
  return { cards: data.cards.map((other) => (other === card ? by : other)) };
}
