import { z } from 'zod';
import { InvalidAnswerError } from '../http/errors.ts';
import type { Caller, ContactCenter } from './client.ts';
import { isWanted } from './conditions.ts';
import { askTolerantly, type Dialect } from './dialect.ts';
import { askSearch, PageInfo } from './graphql.ts';
import { pageQuery, type TaskQuery, toVariables } from './query.ts';
import { readTask, type Task } from './task.ts';

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** Listed, but not what was asked for: this service does not filter by all of it. */
  readonly droppedByClient: readonly Task[];
  /** Rows without an id, which nobody can account for. */
  readonly unusable: number;
  /** Where to continue after a restart, not for reading; `undefined` after the last page. */
  readonly nextCursor: string | undefined;
}

const Page = z.object({
  taskDetails: z.object({
    tasks: z.array(z.unknown()).nullable(),
    pageInfo: PageInfo,
  }),
});

interface AnsweredPage {
  readonly tasks: readonly unknown[];
  readonly nextCursor: string | undefined;
}

/** The first page of a search, asked for before anybody knows whether it will be read. */
export interface OpenedSearch {
  readonly query: TaskQuery;
  /** Rejects as `searchTasks` does, without being an unhandled rejection where nobody reads it. */
  readonly firstPage: Promise<AnsweredPage>;
}

/** Tasks in one page, which the service fixes (the Search guide). */
export const pageSize = 250;

/** 100,000 rows can be reached in all: far more pages than that are a loop. */
const maxPages = 5_000;
const maxEmptyPages = 20;

/** Asks for the first page, so that it is on its way while something else is being found out. */
export function openSearch(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
): OpenedSearch {
  const firstPage = askPage(contactCenter, caller, query, undefined, describePage(1));
  firstPage.catch(() => {});
  return { query, firstPage };
}

/**
 * Lists the tasks of one window of at most 365 days, page after page, oldest first where the service
 * sorts. An id may come more than once when pages shift under the search.
 *
 * @param from a `nextCursor` of an earlier run with the same query, or the first page that was asked for
 * @throws {InvalidAnswerError} also when paging does not come to an end; {ApiError}; {UnreachableError}
 */
export async function* searchTasks(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
  from?: string | OpenedSearch,
): AsyncGenerator<TaskPage> {
  if (query.fromMs >= query.toMs) return;
  const cursor = typeof from === 'string' ? from : undefined;
  let opened = typeof from === 'string' ? undefined : from;
  const seen = new Set(cursor === undefined ? [] : [cursor]);
  let emptyPages = 0;
  let next = cursor;
  for (let number = 1; ; number++) {
    const doing = describePage(number);
    const page = opened?.firstPage ?? askPage(contactCenter, caller, query, next, doing);
    opened = undefined;
    const { tasks, nextCursor } = await page;
    emptyPages = tasks.length === 0 ? emptyPages + 1 : 0;
    yield { ...sortOut(tasks, query), nextCursor };
    if (nextCursor === undefined) return;
    if (seen.has(nextCursor)) throw endless(doing, 'its cursor came before');
    if (emptyPages > maxEmptyPages || number === maxPages) throw endless(doing, 'no end in sight');
    seen.add(nextCursor);
    next = nextCursor;
  }
}

function describePage(number: number): string {
  return `searching tasks, page ${number}`;
}

async function askPage(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
  cursor: string | undefined,
  doing: string,
): Promise<AnsweredPage> {
  const place = cursor === undefined ? undefined : readCursor(cursor);
  const asking = {
    dialects: contactCenter.dialects,
    query,
    // A cursor counts rows of one question: in another order or unfiltered it would skip and repeat some.
    pinned: place?.question,
    droppable: place ? [] : (['sorted', 'channelFilter', 'conditionFilter'] as const),
  };
  const { value, dialect } = await askTolerantly(asking, (dialect) =>
    askSearch(contactCenter, caller, {
      doing,
      query: pageQuery(dialect, query),
      variables: { ...toVariables(query, dialect), cursor: place?.endCursor ?? 'NA' },
      schema: Page,
    }),
  );
  const { tasks, pageInfo } = value.taskDetails;
  const { endCursor } = pageInfo;
  return { tasks: tasks ?? [], nextCursor: endCursor && printCursor(dialect, endCursor) };
}

function sortOut(rows: readonly unknown[], query: TaskQuery): Omit<TaskPage, 'nextCursor'> {
  const tasks: Task[] = [];
  const droppedByClient: Task[] = [];
  let unusable = 0;
  for (const row of rows) {
    const task = readTask(row);
    if (!task) unusable++;
    else if (isWanted(row, task, query)) tasks.push(task);
    else droppedByClient.push(task);
  }
  return { tasks, droppedByClient, unusable };
}

function endless(doing: string, issue: string): InvalidAnswerError {
  return new InvalidAnswerError('contact-center', doing, `the paging does not end: ${issue}`);
}

function printCursor(dialect: Dialect, endCursor: string): string {
  const flags = [
    dialect.sorted ? 's' : '-',
    dialect.channelFilter ? 'c' : '-',
    dialect.conditionFilter ? 'f' : '-',
  ];
  return `${flags.join('')}:${endCursor}`;
}

function readCursor(cursor: string) {
  // Earlier versions had no conditions to filter by.
  const [, sorted, channelFilter, conditionFilter = 'f', endCursor = ''] =
    /^([s-])([c-])([f-])?:(.+)$/s.exec(cursor) ?? [];
  if (endCursor === '') throw new TypeError('this cursor does not come from a search');
  const question = {
    sorted: sorted === 's',
    channelFilter: channelFilter === 'c',
    conditionFilter: conditionFilter === 'f',
  };
  return { question, endCursor };
}
