import { AppError } from '../errors.ts';
import type { Accounts, ExportAccount, Standing } from './accounts.ts';
import type { FinishedExport } from './finished-exports.ts';
import { type Ledger, outcomeOf } from './ledger.ts';
import { isLate, isUnfinished, type LookAgain, toPieces } from './look-again.ts';
import type { ExportOrder } from './order.ts';
import type { JobReport } from './report.ts';
import type { PlanRecord } from './restore.ts';

/** Records are removed after their time, perhaps while somebody was asked to sign in. */
class ForgottenExportError extends AppError {
  readonly code = 'unreadable';

  constructor(ref: string) {
    super(
      `the journal of ${ref} is gone or not whole`,
      `What I knew about export ${ref} is gone. Please export its window again.`,
    );
  }
}

/** One look at late transcripts asks for no more than so many, the newest ones. */
const mostLate = 1_000;

/** Which conversations of an earlier export an order looks at again. */
export function lookAgainFor(
  { lateLook }: Pick<ExportOrder, 'lateLook'>,
  account: ExportAccount,
): LookAgain[] {
  if (lateLook === undefined) return account.select(isUnfinished);
  const late = account.select(mayStillCome).sort((a, b) => b.createdMs - a.createdMs);
  return late.slice(0, mostLate);
}

function mayStillCome(standing: Standing): boolean {
  return isLate(standing) || (standing.wasLate === true && isUnfinished(standing));
}

/** The export once more, for what is missing in it, with its own words, filters and format. */
export function addendumTo({ order }: FinishedExport) {
  const {
    version: _version,
    ref,
    orderedAtMs: _at,
    lateLook: _look,
    continues: _base,
    schedule: _due,
    ...same
  } = order;
  return { ...same, addendumTo: ref };
}

/** @throws {ForgottenExportError} */
export async function accountOf(
  ref: string,
  { requester }: Pick<ExportOrder, 'requester'>,
  accounts: Accounts,
): Promise<ExportAccount> {
  const account = await accounts.of(ref, requester);
  if (!account) throw new ForgottenExportError(ref);
  return account;
}

/** An addendum asks for certain conversations only: there is no window to count, and no queue to look up. */
export function planAddendum(order: ExportOrder, account: ExportAccount): PlanRecord {
  const { queueNames } = account;
  const pieces = toPieces(lookAgainFor(order, account));
  return { kind: 'plan', pieces, queueIds: [], queueNames: [...queueNames] };
}

/** What an export that continues another one counts besides its own window. */
export function earlierIn(
  { continues }: Pick<ExportOrder, 'continues'>,
  { found, foundInWindow }: Pick<Ledger, 'found' | 'foundInWindow'>,
): Pick<JobReport, 'fromEarlier'> {
  const count = found - foundInWindow;
  return continues === undefined || count === 0 ? {} : { fromEarlier: { ref: continues, count } };
}

/** From the report of what was looked at again to that of the whole export. */
export function reportAddendum(
  report: JobReport,
  { addendumTo }: Pick<ExportOrder, 'addendumTo'>,
  ledger: Ledger,
  account: ExportAccount,
): JobReport {
  if (addendumTo === undefined) return report;
  const own = ledger.balance();
  const balance = account.with(ledger.settlements()).balance();
  const { count, searchBroke } = account;
  const outcome = outcomeOf(balance, count, searchBroke !== undefined);
  return {
    ...{ ...report, balance, count, searchBroke },
    // What brought nothing is told, but there is nothing to post.
    outcome: own.exported === 0 ? 'empty' : outcome,
    addendum: { to: addendumTo, balance: own },
  };
}
