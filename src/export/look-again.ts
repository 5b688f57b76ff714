import type { Piece } from '../contact-center/windows.ts';
import type { Bucket, Settlement } from './ledger.ts';

/** A conversation to look at again, as far as it is known without asking. */
export interface LookAgain {
  readonly id: string;
  readonly createdMs: number;
  /** It was still going on, so that its transcript could not be complete. */
  readonly wasOpen?: boolean | undefined;
}

/** A part of a search, with the conversations it is after where it is after certain ones. */
export interface SearchPiece extends Piece {
  readonly again?: readonly LookAgain[] | undefined;
}

/** What may be better the next time. */
const unfinished: ReadonlySet<Bucket> = new Set([
  'no_transcript',
  'still_open',
  'failed',
  'cancelled',
]);

export function isUnfinished({ bucket }: Pick<Settlement, 'bucket'>): boolean {
  return unfinished.has(bucket);
}

/** Not found, in conflict, too early: what a storage says of a file that is only being written. */
const notReadyStatuses = new Set([404, 409, 425]);

/** Whether a transcript may simply not have been there yet; that of an open conversation cannot have been. */
export function isLate({ bucket, reason }: Pick<Settlement, 'bucket' | 'reason'>): boolean {
  if (bucket === 'no_transcript' || bucket === 'still_open') return true;
  return bucket === 'failed' && notReadyStatuses.has(reason?.status ?? 0);
}

/** A search takes a thousand conditions in all; so many keep the question short. */
const idsInOnePiece = 100;

const dayMs = 24 * 60 * 60 * 1_000;
/** The longest window of a search is 365 days. */
const longestMs = 364 * dayMs;

/**
 * Cuts what is to be looked at again into searches, in order of creation: each names its conversations and
 * spans no more time than they do, for contact centers that do not filter by id. Nothing is searched where
 * the time of creation is not known.
 */
export function toPieces(all: readonly LookAgain[]): SearchPiece[] {
  const sorted = [...all].sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
  const pieces: LookAgain[][] = [];
  for (const one of sorted) {
    const piece = pieces.at(-1);
    const sinceMs = piece?.[0]?.createdMs ?? 0;
    const fits = sinceMs > 0 === one.createdMs > 0 && one.createdMs - sinceMs < longestMs;
    if (piece && fits && piece.length < idsInOnePiece) piece.push(one);
    else pieces.push([one]);
  }
  return pieces.map((again) => {
    const [fromMs, lastMs] = [again[0]?.createdMs ?? 0, again.at(-1)?.createdMs ?? 0];
    return { fromMs, toMs: lastMs > 0 ? lastMs + 1 : 0, again };
  });
}
