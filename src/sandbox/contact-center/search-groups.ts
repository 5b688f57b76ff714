import type { TaskRecord } from '../dataset/task.ts';
import type { ContactCenterOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import { fieldType, readField, taskFields } from './search-fields.ts';
import type { Matches } from './search-filters.ts';
import { type AggregationInput, createMeasure, type Measure, Tally } from './search-measures.ts';
import { compare, isFirstPage, type Page } from './search-rows.ts';
import type { SelectedField } from './search-selection.ts';

export interface GroupQuery {
  readonly rows: Iterable<TaskRecord>;
  readonly matches: Matches;
  readonly aggregations: readonly AggregationInput[];
  readonly selected: readonly SelectedField[];
  readonly cursor: string | null | undefined;
}

type GroupOptions = Pick<
  ContactCenterOptions,
  'groupPageSize' | 'aggregationValues' | 'countOfNothing'
>;

const mostGroupFields = 10;

/** Counts and sums in groups of equal values of the selected scalar fields. */
export function pageOfGroups(query: GroupQuery, options: GroupOptions): Page {
  const paths = groupPaths(query.selected);
  const measures = query.aggregations.map(createMeasure);
  const groups = collectGroups(query, paths, measures);
  if (paths.length === 0 && groups.size === 0 && options.countOfNothing === 'zero') {
    groups.set('', newGroup([], measures));
  }
  const sorted = [...groups.values()].sort((one, other) => compareKeys(one.key, other.key));
  const start = isFirstPage(query.cursor) ? 0 : Number(query.cursor);
  if (!Number.isInteger(start)) throw new Refusal(400, 'The cursor does not belong to this query');
  const end = start + options.groupPageSize;
  const hasNextPage = end < sorted.length;
  return {
    tasks: sorted.slice(start, end).map((group) => toRow(group, paths, options)),
    pageInfo: { hasNextPage, endCursor: hasNextPage ? String(end) : null },
  };
}

interface Group {
  readonly key: readonly unknown[];
  readonly tallies: readonly Tally[];
}

function groupPaths(selected: readonly SelectedField[]): (readonly string[])[] {
  const paths = selected
    .map(({ path }) => path)
    .filter(([first]) => first !== 'aggregation' && first !== '__typename');
  if (paths.length > mostGroupFields) {
    throw new Refusal(400, `More than ${mostGroupFields} fields to group by`);
  }
  for (const path of paths) {
    if (fieldType(taskFields, path) === undefined) {
      throw new Refusal(400, `"${path.join('.')}" cannot be grouped by`);
    }
  }
  return paths;
}

function collectGroups(
  { rows, matches }: GroupQuery,
  paths: readonly (readonly string[])[],
  measures: readonly Measure[],
): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const task of rows) {
    if (!matches(task)) continue;
    const key = paths.map((path) => readField(task, path));
    const word = key.length === 0 ? '' : JSON.stringify(key);
    let group = groups.get(word);
    if (!group) {
      group = newGroup(key, measures);
      groups.set(word, group);
    }
    for (const tally of group.tallies) tally.add(task);
  }
  return groups;
}

function newGroup(key: readonly unknown[], measures: readonly Measure[]): Group {
  return { key, tallies: measures.map((measure) => new Tally(measure)) };
}

function compareKeys(one: readonly unknown[], other: readonly unknown[]): number {
  for (const [index, value] of one.entries()) {
    const order = compare(value, other[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function toRow(
  { key, tallies }: Group,
  paths: readonly (readonly string[])[],
  { aggregationValues }: GroupOptions,
) {
  const row: Record<string, unknown> = {};
  for (const [index, path] of paths.entries()) place(row, path, key[index]);
  row['aggregation'] = tallies.map((tally) => {
    const value = tally.result();
    const asText = aggregationValues === 'text' && value !== null;
    return { name: tally.name, value: asText ? value.toFixed(1) : value };
  });
  return row;
}

function place(row: Record<string, unknown>, path: readonly string[], value: unknown) {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    row[first] = value;
    return;
  }
  const known = row[first];
  const inner: Record<string, unknown> =
    typeof known === 'object' && known !== null ? { ...known } : {};
  place(inner, rest, value);
  row[first] = inner;
}
