import type { ActivityRecord } from '../dataset/task.ts';
import { Refusal } from './refusal.ts';

const defaultFirst = 25;
const largestFirst = 100;

/** The inner paging of a task's activities. */
export function pageOfActivities(
  all: readonly ActivityRecord[],
  first: number | null = defaultFirst,
  after: string | null = null,
) {
  const size = first ?? defaultFirst;
  if (size < 1 || size > largestFirst) {
    throw new Refusal(400, `activities takes first from 1 to ${largestFirst}`);
  }
  const start = after === null || after === 'NA' ? 0 : Number(after);
  if (!Number.isInteger(start) || start < 0) throw new Refusal(400, 'activities: unknown cursor');
  const end = start + size;
  const hasNextPage = end < all.length;
  return {
    totalCount: all.length,
    nodes: all.slice(start, end),
    pageInfo: { hasNextPage, endCursor: hasNextPage ? String(end) : null },
  };
}
