/** How often something happened within the last `windowMs`. */
export interface SlidingCount {
  add(atMs: number, count?: number): void;
  count(nowMs: number): number;
  /** Instant of the oldest event still counted; 0 when there is none. */
  oldestMs(): number;
  /** Moves every event by so many milliseconds, after the clock was set. */
  shift(byMs: number): void;
}

/**
 * Exact, at a cost that does not depend on how much happens: events of one millisecond share one entry,
 * and what has left the window is dropped in large pieces.
 */
export function createSlidingCount(windowMs: number): SlidingCount {
  let entries: { atMs: number; count: number }[] = [];
  let first = 0;
  let total = 0;

  const dropOld = (nowMs: number) => {
    for (let entry = entries[first]; entry && entry.atMs <= nowMs - windowMs; ) {
      total -= entry.count;
      first++;
      entry = entries[first];
    }
    if (first > 1_000 && first > entries.length / 2) {
      entries = entries.slice(first);
      first = 0;
    }
  };

  return {
    add(atMs, count = 1) {
      const last = entries.at(-1);
      if (last?.atMs === atMs && first < entries.length) last.count += count;
      else entries.push({ atMs, count });
      total += count;
    },
    count(nowMs) {
      dropOld(nowMs);
      return total;
    },
    oldestMs() {
      return entries[first]?.atMs ?? 0;
    },
    shift(byMs) {
      for (const entry of entries) entry.atMs += byMs;
    },
  };
}
