import { type Channel, channelFilter } from './channels.ts';
import { anyOf, type Conditions, conditionFilters } from './conditions.ts';
import type { Dialect } from './dialect.ts';
import { neededFields, optionalFields } from './task.ts';

/** Which tasks are meant. */
export interface TaskQuery extends Conditions {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  /** By which of its times a task belongs to the window. */
  readonly by: 'created' | 'ended';
  readonly channel: Channel;
  /** Last queues; none means all. */
  readonly queueIds?: readonly string[] | undefined;
  /** For queues that have been deleted and have no id any more. */
  readonly queueNames?: readonly string[] | undefined;
}

const parameters = '$from: Long!, $to: Long!, $by: QueryTimeType, $filter: TaskDetailsFilters';
const range = 'from: $from, to: $to, timeComparator: $by, filter: $filter';
const paging = 'pagination: { cursor: $cursor }';

/** Values for the variables of both queries but the cursor, which is `NA` for the first page. */
export function toVariables(query: TaskQuery, dialect: Dialect): Record<string, unknown> {
  const filter = toFilter(query, dialect);
  return {
    from: query.fromMs,
    // The vendor's window includes its end.
    to: query.toMs - 1,
    by: query.by === 'ended' ? 'endedTime' : 'createdTime',
    ...(filter && { filter }),
  };
}

type Filter = Readonly<Record<string, unknown>>;

function toFilter(query: TaskQuery, dialect: Dialect): Filter | undefined {
  const channel = dialect.channelFilter ? channelFilter(query.channel) : undefined;
  const queues = [
    ...(query.queueIds ?? []).map((id) => ({ lastQueue: { id: { equals: id } } })),
    ...(query.queueNames ?? []).map((name) => ({ lastQueue: { name: { equals: name } } })),
  ];
  const parts: Filter[] = [];
  if (channel) parts.push({ channelType: channel });
  if (queues.length > 0) parts.push(anyOf(queues));
  if (dialect.conditionFilter) parts.push(...conditionFilters(query));
  return parts.length > 1 ? { and: parts } : parts[0];
}

export function pageQuery(dialect: Dialect, { through = [] }: Conditions = {}): string {
  // The most that one answer may hold of them.
  const activities = through.length > 0 ? ' activities(first: 100) { nodes { queueName } }' : '';
  return `query Tasks(${parameters}, $cursor: String) {
  taskDetails(${range}, ${paging}) {
    tasks { ${selection(dialect)}${activities} }
    pageInfo { hasNextPage endCursor }
  }
}`;
}

export type CountKey = 'channelType' | 'lastQueue' | 'lastAgent';

/** Fields selected beside the aggregation are what it groups by. */
export function countQuery(keys: readonly CountKey[] = []): string {
  const groupBy = {
    channelType: 'channelType',
    lastQueue: 'lastQueue { id name }',
    lastAgent: 'lastAgent { id name }',
  };
  return `query Count(${parameters}, $cursor: String) {
  taskDetails(${range}, ${paging}, aggregations: [{ field: "id", type: count, name: "tasks" }]) {
    tasks { ${keys.map((key) => groupBy[key]).join(' ')} aggregation { name value } }
    pageInfo { hasNextPage endCursor }
  }
}`;
}

function selection(dialect: Dialect): string {
  const members = new Map<string, string[]>();
  for (const field of [...neededFields, ...optionalFields]) {
    if (dialect.without.includes(field)) continue;
    const [name = '', member] = field.split('.');
    const known = members.get(name) ?? [];
    members.set(name, member === undefined ? known : [...known, member]);
  }
  const texts = [...members].map(([name, inner]) => {
    if (name === 'createdTime' && dialect.sorted) return 'createdTime(sort: asc)';
    return inner.length === 0 ? name : `${name} { ${inner.join(' ')} }`;
  });
  return texts.join(' ');
}
