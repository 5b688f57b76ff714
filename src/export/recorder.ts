import type { Entry } from '../contact-center/transcript/entry.ts';
import { type ConversationFacts, packEntries } from './conversation-records.ts';
import type { Journal } from './journal.ts';
import type { Bucket, Ledger, Reason, Settlement } from './ledger.ts';
import { type Spool, type SpoolRecord, toSpoolRecord } from './spool.ts';

/**
 * Records waiting for the disk before those who bring more have to wait as well: a kill costs these, and
 * the downloads under way.
 */
const backlogLimit = 64;

/** A flush of the disk costs more than all else, so a group waits this long for company ... */
const gatherMs = 25;
/** ... or until it has so many, or somebody waits for it. */
const gatherCount = 32;

export interface SettledConversation {
  readonly id: string;
  readonly bucket: Bucket;
  readonly reason?: Reason | undefined;
  readonly facts: ConversationFacts;
  readonly entries: readonly Entry[];
}

interface Pending {
  readonly settled: Omit<Settlement, 'place' | 'entriesPlace'>;
  /** Its facts, and its entries where there are any. */
  readonly records: readonly SpoolRecord[];
}

/**
 * Puts conversations on disk in groups: one flush for all that came while the last one ran. The order
 * is always spool, journal, ledger, so that what the ledger counts can be read back after a crash.
 */
export class Recorder {
  readonly #spool: Spool;
  readonly #journal: Journal;
  readonly #ledger: Ledger;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #endGathering = () => {};
  /** How many wait until nothing is being written. */
  #inHurry = 0;

  constructor(deps: { spool: Spool; journal: Journal; ledger: Ledger }) {
    this.#spool = deps.spool;
    this.#journal = deps.journal;
    this.#ledger = deps.ledger;
  }

  /**
   * Takes a conversation over; it is on disk after the next `flush`.
   *
   * @throws whatever stopped an earlier write: nothing more can be recorded then
   */
  async record({ facts, entries, ...rest }: SettledConversation): Promise<void> {
    this.#rethrow();
    const records = [toSpoolRecord(facts)];
    if (entries.length > 0) records.push(toSpoolRecord(packEntries(entries)));
    this.#pending.push({ settled: { ...rest, entries: entries.length }, records });
    this.#writing ??= this.#writeAll();
    if (this.#pending.length >= gatherCount) this.#endGathering();
    if (this.#pending.length >= backlogLimit) await this.#writing;
    this.#rethrow();
  }

  /** Resolves when everything taken over so far is on disk and in the ledger. */
  async flush(): Promise<void> {
    await this.idle();
    this.#rethrow();
  }

  /** Resolves when nothing is being written, whether or not that went well. */
  async idle(): Promise<void> {
    this.#inHurry++;
    this.#endGathering();
    while (this.#writing !== undefined) await this.#writing;
    this.#inHurry--;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        await this.#gather();
        await this.#writeGroup(this.#pending.splice(0));
      }
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#writing = undefined;
    }
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const isEnough = this.#inHurry > 0 || this.#pending.length >= gatherCount;
      const timer = setTimeout(resolve, isEnough ? 0 : gatherMs);
      this.#endGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #writeGroup(group: readonly Pending[]): Promise<void> {
    const places = await this.#spool.append(group.flatMap(({ records }) => records));
    let next = 0;
    const settlements = group.map(({ settled, records }): Settlement => {
      const place = places[next];
      const entriesPlace = records.length > 1 ? places[next + 1] : undefined;
      next += records.length;
      if (!place) throw new Error('the spool returned fewer places than records');
      return { ...settled, place, entriesPlace };
    });
    await this.#journal.append({ kind: 'settled', tasks: settlements });
    for (const settlement of settlements) this.#ledger.settle(settlement);
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
