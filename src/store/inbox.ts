import { z } from 'zod';
import { Collection } from './collection.ts';

const Event = z.object({
  id: z.string(),
  /** Under which of them the id has to be asked for again. */
  kind: z.enum(['message', 'action', 'membership']),
  untilMs: z.number(),
  /** Its handler is done: it is only kept so that a redelivery does nothing. */
  settled: z.boolean(),
});
type Event = z.infer<typeof Event>;

const Data = z.object({
  events: z.array(Event).readonly(),
  /** When the bot was known to be listening for the last time. */
  aliveMs: z.number().optional(),
});
type Data = z.infer<typeof Data>;

/** Longer than any redelivery of an event, and than any event that is still acted upon. */
const keepMs = 24 * 60 * 60_000;

/** Which events were taken on already, and which of those are not done yet. */
export class Inbox {
  readonly #collection: Collection<Data>;
  readonly #now: () => number;

  private constructor(collection: Collection<Data>, now: () => number) {
    this.#collection = collection;
    this.#now = now;
  }

  static async open(path: string, now: () => number): Promise<Inbox> {
    const format = { schema: Data, version: 1, migrations: {}, empty: { events: [] } };
    return new Inbox(await Collection.open(path, format), now);
  }

  /**
   * @returns true exactly once for an id within 24 hours, restarts included, and only after that is on disk
   * @throws {StorageFullError} nothing was remembered
   */
  async remember(id: string, kind: Event['kind']): Promise<boolean> {
    const nowMs = this.#now();
    return await this.#collection.update((data) => {
      const events = data.events.filter(({ untilMs }) => untilMs > nowMs);
      if (events.some((event) => event.id === id)) return { data, result: false };
      const event = { id, kind, untilMs: nowMs + keepMs, settled: false };
      return { data: { ...data, events: [...events, event] }, result: true };
    });
  }

  /** The work of an event is done, or safe elsewhere. */
  async settle(id: string): Promise<void> {
    await this.#collection.update((data) => {
      const known = data.events.some((event) => event.id === id && !event.settled);
      const events = data.events.map((event) =>
        event.id === id ? { ...event, settled: true } : event,
      );
      return { data: known ? { ...data, events } : data, result: undefined };
    });
  }

  /** What a crash left undone, oldest first. */
  async unsettled(): Promise<readonly Pick<Event, 'id' | 'kind'>[]> {
    const nowMs = this.#now();
    return this.#collection.data.events
      .filter(({ settled, untilMs }) => !settled && untilMs > nowMs)
      .map(({ id, kind }) => ({ id, kind }));
  }

  get aliveMs(): number | undefined {
    return this.#collection.data.aliveMs;
  }

  async noteAlive(aliveMs: number): Promise<void> {
    await this.#collection.update((data) => ({ data: { ...data, aliveMs }, result: undefined }));
  }

  async idle(): Promise<void> {
    await this.#collection.idle();
  }
}
