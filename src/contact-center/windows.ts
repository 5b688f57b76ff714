/** Half-open and in epoch milliseconds: what begins at `toMs` belongs to the next one. */
export interface Piece {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CountedPiece extends Piece {
  /** Above the ceiling only where a single millisecond holds that many. */
  readonly count: number;
}

/** The longest window the Search API takes (the specification; a guide says 13 months). */
const maxLengthMs = 365 * 24 * 60 * 60 * 1_000;

/** Rows that paging can reach in one window (the Search guide). */
const rowCeiling = 100_000;

/** Cuts a window into pieces of at most 365 days, in order of time, without gap or overlap. */
export function cutByLength({ fromMs, toMs }: Piece, maxMs = maxLengthMs): Piece[] {
  const pieces: Piece[] = [];
  for (let start = fromMs; start < toMs; start += maxMs) {
    pieces.push({ fromMs: start, toMs: Math.min(start + maxMs, toMs) });
  }
  return pieces;
}

/**
 * Halves a piece until each part lists no more rows than can be reached; in order of time, without gap
 * or overlap. A millisecond cannot be halved: it comes with its count, above the ceiling as it is.
 */
export async function* splitByCount(
  piece: Piece,
  count: (piece: Piece) => Promise<number>,
  ceiling = rowCeiling,
): AsyncGenerator<CountedPiece> {
  const open = [piece];
  for (let next = open.pop(); next; next = open.pop()) {
    const { fromMs, toMs } = next;
    const rows = await count(next);
    if (rows <= ceiling || toMs - fromMs <= 1) {
      yield { fromMs, toMs, count: rows };
    } else {
      const middleMs = fromMs + Math.floor((toMs - fromMs) / 2);
      open.push({ fromMs: middleMs, toMs }, { fromMs, toMs: middleMs });
    }
  }
}
