const hourMs = 3_600_000;

/** Conversations per hour of a working day, from midnight UTC: Leipzig and Austin at their desks. */
const byHour = [
  0.02, 0.02, 0.02, 0.02, 0.05, 0.2, 0.7, 1.4, 2, 2.2, 2, 1.6, 1.8, 2.2, 2.4, 2.1, 1.7, 1.2, 0.9,
  0.7, 0.5, 0.2, 0.1, 0.05,
];

const byWeekday = [0.15, 1.25, 1.1, 1, 1, 0.95, 0.3];

export interface Calendar {
  /** When conversation number `index` (0 is the oldest) of `count` begins; never later than the next one. */
  startOf(index: number): number;
  /** The number of the first conversation at or after this instant. */
  firstAt(atMs: number): number;
}

/**
 * Spreads `count` conversations over the days before `nowMs` the way office hours and weekends do.
 *
 * @param jitter where in its share of time a conversation begins, in [0, 1)
 */
export function createCalendar(options: {
  readonly nowMs: number;
  readonly days: number;
  readonly count: number;
  readonly jitter: (index: number) => number;
}): Calendar {
  const { nowMs, days, count, jitter } = options;
  const hours = Math.max(1, Math.round(days * 24));
  const startMs = nowMs - hours * hourMs;
  const volumeUntil = cumulativeVolume(startMs, hours);
  const total = volumeUntil[hours] ?? 0;

  const startOf = (index: number) => {
    const volume = ((index + jitter(index)) / count) * total;
    const hour = partition(hours, (slot) => (volumeUntil[slot + 1] ?? 0) <= volume);
    const low = volumeUntil[hour] ?? 0;
    const high = volumeUntil[hour + 1] ?? total;
    const fraction = high > low ? (volume - low) / (high - low) : 0;
    return Math.min(nowMs - 1, Math.floor(startMs + (hour + fraction) * hourMs));
  };
  return {
    startOf,
    firstAt: (atMs) => partition(count, (index) => startOf(index) < atMs),
  };
}

function cumulativeVolume(startMs: number, hours: number): Float64Array {
  const volume = new Float64Array(hours + 1);
  for (let hour = 0; hour < hours; hour++) {
    const date = new Date(startMs + hour * hourMs);
    const weight = (byHour[date.getUTCHours()] ?? 1) * (byWeekday[date.getUTCDay()] ?? 1);
    volume[hour + 1] = (volume[hour] ?? 0) + weight;
  }
  return volume;
}

/** The first number below `count` of which `isBefore` is false, or `count`; `isBefore` turns only once. */
function partition(count: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
