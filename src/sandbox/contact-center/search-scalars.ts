import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLInt,
  GraphQLScalarType,
  GraphQLString,
} from 'graphql';
import type { FieldType } from './search-fields.ts';

/** Whole milliseconds; the service takes numbers and digit strings alike. */
export const long = new GraphQLScalarType<number>({
  name: 'Long',
  parseValue: toLong,
  parseLiteral: (node) =>
    toLong(node.kind === 'IntValue' || node.kind === 'StringValue' ? node.value : undefined),
});

function toLong(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new TypeError('Long takes a whole number or a string of digits');
  }
  return number;
}

export const json = new GraphQLScalarType({ name: 'JSON' });

/** What a field answers with. */
export const scalars: Record<FieldType, GraphQLScalarType> = {
  String: GraphQLString,
  Int: GraphQLInt,
  Long: long,
  Boolean: GraphQLBoolean,
  JSON: json,
  Channel: GraphQLString,
};

export function enumOf(name: string, values: readonly string[]) {
  return new GraphQLEnumType({
    name,
    values: Object.fromEntries(values.map((value) => [value, { value }])),
  });
}
