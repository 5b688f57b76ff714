import { describe, expect, it } from 'vitest';
import {
  type CountedPiece,
  cutByLength,
  type Piece,
  splitByCount,
} from '../../src/contact-center/windows.ts';
import { createRandom } from '../../src/sandbox/dataset/random.ts';
import { collect } from './fake.ts';

const day = 24 * 60 * 60 * 1_000;

function joins(pieces: readonly Piece[], whole: Piece): boolean {
  const ends = pieces.map(({ toMs }) => toMs);
  const starts = pieces.map(({ fromMs }) => fromMs);
  return (
    starts[0] === whole.fromMs &&
    ends.at(-1) === whole.toMs &&
    starts.slice(1).every((start, index) => start === ends[index])
  );
}

describe('cutting by length', () => {
  it.each([
    [1, 1],
    [365, 1],
    [366, 2],
    [730, 2],
    [1_096, 4],
  ])('cuts %i days into %i pieces that join', (days, count) => {
    const whole = { fromMs: Date.UTC(2023, 10, 20), toMs: Date.UTC(2023, 10, 20) + days * day };
    const pieces = cutByLength(whole);
    expect(pieces).toHaveLength(count);
    expect(joins(pieces, whole)).toBe(true);
    expect(pieces.every(({ fromMs, toMs }) => toMs - fromMs <= 365 * day)).toBe(true);
  });

  it('has no piece for an empty or reversed window', () => {
    expect([
      ...cutByLength({ fromMs: 5, toMs: 5 }),
      ...cutByLength({ fromMs: 6, toMs: 5 }),
    ]).toEqual([]);
  });
});

describe('splitting by count', () => {
  /** Instants in order, many of them equal. */
  function createInstants(seed: number, size: number, spanMs: number): number[] {
    let state = seed;
    const next = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    return Array.from({ length: size }, () => Math.floor(next() ** 3 * spanMs));
  }

  it.each([1, 2, 3, 4, 5])('loses and doubles nothing at any cut (seed %i)', async (seed) => {
    const whole = { fromMs: 0, toMs: 1_000 };
    const instants = createInstants(seed, 5_000, 1_000);
    const rowsIn = ({ fromMs, toMs }: Piece) => instants.filter((at) => at >= fromMs && at < toMs);
    const pieces = await collect(splitByCount(whole, async (piece) => rowsIn(piece).length, 50));
    expect(joins(pieces, whole)).toBe(true);
    expect(pieces.flatMap(rowsIn)).toHaveLength(5_000);
    expect(pieces.filter(({ fromMs, toMs, count }) => count > 50 && toMs - fromMs > 1)).toEqual([]);
  });

  it('leaves a window alone that is just at the ceiling', async () => {
    const pieces = await collect(splitByCount({ fromMs: 0, toMs: day }, async () => 100_000));
    expect(pieces).toEqual([{ fromMs: 0, toMs: day, count: 100_000 }]);
  });

  it('halves a window that is one above it', async () => {
    const count = async ({ fromMs, toMs }: Piece) => (toMs - fromMs === day ? 100_001 : 1);
    const pieces = await collect(splitByCount({ fromMs: 0, toMs: day }, count));
    expect(pieces).toEqual([
      { fromMs: 0, toMs: day / 2, count: 1 },
      { fromMs: day / 2, toMs: day, count: 1 },
    ]);
  });

  it('gives a single millisecond up with its count', async () => {
    const count = async ({ fromMs, toMs }: Piece) => (fromMs <= 7 && toMs > 7 ? 200_000 : 0);
    const pieces = await collect(splitByCount({ fromMs: 0, toMs: 16 }, count));
    expect(pieces.filter((piece) => piece.count > 0)).toEqual([
      { fromMs: 7, toMs: 8, count: 200_000 },
    ]);
  });
});

it('loses and doubles none of 250,000 rows, many of them in the milliseconds of the cuts', async () => {
  const random = createRandom(7);
  const window = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 11, 1) };
  const lengthMs = window.toMs - window.fromMs;
  const rows: number[] = [];
  // Where the halves, quarters and eighths of the window meet, and right beside it.
  for (let eighth = 1; eighth < 8; eighth++) {
    const cutMs = window.fromMs + Math.floor((lengthMs * eighth) / 8);
    for (const atMs of [cutMs - 1, cutMs, cutMs + 1]) rows.push(...Array<number>(500).fill(atMs));
  }
  rows.push(...Array<number>(100).fill(window.fromMs), ...Array<number>(100).fill(window.toMs - 1));
  // A busy week in the middle of a quiet year.
  while (rows.length < 250_000) {
    const spread = rows.length % 4 === 0 ? lengthMs : 7 * 86_400_000;
    const startMs = spread === lengthMs ? window.fromMs : window.fromMs + lengthMs / 2;
    rows.push(startMs + random.between(0, spread - 1));
  }
  const within = ({ fromMs, toMs }: Piece) => rows.filter((ms) => fromMs <= ms && ms < toMs);

  const pieces: CountedPiece[] = [];
  for await (const piece of splitByCount(window, async (part) => within(part).length)) {
    pieces.push(piece);
  }
  const found = pieces.flatMap(within);

  expect(pieces.length).toBeGreaterThan(2);
  expect(Math.max(...pieces.map(({ count }) => count))).toBeLessThanOrEqual(100_000);
  expect(pieces.map(({ fromMs }) => fromMs).slice(1)).toEqual(
    pieces.map(({ toMs }) => toMs).slice(0, -1),
  );
  expect([pieces.at(0)?.fromMs, pieces.at(-1)?.toMs]).toEqual([window.fromMs, window.toMs]);
  expect(found.length).toBe(rows.length);
  expect(Float64Array.from(found).sort()).toEqual(Float64Array.from(rows).sort());
});
