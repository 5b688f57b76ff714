import type { Entry } from './entry.ts';

/** In order of time, over all transcripts of a conversation; equal times in the order of their files. */
export function inOrderOfTime(entries: readonly Entry[]): Entry[] {
  return sortByTime(entries, ({ timestampMs }) => timestampMs);
}

/** What has no time stays behind what it follows. */
export function sortByTime<T>(items: readonly T[], timeOf: (item: T) => number | undefined): T[] {
  if (isInOrder(items, timeOf)) return [...items];
  let latestMs = Number.MIN_SAFE_INTEGER;
  const timed = items.map((item) => {
    latestMs = timeOf(item) ?? latestMs;
    return { item, atMs: latestMs };
  });
  return timed.sort((a, b) => a.atMs - b.atMs).map(({ item }) => item);
}

/** Nearly every file is, and then there is nothing to build. */
function isInOrder<T>(items: readonly T[], timeOf: (item: T) => number | undefined): boolean {
  let latestMs = Number.MIN_SAFE_INTEGER;
  for (const item of items) {
    const atMs = timeOf(item) ?? latestMs;
    if (atMs < latestMs) return false;
    latestMs = atMs;
  }
  return true;
}
