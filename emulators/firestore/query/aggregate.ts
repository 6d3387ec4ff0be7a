import { invalidArgument } from '../../grpc/errors.ts';
import type { StoredDocument } from '../document.ts';
import type { Store } from '../store.ts';
import { addNumbers, isNumber, toNumber } from '../transforms.ts';
import type { Value } from '../types.ts';
import { getField } from '../values/fields.ts';
import { parseFieldPath } from '../values/paths.ts';
import type { Query } from './parse.ts';
import { countQuery, type Past, runQuery } from './run.ts';
import type { Aggregation } from './wire.ts';

/**
 * Counts, sums and averages over those of a query's documents that have every aggregated field:
 * {@link https://firebase.google.com/docs/firestore/query-data/aggregation-queries}.
 */
export function aggregate(
  store: Store,
  query: Query,
  aggregations: readonly Aggregation[],
  past: Past,
): Record<string, Value> {
  if (aggregations.length === 0 || aggregations.length > 5)
    throw invalidArgument('An aggregation query needs one to five aggregations.');
  const paths = aggregations.map(pathOf);
  const needed = paths.filter(path => path !== undefined);
  const documents = needed.length > 0 ? havingAll(runQuery(store, query, past).documents, needed) : undefined;
  const result: Record<string, Value> = {};
  let unnamed = 0;
  for (const [index, { count, sum, alias }] of aggregations.entries()) {
    const name = alias || `field_${++unnamed}`;
    if (Object.hasOwn(result, name)) throw invalidArgument(`The alias "${name}" appears twice; rename one.`);
    const path = paths[index];
    if (count)
      result[name] = countUpTo(count.upTo?.value, limit => countOf(store, query, documents, limit, past));
    else {
      const numbers = documents!.map(doc => getField(doc.fields, path!)).filter(isNumber);
      result[name] = sum ? total(numbers) : average(numbers);
    }
  }
  return result;
}

function pathOf(aggregation: Aggregation): string[] | undefined {
  if (aggregation.count) return undefined;
  const field = aggregation.sum?.field?.fieldPath ?? aggregation.avg?.field?.fieldPath;
  if (!field) throw invalidArgument('An aggregation needs count, or sum or avg with a field.');
  return parseFieldPath(field);
}

const havingAll = (documents: readonly StoredDocument[], paths: readonly string[][]): StoredDocument[] =>
  documents.filter(doc => paths.every(path => getField(doc.fields, path) !== undefined));

function countUpTo(upTo: string | undefined, count: (limit: number) => number): Value {
  if (upTo !== undefined && Number(upTo) <= 0)
    throw invalidArgument('count up_to must be greater than zero.');
  return { integerValue: String(count(upTo === undefined ? Number.POSITIVE_INFINITY : Number(upTo))) };
}

function countOf(
  store: Store,
  query: Query,
  documents: readonly StoredDocument[] | undefined,
  limit: number,
  past: Past,
): number {
  if (documents) return Math.min(documents.length, limit);
  return countQuery(store, { ...query, limit: Math.min(query.limit, limit) }, past);
}

/** Integers add up exactly; a sum beyond 64 bits becomes a double, as does one with a double in it. */
function total(values: readonly Value[]): Value {
  if (values.every(value => value.integerValue !== undefined)) {
    const exact = values.reduce((acc, value) => acc + BigInt(value.integerValue!), 0n);
    if (BigInt.asIntN(64, exact) === exact) return { integerValue: String(exact) };
    return { doubleValue: Number(exact) };
  }
  return values.reduce(addNumbers, { doubleValue: 0 });
}

function average(values: readonly Value[]): Value {
  if (values.length === 0) return { nullValue: 0 };
  return { doubleValue: toNumber(total(values)) / values.length };
}
