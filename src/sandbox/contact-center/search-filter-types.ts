import {
  type GraphQLEnumType,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
} from 'graphql';
import type { FieldTable, FieldType } from './search-fields.ts';
import { scalars } from './search-scalars.ts';

const equality = ['equals', 'notequals'] as const;
const order = [...equality, 'gt', 'gte', 'lt', 'lte'] as const;

const operators: Record<FieldType, readonly string[]> = {
  String: [...equality, 'match', 'contains'],
  Int: order,
  Long: order,
  Boolean: ['equals'],
  Channel: equality,
  // Skills cannot be filtered by here.
  JSON: [],
};

interface FilterType {
  readonly name: string;
  readonly table: FieldTable;
  readonly without?: ReadonlySet<string>;
}

/** Makes filter input types: the operators at the leaves, `and` and `or` at the top. */
export function createFilterTypes(channel: GraphQLEnumType) {
  const leaves = new Map<FieldType, GraphQLInputObjectType>();
  const leaf = (type: FieldType): GraphQLInputObjectType => {
    const known = leaves.get(type);
    if (known) return known;
    const value = type === 'Channel' ? channel : scalars[type];
    const made = new GraphQLInputObjectType({
      name: `${type}Filter`,
      fields: Object.fromEntries(operators[type].map((operator) => [operator, { type: value }])),
    });
    leaves.set(type, made);
    return made;
  };

  const members = ({ name: prefix, table, without }: FilterType) => {
    const fields: Record<string, { type: GraphQLInputType }> = {};
    for (const [name, type] of Object.entries(table)) {
      if (without?.has(name)) continue;
      fields[name] = {
        type: typeof type === 'object' ? nested(`${prefix}_${name}`, type) : leaf(type),
      };
    }
    return fields;
  };
  const nested = (name: string, table: FieldTable) =>
    new GraphQLInputObjectType({ name, fields: members({ name, table }) });

  return (options: FilterType): GraphQLInputObjectType => {
    const filter: GraphQLInputObjectType = new GraphQLInputObjectType({
      name: options.name,
      fields: () => ({
        and: { type: new GraphQLList(filter) },
        or: { type: new GraphQLList(filter) },
        ...members(options),
      }),
    });
    return filter;
  };
}
