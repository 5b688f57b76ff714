import { join } from 'node:path';
import { keyOf, type PersonKey } from '../store/person-key.ts';
import type { FinishedExport, FinishedExports } from './finished-exports.ts';
import { readJournal } from './journal.ts';
import { balanceOf, type CountCheck, compareCounts, type Settlement } from './ledger.ts';
import { isLate, type LookAgain } from './look-again.ts';
import { restore } from './restore.ts';

/** One conversation of an export, as it stands after all addenda. */
export interface Standing extends Pick<Settlement, 'id' | 'bucket' | 'reason'> {
  readonly createdMs: number;
  /** Before it was looked at again its transcript was not there yet: what failed since may still come. */
  readonly wasLate?: boolean;
}

/** What is known of an export that has ended, with its addenda: which conversations it found, and what became of each. */
export class ExportAccount {
  readonly queueNames: readonly string[];
  readonly count: CountCheck;
  readonly searchBroke: string | undefined;
  readonly #standings: ReadonlyMap<string, Standing>;

  constructor(
    facts: Pick<ExportAccount, 'queueNames' | 'count' | 'searchBroke'>,
    standings: ReadonlyMap<string, Standing>,
  ) {
    this.queueNames = facts.queueNames;
    this.count = facts.count;
    this.searchBroke = facts.searchBroke;
    this.#standings = standings;
  }

  /** There may be conversations that were never found. */
  get isIncomplete(): boolean {
    return this.searchBroke !== undefined || this.count.kind === 'different';
  }

  /** Those of which this holds, in the shape in which they are looked for. */
  select(holds: (standing: Standing) => boolean): LookAgain[] {
    return [...this.#standings.values()].filter(holds).map(({ id, createdMs, bucket }) => ({
      ...{ id, createdMs },
      ...(bucket === 'still_open' && { wasOpen: true }),
    }));
  }

  /** With what has become of some of them since. */
  with(settlements: readonly Settlement[]): ExportAccount {
    const standings = new Map(this.#standings);
    for (const { id, bucket, reason } of settlements) {
      const known = standings.get(id);
      if (!known) continue;
      const wasLate = known.wasLate === true || isLate(known);
      standings.set(id, { ...known, bucket, reason, wasLate });
    }
    return new ExportAccount(this, standings);
  }

  /** All that were found, each in one bucket. */
  balance() {
    return balanceOf([...this.#standings.values()].map(({ bucket }) => bucket));
  }
}

export interface Accounts {
  /**
   * @param person whose addenda count besides those of the person who ordered the export
   * @returns nothing where the export is not known any more, or ended before its search did
   */
  of(ref: string, person: PersonKey): Promise<ExportAccount | undefined>;
}

/** The journals stay as long as the records of the exports: what is known of one is read from them. */
export function createAccounts(deps: {
  readonly folder: string;
  readonly finished: Pick<FinishedExports, 'find' | 'list'>;
}): Accounts {
  const journalOf = async ({ order }: FinishedExport) =>
    restore(await readJournal(join(deps.folder, order.ref, 'journal.ndjson')));
  return {
    async of(ref, person) {
      const root = deps.finished.find(ref);
      if (!root?.balance) return undefined;
      const { ledger, plan, recount, searchBroke } = await journalOf(root);
      // A journal that says less than the record would make a balance that nobody can trust.
      if (ledger.found !== root.balance.found) return undefined;
      const standings = ledger
        .settlements()
        .map((settlement) => ({ ...settlement, createdMs: ledger.createdMs(settlement.id) }));
      let account = new ExportAccount(
        {
          queueNames: plan?.queueNames ?? [],
          count: compareCounts(plan?.counted, ledger, recount?.count),
          searchBroke,
        },
        new Map(standings.map((standing) => [standing.id, standing])),
      );
      const people = [root.order.requester, person].map(keyOf);
      for (const addendum of deps.finished.list()) {
        const { order, balance } = addendum;
        // Without a balance nothing of it was posted.
        if (order.addendumTo !== ref || !balance) continue;
        if (!people.includes(keyOf(order.requester))) continue;
        account = account.with((await journalOf(addendum)).ledger.settlements());
      }
      return account;
    },
  };
}
