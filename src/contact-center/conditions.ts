import { isOfChannel } from './channels.ts';
import type { TaskQuery } from './query.ts';
import type { Task } from './task.ts';
import { isMembers, text } from './values.ts';

/** What a task has to be besides of its channel, its time and its last queue. */
export interface Conditions {
  /** Exactly these and no others, wherever they ended. */
  readonly ids?: readonly string[] | undefined;
  /** Last agents, by id where it is known, else by name; none means all. */
  readonly agents?:
    | readonly { readonly id: string | undefined; readonly name: string }[]
    | undefined;
  /** The e-mail address of the customer. */
  readonly customer?: string | undefined;
  /** Queues by name: the task was in one of them at any time. */
  readonly through?: readonly string[] | undefined;
}

type Filter = Readonly<Record<string, unknown>>;

/** Those of the conditions that Search can be asked for. */
export function conditionFilters({ ids = [], agents = [], customer }: Conditions): Filter[] {
  const filters: Filter[] = [];
  if (ids.length > 0) filters.push(anyOf(ids.map((id) => ({ id: { equals: id } }))));
  if (agents.length > 0) {
    const each = agents.map(({ id, name }) =>
      id === undefined ? { name: { equals: name } } : { id: { equals: id } },
    );
    filters.push(anyOf(each.map((lastAgent) => ({ lastAgent }))));
  }
  if (customer !== undefined) {
    // Addresses are the same in either case, and operators tell the cases apart.
    const match = { match: inAnyCase(customer) };
    filters.push(anyOf([{ customer: { email: match } }, { origin: match }]));
  }
  return filters;
}

/** There is no operator for "one of". */
export function anyOf(filters: readonly Filter[]): Filter {
  const [only, ...others] = filters;
  return only && others.length === 0 ? only : { or: filters };
}

function inAnyCase(word: string): string {
  return [...word]
    .map((sign) => {
      const [lower, upper] = [sign.toLowerCase(), sign.toUpperCase()];
      if (lower !== upper && lower.length === 1 && upper.length === 1) return `[${lower}${upper}]`;
      // Whichever dialect of patterns it is, a sign behind a backslash is itself.
      return /[\p{L}\p{N}]/u.test(sign) ? sign : `\\${sign}`;
    })
    .join('');
}

/** The whole question asked of a task that came, whatever the service has filtered by. */
export function isWanted(row: unknown, task: Task, query: TaskQuery): boolean {
  const { ids, agents = [], customer, through = [] } = query;
  if (ids && !ids.includes(task.id)) return false;
  if (!isOfChannel(query.channel, task.channelType)) return false;
  if (agents.length > 0 && !agents.some((agent) => isAgent(agent, task))) return false;
  if (customer !== undefined && !isCustomer(customer, task)) return false;
  return through.length === 0 || isAnyOf(through, queuesOf(row, task));
}

function isAgent({ id, name }: { id: string | undefined; name: string }, { lastAgent }: Task) {
  if (id !== undefined && lastAgent?.id !== undefined) return lastAgent.id === id;
  return lastAgent?.name !== undefined && fold(lastAgent.name) === fold(name);
}

function isCustomer(address: string, { customer, origin }: Task): boolean {
  return isAnyOf([address], [customer?.email, origin]);
}

/** All the task is known to have been in: its activities name each, the other fields some. */
function queuesOf(row: unknown, task: Task): (string | undefined)[] {
  const activities = isMembers(row) ? row['activities'] : undefined;
  const nodes = isMembers(activities) ? activities['nodes'] : undefined;
  const listed = Array.isArray(nodes)
    ? nodes.map((node: unknown) => (isMembers(node) ? text(node['queueName']) : undefined))
    : [];
  return [task.firstQueueName, task.lastQueue?.name, ...listed];
}

function isAnyOf(wanted: readonly string[], found: readonly (string | undefined)[]): boolean {
  const folded = new Set(wanted.map(fold));
  return found.some((one) => one !== undefined && folded.has(fold(one)));
}

/** Case and extra spaces make no other name. */
export function fold(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
