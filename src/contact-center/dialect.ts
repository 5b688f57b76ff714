import { ApiError } from '../http/errors.ts';
import { conditionFilters } from './conditions.ts';
import type { TaskQuery } from './query.ts';
import { optionalFields } from './task.ts';

/**
 * How a search is put. What a contact center accepts beyond the documented core differs with its age and
 * region, so a refused part is left out and the search put again.
 */
export interface Dialect {
  /** Oldest first, instead of the service's own order. */
  readonly sorted: boolean;
  readonly channelFilter: boolean;
  /** By id, agent and customer. */
  readonly conditionFilter: boolean;
  /** Fields that the service does not know. */
  readonly without: readonly string[];
}

/** What worked last for questions of one kind, so that each refusal is met once. */
export type Dialects = Map<string, Dialect>;

const fullDialect: Dialect = {
  sorted: true,
  channelFilter: true,
  conditionFilter: true,
  without: [],
};

/** Parts that can be given up as a whole. */
type Droppable = 'sorted' | 'channelFilter' | 'conditionFilter';

interface Asking {
  readonly dialects: Dialects;
  readonly query: TaskQuery;
  /** Parts that are as they are, because an earlier question was put that way. */
  readonly pinned?: Partial<Pick<Dialect, Droppable>> | undefined;
  readonly droppable: readonly Droppable[];
}

/** Whether the question was refused as such; GraphQL says that with 200, too. */
export function isRefusedQuestion(error: unknown): error is ApiError {
  return error instanceof ApiError && [200, 400, 422].includes(error.status);
}

/**
 * Puts a question until the service understands it, and remembers how.
 *
 * @throws {ApiError} the first refusal, when leaving parts out does not help
 */
export async function askTolerantly<T>(
  { dialects, query, pinned, droppable }: Asking,
  ask: (dialect: Dialect) => Promise<T>,
): Promise<{ readonly value: T; readonly dialect: Dialect }> {
  const has = {
    sorted: true,
    channelFilter: query.channel !== 'all',
    conditionFilter: conditionFilters(query).length > 0,
  };
  const kind = kindOf(query, has.conditionFilter);
  const start = { ...(dialects.get(kind) ?? fullDialect), ...pinned };
  const parts = droppable.filter((part) => has[part]);
  let dialect: Dialect = start;
  let firstRefusal: ApiError | undefined;
  for (;;) {
    try {
      const value = await ask(dialect);
      if (dialect !== start) dialects.set(kind, dialect);
      return { value, dialect };
    } catch (error) {
      if (!isRefusedQuestion(error)) throw error;
      firstRefusal ??= error;
      const simpler = simplify(dialect, parts, error.detail ?? '');
      if (!simpler) throw firstRefusal;
      dialect = simpler;
    }
  }
}

/** What is refused in a question of one kind says nothing about the others. */
function kindOf({ channel, ids }: TaskQuery, hasConditions: boolean): string {
  if (ids) return `${channel} by id`;
  return hasConditions ? `${channel} with conditions` : channel;
}

/** Gives up what the refusal names; where it names nothing we know, one part after the other. */
function simplify(
  dialect: Dialect,
  droppable: readonly Droppable[],
  refusal: string,
): Dialect | undefined {
  const canDrop = (part: Droppable) => dialect[part] && droppable.includes(part);
  if (canDrop('sorted') && /\bsort\b/i.test(refusal)) return { ...dialect, sorted: false };
  const unknown = unknownFields(refusal).filter((field) => !dialect.without.includes(field));
  if (unknown.length > 0) return { ...dialect, without: [...dialect.without, ...unknown] };
  if (canDrop('conditionFilter') && /lastAgent|customer|origin|match|\bid\b/i.test(refusal)) {
    return { ...dialect, conditionFilter: false };
  }
  if (canDrop('channelFilter') && /channelType|filter|enum/i.test(refusal)) {
    return { ...dialect, channelFilter: false };
  }
  const part = droppable.find(canDrop);
  return part && { ...dialect, [part]: false };
}

/** Reads graphql-java's `FieldUndefined@[taskDetails/tasks/a/b]` and graphql-js's `field "a"`. */
function unknownFields(refusal: string): string[] {
  const paths = refusal.matchAll(/FieldUndefined@\[taskDetails\/tasks\/([\w/]+)\]/g);
  const names = refusal.matchAll(/Cannot query field ["'](\w+)["']/g);
  const named = [...paths, ...names].map(([, path = '']) => path.replaceAll('/', '.'));
  return optionalFields.filter((field) =>
    named.some((name) => field === name || field.startsWith(`${name}.`)),
  );
}
