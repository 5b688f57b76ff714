import { z } from 'zod';
import { InvalidAnswerError } from '../http/errors.ts';
import { isOfChannel } from './channels.ts';
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
  const groups = await countGroups(contactCenter, caller, query, [key]);
  return groups.map((group) => ({
    id: key === 'channelType' ? undefined : group[key]?.id,
    name: key === 'channelType' ? group.channelType : group[key]?.name,
    count: countOf(group),
  }));
}

/** Tasks of one channel that ended in the same queue. */
export interface QueueAndChannelCount {
  /** `undefined` for tasks that were in no queue. */
  readonly queue:
    | { readonly id: string | undefined; readonly name: string | undefined }
    | undefined;
  /** The service's own word for it. */
  readonly channel: string | undefined;
  readonly count: number;
}

/**
 * The count taken apart by both in one question, in the service's order. Other channels are left out here
 * where the service does not filter by channel, since each group says which one it is of.
 */
export async function countByQueueAndChannel(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
): Promise<QueueAndChannelCount[]> {
  const groups = await countGroups(contactCenter, caller, query, ['lastQueue', 'channelType']);
  return groups
    .filter(({ channelType }) => isOfChannel(query.channel, channelType))
    .map((group) => {
      const { id, name } = group.lastQueue ?? {};
      const queue = id === undefined && name === undefined ? undefined : { id, name };
      return { queue, channel: group.channelType, count: countOf(group) };
    });
}

type Group = z.infer<typeof Group>;

/** A thousand groups a page: more pages than this are no groups of one organization. */
const maxPages = 100;

async function countGroups(
  contactCenter: ContactCenter,
  caller: Caller,
  query: TaskQuery,
  keys: readonly CountKey[] = [],
): Promise<Group[]> {
  const groups: Group[] = [];
  if (query.fromMs >= query.toMs) return groups;
  const doing = ['counting tasks', keys.join(' and ')].filter((part) => part !== '').join(' by ');
  const { dialects } = contactCenter;
  let cursor = 'NA';
  for (let page = 1; page <= maxPages; page++) {
    const { value } = await askTolerantly(
      { dialects, query, droppable: page === 1 ? ['channelFilter', 'conditionFilter'] : [] },
      (dialect) =>
        askSearch(contactCenter, caller, {
          doing,
          query: countQuery(keys),
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
