import { StoreCorruptError } from '../errors.ts';
import type { JournalRecord } from './journal.ts';
import { Ledger, type SpoolPlace } from './ledger.ts';
import type { SearchPosition } from './search-all.ts';

export type PlanRecord = Extract<JournalRecord, { kind: 'plan' }>;
export type PostedRecord = Extract<JournalRecord, { kind: 'posted' }>;

/** What a journal says about how far its job had come. */
export interface Restored {
  readonly plan: PlanRecord | undefined;
  readonly ledger: Ledger;
  /** Where the pages lie whose tasks may not all be settled. */
  readonly pages: readonly SpoolPlace[];
  /** Tasks that only a filter on our side turned away. */
  readonly dropped: ReadonlySet<string>;
  readonly searchFrom: SearchPosition | 'done';
  readonly searchBroke: string | undefined;
  readonly recount: { readonly count: number | undefined } | undefined;
  /** These two grow while this process posts. */
  readonly posted: PostedRecord[];
  /** Parts that were sent and may be there. */
  readonly unconfirmed: Set<number>;
}

/**
 * Reads the records of a journal, in their order, into the state its job had when they were written.
 *
 * @throws {StoreCorruptError} conversations that were found are not in it: the balance would be wrong, and
 *   nobody would see it
 */
export function restore(records: readonly JournalRecord[]): Restored {
  const ledger = new Ledger();
  const dropped = new Set<string>();
  const pages: SpoolPlace[] = [];
  const posted: PostedRecord[] = [];
  const unconfirmed = new Set<number>();
  let plan: PlanRecord | undefined;
  let searchFrom: Restored['searchFrom'] = { piece: 0, cursor: undefined };
  let searchBroke: string | undefined;
  let recount: Restored['recount'];
  for (const record of records) {
    switch (record.kind) {
      case 'plan':
        plan = record;
        if (record.pieces.length === 0) searchFrom = 'done';
        break;
      case 'page':
        for (const { id, createdMs } of record.tasks) {
          if (isOfWindow(record, plan)) ledger.find(id, createdMs);
          else ledger.findAgain(id, createdMs);
        }
        if (ledger.found !== record.found) {
          throw new StoreCorruptError('the journal', 'a page of the search is missing in it');
        }
        ledger.addDuplicates(record.again ?? 0);
        for (const id of record.dropped) dropped.add(id);
        pages.push(record.place);
        searchFrom = positionAfter(record, plan);
        break;
      case 'search_broke':
        searchBroke = record.text;
        searchFrom = 'done';
        break;
      case 'settled':
        for (const settlement of record.tasks) ledger.settle(settlement);
        break;
      case 'recounted':
        recount = { count: record.count };
        break;
      case 'unconfirmed':
        unconfirmed.add(record.part);
        break;
      case 'posted':
        posted.push(record);
        break;
      case 'journal':
      case 'state':
      case 'answered':
      case 'interrupted':
      case 'progress':
      case 'ended':
        break;
      default:
        record satisfies never;
    }
  }
  return { plan, ledger, pages, dropped, searchFrom, searchBroke, recount, posted, unconfirmed };
}

/** Behind the last piece stand conversations that no search listed any more. */
function isOfWindow({ piece }: { readonly piece: number }, plan: PlanRecord | undefined): boolean {
  if (!plan) return true;
  const known = plan.pieces[piece];
  return known !== undefined && known.again === undefined;
}

function positionAfter(
  page: Extract<JournalRecord, { kind: 'page' }>,
  plan: PlanRecord | undefined,
): Restored['searchFrom'] {
  if (page.next !== undefined) return { piece: page.piece, cursor: page.next };
  const nextPiece = page.piece + 1;
  return nextPiece < (plan?.pieces.length ?? 0) ? { piece: nextPiece, cursor: undefined } : 'done';
}
