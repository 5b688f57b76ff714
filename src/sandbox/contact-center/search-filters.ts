import type { TaskRecord } from '../dataset/task.ts';
import { Refusal } from './refusal.ts';
import { activityFields, type FieldTable, readField, taskFields } from './search-fields.ts';

export type Matches = (task: TaskRecord) => boolean;

/** The arguments that choose rows, as GraphQL has checked them against the schema. */
export interface RowFilters {
  readonly filter?: FilterInput | null | undefined;
  readonly extFilter?: FilterInput | null | undefined;
}

export type FilterInput = Readonly<Record<string, unknown>>;

const mostConditions = 1_000;

/**
 * Makes one function of all filters of a query.
 *
 * @throws {Refusal} more than a thousand conditions, an empty list, a pattern that is none
 */
export function compileFilters({ filter, extFilter }: RowFilters): Matches {
  const counter = { conditions: 0 };
  const byTask = filter ? compile(filter, taskFields, counter) : everything;
  const byActivity = extFilter ? compileExtended(extFilter, counter) : everything;
  if (counter.conditions > mostConditions) {
    throw new Refusal(400, `More than ${mostConditions} filter conditions`);
  }
  return (task) => byTask(task) && byActivity(task);
}

type Test = (row: unknown) => boolean;

interface Counter {
  conditions: number;
}

const everything: Test = () => true;

function compile(filter: FilterInput, table: FieldTable, counter: Counter): Test {
  return both(
    compound(filter, (part) => compile(part, table, counter)),
    compileMembers(filter, table, [], counter),
  );
}

/** An activity has to fulfil all that is said about activities in one place. */
function compileExtended(filter: FilterInput, counter: Counter): Test {
  const whole = compound(filter, (part) => compileExtended(part, counter));
  const nodes = readField(filter, ['activities', 'nodes']);
  if (!isInput(nodes)) return whole;
  const one = compileMembers(nodes, activityFields, [], counter);
  return both(whole, (row) => {
    const activities = readField(row, ['activities']);
    return Array.isArray(activities) && activities.some(one);
  });
}

function compound(filter: FilterInput, compilePart: (part: FilterInput) => Test): Test {
  let test = everything;
  for (const operator of ['and', 'or'] as const) {
    const parts = filter[operator];
    if (!Array.isArray(parts)) continue;
    if (parts.length === 0) throw new Refusal(400, `The list of "${operator}" is empty`);
    const tests = parts.filter(isInput).map(compilePart);
    test = both(
      test,
      operator === 'and'
        ? (row) => tests.every((each) => each(row))
        : (row) => tests.some((each) => each(row)),
    );
  }
  return test;
}

function compileMembers(
  filter: FilterInput,
  table: FieldTable,
  path: readonly string[],
  counter: Counter,
): Test {
  let test = everything;
  for (const [name, type] of Object.entries(table)) {
    const member = filter[name];
    if (!isInput(member)) continue;
    const place = [...path, name];
    if (typeof type === 'object') {
      test = both(test, compileMembers(member, type, place, counter));
      continue;
    }
    for (const [operator, value] of Object.entries(member)) {
      counter.conditions += 1;
      const holds = condition(operator, value);
      test = both(test, (row) => holds(readField(row, place)));
    }
  }
  return test;
}

function condition(operator: string, wanted: unknown): (value: unknown) => boolean {
  switch (operator) {
    case 'equals':
      return (value) => value === wanted;
    case 'notequals':
      return (value) => value !== wanted;
    case 'contains':
      return (value) => typeof value === 'string' && value.includes(String(wanted));
    case 'match': {
      const pattern = toPattern(String(wanted));
      return (value) => typeof value === 'string' && pattern.test(value);
    }
    default:
      return comparison(operator, Number(wanted));
  }
}

function comparison(operator: string, limit: number): (value: unknown) => boolean {
  const holds: Record<string, (value: number) => boolean> = {
    gt: (value) => value > limit,
    gte: (value) => value >= limit,
    lt: (value) => value < limit,
    lte: (value) => value <= limit,
  };
  const compare = holds[operator];
  return (value) => typeof value === 'number' && compare?.(value) === true;
}

/** The whole value has to match, as search engines do it, and a plus in front is that of a phone number. */
function toPattern(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source.replace(/^\+/, '\\+')})$`, 's');
  } catch {
    throw new Refusal(400, 'The pattern of "match" is not a regular expression');
  }
}

function both(one: Test, other: Test): Test {
  if (one === everything) return other;
  return other === everything ? one : (row) => one(row) && other(row);
}

function isInput(value: unknown): value is FilterInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
