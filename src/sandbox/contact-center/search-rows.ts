import { createHash } from 'node:crypto';
import type { Dataset, TaskRange } from '../dataset/dataset.ts';
import type { TaskRecord } from '../dataset/task.ts';
import type { ContactCenterOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import { readField } from './search-fields.ts';
import type { Matches } from './search-filters.ts';
import type { Span } from './search-limits.ts';
import type { SelectedField } from './search-selection.ts';

export interface RowQuery {
  readonly span: Span;
  readonly by: 'createdTime' | 'endedTime';
  readonly matches: Matches;
  readonly sort: SelectedField | undefined;
  readonly cursor: string | null | undefined;
  /** Everything that has to be the same on the next page. */
  readonly identity: string;
  /** Rows are filtered by activities, which the service does to a limited number of records only. */
  readonly extended: boolean;
}

export interface Page {
  readonly tasks: readonly unknown[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Where a page ended: rows handed out so far, and the last one of them. */
interface Position {
  readonly served: number;
  readonly createdTime: number;
  readonly id: string;
}

const extendedRecords = 2_500;

/** One page of rows. */
export function pageOfRows(
  dataset: Dataset,
  query: RowQuery,
  { pageSize, rowCeiling }: Pick<ContactCenterOptions, 'pageSize' | 'rowCeiling'>,
): Page {
  const start = readCursor(query.cursor, query.identity);
  if (start && start.served >= rowCeiling) {
    throw new Refusal(400, `Paging ends after ${rowCeiling} rows`);
  }
  const rows = isByCreation(query.sort)
    ? rowsByCreation(dataset, query, start)
    : rowsBy(query.sort, dataset, query, start);
  const tasks: TaskRecord[] = [];
  let hasNextPage = false;
  let seen = 0;
  for (const task of rows) {
    seen += 1;
    if (query.extended && seen > extendedRecords && start === undefined) {
      throw new Refusal(413, `extFilter fills no page from the first ${extendedRecords} records`);
    }
    if (!query.matches(task)) continue;
    hasNextPage = tasks.length === pageSize;
    if (hasNextPage) break;
    tasks.push(task);
  }
  const last = tasks.at(-1);
  return {
    tasks,
    pageInfo: {
      hasNextPage,
      endCursor:
        hasNextPage && last
          ? writeCursor({ ...last, served: (start?.served ?? 0) + tasks.length }, query.identity)
          : null,
    },
  };
}

function isByCreation(sort: SelectedField | undefined): boolean {
  return sort === undefined || sort.path.join('.') === 'createdTime';
}

/** Continues right behind the last row, so that a late page costs no more than the first. */
function* rowsByCreation(dataset: Dataset, query: RowQuery, start: Position | undefined) {
  const order = query.sort?.sort ?? 'desc';
  const range: TaskRange = { by: query.by, ...query.span, order };
  const rows = dataset.tasks(start ? continued(range, start) : range);
  let behind = start === undefined;
  for (const task of rows) {
    if (behind) yield task;
    else behind = task.id === start?.id;
  }
}

function continued(range: TaskRange, { createdTime }: Position): TaskRange {
  return {
    ...range,
    ...(range.order === 'asc' ? { createdFromMs: createdTime } : { createdToMs: createdTime }),
  };
}

function* rowsBy(
  sort: SelectedField | undefined,
  dataset: Dataset,
  query: RowQuery,
  start: Position | undefined,
) {
  const path = sort?.path ?? [];
  const sign = sort?.sort === 'asc' ? 1 : -1;
  const rows = [...dataset.tasks({ by: query.by, ...query.span })];
  rows.sort((one, other) => sign * compare(readField(one, path), readField(other, path)));
  const first = start ? rows.findIndex(({ id }) => id === start.id) + 1 : 0;
  yield* rows.slice(first);
}

/** Nothing comes last in either direction of the alphabet, like the smallest value. */
export function compare(one: unknown, other: unknown): number {
  if (one === other) return 0;
  if (one === null) return -1;
  if (other === null) return 1;
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one) < String(other) ? -1 : 1;
}

function writeCursor({ served, createdTime, id }: Position, identity: string): string {
  const text = [served, createdTime, id, fingerprint(identity)].join(' ');
  return Buffer.from(text, 'utf8').toString('base64url');
}

/** The first page is asked for in four ways: no cursor, none inside, and two words of older samples. */
export function isFirstPage(cursor: string | null | undefined): cursor is null | undefined {
  return cursor === undefined || cursor === null || cursor === 'NA' || cursor === '0';
}

function readCursor(cursor: string | null | undefined, identity: string): Position | undefined {
  if (isFirstPage(cursor)) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [served, createdTime, id, print] = text.split(' ');
  if (id === undefined || print !== fingerprint(identity)) {
    throw new Refusal(400, 'The cursor does not belong to this query');
  }
  return { served: Number(served), createdTime: Number(createdTime), id };
}

function fingerprint(identity: string): string {
  return createHash('sha256').update(identity).digest('base64url').slice(0, 12);
}
