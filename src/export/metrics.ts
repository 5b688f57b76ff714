import type { Entry } from '../contact-center/transcript/entry.ts';

export interface Metrics {
  /** From the customer's first words to the first answer of a person. */
  readonly firstResponseMs: number | undefined;
  /** Longest time between two entries that follow each other. */
  readonly longestSilenceMs: number | undefined;
}

/** @param entries in order of time; those without a time do not count */
export function metricsOf(entries: readonly Entry[]): Metrics {
  let askedMs: number | undefined;
  let firstResponseMs: number | undefined;
  let longestSilenceMs: number | undefined;
  let lastMs: number | undefined;
  for (const { timestampMs, role } of entries) {
    if (timestampMs === undefined) continue;
    if (lastMs !== undefined) {
      longestSilenceMs = Math.max(longestSilenceMs ?? 0, timestampMs - lastMs);
    }
    lastMs = timestampMs;
    if (role === 'customer') askedMs ??= timestampMs;
    if (role === 'agent' && askedMs !== undefined) firstResponseMs ??= timestampMs - askedMs;
  }
  return { firstResponseMs, longestSilenceMs };
}
