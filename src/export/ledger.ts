export const buckets = [
  'exported',
  'no_transcript',
  'still_open',
  'filtered_out',
  'failed',
  'cancelled',
] as const;
export type Bucket = (typeof buckets)[number];

export const outcomes = ['complete', 'partial', 'empty', 'failed', 'cancelled'] as const;
export type Outcome = (typeof outcomes)[number];

/** Why a conversation is where it is: words an administrator can send to the vendor's support. */
export interface Reason {
  readonly text: string;
  readonly attempts?: number | undefined;
  readonly status?: number | undefined;
  readonly trackingId?: string | undefined;
  /** `host[:port]` that a transcript was not fetched from because it is not allowed. */
  readonly refusedHost?: string | undefined;
}

/** Where a record lies in the spool: in which segment of the file, and where in what that holds. */
export interface SpoolPlace {
  readonly segment: { readonly offset: number; readonly length: number };
  readonly offset: number;
  readonly length: number;
}

export interface Settlement {
  readonly id: string;
  readonly bucket: Bucket;
  readonly reason?: Reason | undefined;
  readonly entries: number;
  /** Of its facts. */
  readonly place: SpoolPlace;
  /** Where there are entries. */
  readonly entriesPlace?: SpoolPlace | undefined;
}

interface Account {
  readonly createdMs: number;
  settlement: Settlement | undefined;
}

export type Balance = { readonly found: number } & { readonly [B in Bucket]: number };

/**
 * The account of one job, kept by conversation and not by counters: a task that the search lists twice is
 * found once, and one that is settled twice is an error in this program that must not pass silently.
 */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  #duplicates = 0;
  #foundAgain = 0;
  #settled = 0;
  #failed = 0;

  /** @returns false when the search has listed this task before */
  find(id: string, createdMs: number): boolean {
    if (this.#accounts.has(id)) {
      this.#duplicates++;
      return false;
    }
    this.#accounts.set(id, { createdMs, settlement: undefined });
    return true;
  }

  /**
   * The same for a conversation that an earlier export had found, and that the window of this one need not
   * hold; one that it does hold is no duplicate.
   */
  findAgain(id: string, createdMs: number): boolean {
    if (this.#accounts.has(id)) return false;
    this.#accounts.set(id, { createdMs, settlement: undefined });
    this.#foundAgain++;
    return true;
  }

  settle(settlement: Settlement): void {
    const account = this.#accounts.get(settlement.id);
    if (!account) throw new Error(`task ${settlement.id} was settled but never found`);
    if (account.settlement) {
      throw new Error(
        `task ${settlement.id} was settled as ${account.settlement.bucket}, then as ${settlement.bucket}`,
      );
    }
    account.settlement = settlement;
    this.#settled++;
    if (settlement.bucket === 'failed') this.#failed++;
  }

  /** For progress only: cheap, while the balance is taken from the accounts themselves. */
  get tally(): { readonly found: number; readonly settled: number; readonly failed: number } {
    return { found: this.found, settled: this.#settled, failed: this.#failed };
  }

  get found(): number {
    return this.#accounts.size;
  }

  /** Of these, what belongs to the window. */
  get foundInWindow(): number {
    return this.found - this.#foundAgain;
  }

  /** Tasks that the search listed again, on another page or in another window. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Takes over from the journal what an earlier process saw listed again. */
  addDuplicates(count: number): void {
    this.#duplicates += count;
  }

  unsettled(): string[] {
    const ids: string[] = [];
    for (const [id, account] of this.#accounts) if (!account.settlement) ids.push(id);
    return ids;
  }

  createdMs(id: string): number {
    return this.#accounts.get(id)?.createdMs ?? 0;
  }

  /** Every settlement in order of the conversations' creation; equal instants in order of id. */
  settlements(): Settlement[] {
    const sorted = [...this.#accounts].sort(
      ([idA, a], [idB, b]) => a.createdMs - b.createdMs || (idA < idB ? -1 : 1),
    );
    return sorted.flatMap(([, { settlement }]) => (settlement ? [settlement] : []));
  }

  /** @throws when the buckets do not add up to what was found */
  balance(): Balance {
    const settled = [...this.#accounts.values()].flatMap(({ settlement }) => settlement ?? []);
    if (settled.length !== this.found) {
      throw new Error(`the ledger does not add up: ${this.found} found, ${settled.length} settled`);
    }
    return balanceOf(settled.map(({ bucket }) => bucket));
  }
}

/** @param settled the bucket of each conversation that was found */
export function balanceOf(settled: readonly Bucket[]): Balance {
  const counts = {
    exported: 0,
    no_transcript: 0,
    still_open: 0,
    filtered_out: 0,
    failed: 0,
    cancelled: 0,
  } satisfies Record<Bucket, number>;
  for (const bucket of settled) counts[bucket]++;
  return { found: settled.length, ...counts };
}

/** How the contact center's own count compares with what paging found. */
export type CountCheck =
  | { readonly kind: 'equal'; readonly counted: number }
  /** A second count, taken after the search, agrees with what was found. */
  | { readonly kind: 'changed_meanwhile'; readonly counted: number; readonly recounted: number }
  /** It counts these conversations as often as it lists them. */
  | { readonly kind: 'listed_again'; readonly counted: number; readonly again: number }
  | { readonly kind: 'different'; readonly counted: number; readonly recounted: number }
  | { readonly kind: 'unknown' };

/** @param recounted where the first count differs: the second one, which is the first where there is none */
export function compareCounts(
  counted: number | undefined,
  { foundInWindow: found, duplicates }: Pick<Ledger, 'foundInWindow' | 'duplicates'>,
  recounted = counted,
): CountCheck {
  if (counted === undefined || recounted === undefined) return { kind: 'unknown' };
  if (counted === found) return { kind: 'equal', counted };
  if (counted === found + duplicates) return { kind: 'listed_again', counted, again: duplicates };
  return { kind: recounted === found ? 'changed_meanwhile' : 'different', counted, recounted };
}

/** The outcome of a job that ran to its end; `failed` is for those that could not. */
export function outcomeOf(
  balance: Balance,
  count: CountCheck,
  searchBroke: boolean,
): Exclude<Outcome, 'failed'> {
  if (searchBroke || count.kind === 'different' || balance.failed > 0) return 'partial';
  if (balance.cancelled > 0) return 'cancelled';
  return balance.found === 0 ? 'empty' : 'complete';
}
