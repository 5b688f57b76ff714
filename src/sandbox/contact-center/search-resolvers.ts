import type { GraphQLResolveInfo } from 'graphql';
import type { Dataset } from '../dataset/dataset.ts';
import type { ContactCenterOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import { compileFilters, type RowFilters } from './search-filters.ts';
import { pageOfGroups } from './search-groups.ts';
import { effectiveSpan } from './search-limits.ts';
import type { AggregationInput } from './search-measures.ts';
import { type Page, pageOfRows } from './search-rows.ts';
import { selectedTaskFields } from './search-selection.ts';

/** The arguments of both roots, as the schema lets them through. */
interface TaskArguments extends RowFilters {
  readonly from: number;
  readonly to: number;
  readonly timeComparator?: 'createdTime' | 'endedTime' | null;
  readonly aggregations?: readonly AggregationInput[] | null;
  readonly aggregationInterval?: object | null;
  readonly pagination?: { readonly cursor?: string | null } | null;
}

export interface SearchDeps {
  readonly dataset: Dataset;
  readonly nowMs: () => number;
  readonly options: ContactCenterOptions;
}

const nothing: Page = { tasks: [], pageInfo: { hasNextPage: false, endCursor: null } };

/** The functions behind `task` and `taskDetails`; both answer the same records. */
export function createSearchResolvers({ dataset, nowMs, options }: SearchDeps) {
  const find = (args: TaskArguments, _context: unknown, info: GraphQLResolveInfo): Page => {
    const selected = selectedTaskFields(info);
    const { aggregations, pagination, aggregationInterval, ...rest } = args;
    if (aggregationInterval) throw new Refusal(400, 'The sandbox has no aggregation by interval');
    const extended = Boolean(args.extFilter);
    const raw = !aggregations || aggregations.length === 0;
    const detailed = raw && (extended || selected.some(({ path }) => path[0] === 'activities'));
    const span = effectiveSpan(args, nowMs(), detailed);
    const matches = compileFilters(args);
    const by = args.timeComparator ?? 'createdTime';
    const cursor = pagination?.cursor;
    if (!raw) {
      const rows = span ? dataset.tasks({ by, ...span }) : [];
      return pageOfGroups({ rows, matches, aggregations, selected, cursor }, options);
    }
    if (!span) return nothing;
    const sort = selected.find((field) => field.sort !== undefined);
    const identity = JSON.stringify([rest, sort]);
    return pageOfRows(dataset, { span, by, matches, sort, cursor, identity, extended }, options);
  };
  return { task: find, taskDetails: find };
}
