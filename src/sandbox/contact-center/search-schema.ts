import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import type { ActivityRecord, TaskRecord } from '../dataset/task.ts';
import type { ContactCenterOptions } from './options.ts';
import { pageOfActivities } from './search-activities.ts';
import {
  activityFields,
  channelValues,
  type FieldTable,
  taskFields,
  unfiltered,
  unsorted,
} from './search-fields.ts';
import { createFilterTypes } from './search-filter-types.ts';
import { enumOf, json, long, scalars } from './search-scalars.ts';

const sortOrder = enumOf('SortOrder', ['asc', 'desc']);

type SchemaOptions = Pick<ContactCenterOptions, 'refuseChannelValues' | 'refuseFields' | 'sorting'>;

/** The schema of `POST /search`, built from the field tables. */
export function createSearchSchema(options: SchemaOptions): GraphQLSchema {
  const channel = enumOf(
    'ChannelType',
    channelValues.filter((value) => !options.refuseChannelValues.includes(value)),
  );
  const filters = createFilterTypes(channel);
  const ofTasks = { table: taskFields, without: unfiltered };
  const taskFilters = filters({ name: 'TaskFilters', ...ofTasks });
  const detailsFilters = filters({ name: 'TaskDetailsFilters', ...ofTasks });
  const specificFilters = filters({
    name: 'TaskDetailsSpecificFilters',
    table: { activities: { nodes: activityFields } },
  });
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        task: {
          type: listOf('TaskList', taskType('Task', {}, options)),
          args: rangeArguments('Task', taskFilters, undefined),
        },
        taskDetails: {
          type: listOf('TaskDetailsList', taskType('TaskDetails', { activities }, options)),
          args: rangeArguments('TaskV2', detailsFilters, specificFilters),
        },
      },
    }),
  });
}

function rangeArguments(
  prefix: string,
  filter: GraphQLInputType,
  extFilter: GraphQLInputType | undefined,
) {
  const aggregation = new GraphQLInputObjectType({
    name: `${prefix}Aggregation`,
    fields: {
      field: { type: new GraphQLNonNull(GraphQLString) },
      name: { type: new GraphQLNonNull(GraphQLString) },
      type: { type: new GraphQLNonNull(aggregationType) },
      filter: { type: filter },
      ...(extFilter && { extFilter: { type: extFilter } }),
    },
  });
  return {
    from: { type: new GraphQLNonNull(long) },
    to: { type: new GraphQLNonNull(long) },
    timeComparator: { type: queryTime },
    filter: { type: filter },
    ...(extFilter && { extFilter: { type: extFilter } }),
    aggregations: { type: new GraphQLList(aggregation) },
    aggregationInterval: { type: interval },
    pagination: { type: pagination },
  };
}

const queryTime = enumOf('QueryTimeType', ['createdTime', 'endedTime']);

const aggregationType = enumOf('AggregationType', [
  'count',
  'sum',
  'average',
  'min',
  'max',
  'cardinality',
]);

const interval = new GraphQLInputObjectType({
  name: 'IntervalData',
  fields: {
    interval: {
      type: new GraphQLNonNull(
        enumOf('IntervalType', [
          'FIFTEEN_MINUTES',
          'THIRTY_MINUTES',
          'HOURLY',
          'DAILY',
          'WEEKLY',
          'MONTHLY',
        ]),
      ),
    },
    timezone: { type: GraphQLString },
  },
});

const pagination = new GraphQLInputObjectType({
  name: 'Pagination',
  fields: { cursor: { type: GraphQLString } },
});

const pageInfo = new GraphQLObjectType({
  name: 'PageInfo',
  fields: { hasNextPage: { type: GraphQLBoolean }, endCursor: { type: GraphQLString } },
});

const aggregationResult = new GraphQLObjectType({
  name: 'AggregationResult',
  fields: { name: { type: GraphQLString }, value: { type: json } },
});

const stringVariable = new GraphQLObjectType({
  name: 'StringGlobalVariable',
  fields: { name: { type: GraphQLString }, value: { type: GraphQLString } },
});

function listOf(name: string, task: GraphQLObjectType) {
  return new GraphQLObjectType({
    name,
    fields: { tasks: { type: new GraphQLList(task) }, pageInfo: { type: pageInfo } },
  });
}

type Fields = Record<string, GraphQLFieldConfig<TaskRecord, unknown>>;

function taskType(name: string, more: Fields, { refuseFields, sorting }: SchemaOptions) {
  const table = without(taskFields, refuseFields);
  const sortable = sorting === 'known';
  return new GraphQLObjectType<TaskRecord>({
    name,
    fields: {
      ...outputFields(table, { prefix: name, sortable }),
      aggregation: { type: new GraphQLList(aggregationResult) },
      stringGlobalVariables: {
        type: stringVariable,
        args: { name: { type: new GraphQLNonNull(GraphQLString) } },
        resolve: ({ stringGlobalVariables: values }, { name: wanted }) =>
          values[wanted] === undefined ? null : { name: wanted, value: values[wanted] },
      },
      ...more,
    },
  });
}

const activities: Fields[string] = {
  args: { first: { type: GraphQLInt }, after: { type: GraphQLString } },
  type: new GraphQLObjectType({
    name: 'Activities',
    fields: {
      totalCount: { type: GraphQLInt },
      nodes: {
        type: new GraphQLList(
          new GraphQLObjectType<ActivityRecord>({
            name: 'Activity',
            fields: outputFields(activityFields, { prefix: 'Activity', sortable: false }),
          }),
        ),
      },
      pageInfo: { type: pageInfo },
    },
  }),
  resolve: ({ activities: all }, { first, after }) => pageOfActivities(all, first, after),
};

interface OutputOptions {
  readonly prefix: string;
  readonly sortable: boolean;
}

function outputFields(table: FieldTable, { prefix, sortable }: OutputOptions) {
  const fields: Record<string, GraphQLFieldConfig<unknown, unknown>> = {};
  for (const [name, type] of Object.entries(table)) {
    if (typeof type === 'object') {
      const typeName = `${prefix}_${name}`;
      const inner = outputFields(type, { prefix: typeName, sortable });
      fields[name] = { type: new GraphQLObjectType({ name: typeName, fields: inner }) };
    } else {
      fields[name] = {
        type: scalars[type],
        ...(sortable && !unsorted.has(name) && { args: { sort: { type: sortOrder } } }),
      };
    }
  }
  return fields;
}

function without(table: FieldTable, refused: readonly string[], prefix = ''): FieldTable {
  const kept: Record<string, FieldTable[string]> = {};
  for (const [name, type] of Object.entries(table)) {
    const path = prefix + name;
    if (refused.includes(path)) continue;
    kept[name] = typeof type === 'object' ? without(type, refused, `${path}.`) : type;
  }
  return kept;
}
