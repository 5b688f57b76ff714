import type { TaskRecord } from '../dataset/task.ts';
import { Refusal } from './refusal.ts';
import { type FieldType, fieldType, readField, taskFields } from './search-fields.ts';
import { compileFilters, type FilterInput, type Matches } from './search-filters.ts';

export interface AggregationInput {
  readonly field: string;
  readonly name: string;
  readonly type: Operation;
  readonly filter?: FilterInput | null;
  readonly extFilter?: FilterInput | null;
}

type Operation = 'count' | 'sum' | 'average' | 'min' | 'max' | 'cardinality';

/** One aggregation a query asks for. */
export interface Measure {
  readonly name: string;
  readonly matches: Matches;
  readonly path: readonly string[];
  readonly type: Operation;
}

/** @throws {Refusal} an unknown field, or an operation that does not fit it */
export function createMeasure(aggregation: AggregationInput): Measure {
  const path = aggregation.field.split('.');
  const type = fieldType(taskFields, path);
  if (type === undefined) throw new Refusal(400, `"${aggregation.field}" cannot be aggregated`);
  if (!isAllowed(aggregation.type, type)) {
    throw new Refusal(400, `${aggregation.type} does not fit "${aggregation.field}"`);
  }
  return {
    name: aggregation.name,
    type: aggregation.type,
    path,
    matches: compileFilters(aggregation),
  };
}

function isAllowed(operation: Operation, type: FieldType): boolean {
  const ofAnything = operation === 'count' || operation === 'cardinality';
  return ofAnything || type === 'Int' || type === 'Long';
}

/** One aggregation of one group while its rows go by. */
export class Tally {
  readonly name: string;
  readonly #measure: Measure;
  readonly #different = new Set<unknown>();
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(measure: Measure) {
    this.#measure = measure;
    this.name = measure.name;
  }

  add(task: TaskRecord) {
    const { matches, path, type } = this.#measure;
    const value = matches(task) ? readField(task, path) : null;
    if (value === null) return;
    this.#count += 1;
    if (type === 'cardinality') this.#different.add(value);
    if (typeof value !== 'number') return;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  result(): number | null {
    switch (this.#measure.type) {
      case 'count':
        return this.#count;
      case 'cardinality':
        return this.#different.size;
      case 'sum':
        return this.#sum;
      case 'average':
        return this.#count === 0 ? null : this.#sum / this.#count;
      case 'min':
        return this.#count === 0 ? null : this.#min;
      case 'max':
        return this.#count === 0 ? null : this.#max;
    }
  }
}
