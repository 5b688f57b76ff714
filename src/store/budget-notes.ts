import { z } from 'zod';
import { describeError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Collection } from './collection.ts';

const Data = z.object({
  grants: z
    .array(z.object({ fromMs: z.number(), untilMs: z.number(), count: z.number() }))
    .readonly(),
});
type Data = z.infer<typeof Data>;
type Noted = Data['grants'][number];

/** Longer than the window of any rate limit we keep. */
const keepMs = 5 * 60_000;

/** Which part of the request budget has been given out lately, for the process after this one. */
export class BudgetNotes {
  readonly #collection: Collection<Data>;
  readonly #log: Log;

  private constructor(collection: Collection<Data>, log: Log) {
    this.#collection = collection;
    this.#log = log;
  }

  static async open(path: string, log: Log): Promise<BudgetNotes> {
    const format = { schema: Data, version: 1, migrations: {}, empty: { grants: [] } };
    return new BudgetNotes(await Collection.open(path, format), log);
  }

  get noted(): readonly Noted[] {
    return this.#collection.data.grants;
  }

  /** Never rejects: a full disk stops the jobs by itself, and only a restart would miss this note. */
  async note(noted: Noted): Promise<void> {
    try {
      await this.#collection.update(({ grants }) => ({
        data: {
          grants: [...grants.filter(({ untilMs }) => untilMs > noted.fromMs - keepMs), noted],
        },
        result: undefined,
      }));
    } catch (error) {
      this.#log.warn({ err: describeError(error) }, 'the request budget could not be noted');
    }
  }

  async idle(): Promise<void> {
    await this.#collection.idle();
  }
}
