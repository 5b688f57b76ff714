import { z } from 'zod';
import { InvalidAnswerError } from '../http/errors.ts';
import type { Caller, ContactCenter } from './client.ts';
import { askTolerantly } from './dialect.ts';
import { askSearch, PageInfo } from './graphql.ts';
import { type CountKey, countQuery, type TaskQuery, toVariables } from './query.ts';
import { Numeric, Text } from './values.ts';

/** Tasks that have the same channel, the same last queue or the same last agent. */
export interface TaskCount {
  /** Of the queue or the agent. */
  readonly id: string | undefined;
  /** Of the queue or the agent, or the channel's word; `undefined` for tasks without one. */
  readonly name: string | undefined;
  readonly count: number;
}

const Aggregation = z.object({
  name: z.string(),
  /** The same answer may hold strings and numbers; the count of nothing may be `null`. */
  value: z.union([z.null().transform(() => 0), Numeric.pipe(z.number())]),
});

const Group = z.object({
  channelType: Text,
  lastQueue: z.object({ id: Text, name: Text }).nullish(),
  lastAgent: z.object({ id: Text, name: Text }).nullish(),
  aggregation: z.union([z.array(Aggregation), Aggregation.transform((one) => [one])]),
});

const CountPage = z.object({
  taskDetails: z.object({
    tasks: z.array(Group).nullable(),
    pageInfo: PageInfo.nullish(),
  }),
});

/**
 * How many tasks a search with this query lists, by the contact center's own account: with the tasks of
 * other channels where it does not filter by channel.
 *
 * @throws {ApiError} | {UnreachableError} | {InvalidAnswerError}
 */
export async function countTasks(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
): Promise<number> {
  const groups = await countGroups(contactCenter, caller, query);
  return groups.reduce((sum, group) => sum + countOf(group), 0);
}

/** The same count, taken apart; groups in the service's order. */
export async function countTasksBy(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
  key: CountKey,
): Promise<TaskCount[]> {
  const groups = await countGroups(contactCenter, caller, query, key);
  return groups.map((group) => ({
    id: key === 'channelType' ? undefined : group[key]?.id,
    name: key === 'channelType' ? group.channelType : group[key]?.name,
    count: countOf(group),
  }));
}

type Group = z.infer<typeof Group>;

/** A thousand groups a page: more pages than this are no groups of one organization. */
const maxPages = 100;

async function countGroups(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
  key?: CountKey,
): Promise<Group[]> {
  const groups: Group[] = [];
  if (query.fromMs >= query.toMs) return groups;
  const doing = key ? `counting tasks by ${key}` : 'counting tasks';
  const { dialects } = contactCenter;
  let cursor = 'NA';
  for (let page = 1; page <= maxPages; page++) {
    const { value } = await askTolerantly(
      { dialects, query, droppable: page === 1 ? ['channelFilter', 'conditionFilter'] : [] },
      (dialect) =>
        askSearch(contactCenter, caller, {
          doing,
          query: countQuery(key),
          variables: { ...toVariables(query, dialect), cursor },
          schema: CountPage,
        }),
    );
    const { tasks, pageInfo } = value.taskDetails;
    groups.push(...(tasks ?? []));
    if (!pageInfo?.endCursor) return groups;
    cursor = pageInfo.endCursor;
  }
  throw new InvalidAnswerError('contact-center', doing, 'the paging does not end');
}

function countOf({ aggregation }: Group): number {
  const [count] = aggregation;
  return aggregation.find(({ name }) => name === 'tasks')?.value ?? count?.value ?? 0;
}
