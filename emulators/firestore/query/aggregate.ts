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

/** Names as Firestore gives them to aggregations without an alias. */
const aliasOf = (aggregation: Aggregation, index: number): string =>
  aggregation.alias || `field_${index + 1}`;

/** Counts, sums and averages over a query's result: {@link https://firebase.google.com/docs/firestore/query-data/aggregation-queries}. */
export function aggregate(
  store: Store,
  query: Query,
  aggregations: readonly Aggregation[],
  past: Past,
): Record<string, Value> {
  if (aggregations.length === 0 || aggregations.length > 5)
    throw invalidArgument('An aggregation query needs one to five aggregations.');
  const result: Record<string, Value> = {};
  let documents: readonly StoredDocument[] | undefined;
  for (const [index, aggregation] of aggregations.entries()) {
    const alias = aliasOf(aggregation, index);
    if (alias in result) throw invalidArgument(`The alias "${alias}" appears twice; rename one.`);
    if (aggregation.count) {
      result[alias] = count(store, query, aggregation.count.upTo?.value, past);
      continue;
    }
    const field = aggregation.sum?.field?.fieldPath ?? aggregation.avg?.field?.fieldPath;
    if (!field) throw invalidArgument('An aggregation needs count, or sum or avg with a field.');
    const path = parseFieldPath(field);
    documents ??= runQuery(store, query, past).documents;
    const numbers = documents.map(doc => getField(doc.fields, path)).filter(value => isNumber(value));
    result[alias] = aggregation.sum ? sum(numbers) : average(numbers);
  }
  return result;
}

function count(store: Store, query: Query, upTo: string | undefined, past: Past): Value {
  if (upTo !== undefined && Number(upTo) <= 0)
    throw invalidArgument('count up_to must be greater than zero.');
  const limit = upTo === undefined ? query.limit : Math.min(query.limit, Number(upTo));
  return { integerValue: String(countQuery(store, { ...query, limit }, past)) };
}

/** Integers add up exactly; a sum beyond 64 bits becomes a double, as does one with a double in it. */
function sum(values: readonly Value[]): Value {
  if (values.every(value => value.integerValue !== undefined)) {
    const total = values.reduce((acc, value) => acc + BigInt(value.integerValue!), 0n);
    if (BigInt.asIntN(64, total) === total) return { integerValue: String(total) };
    return { doubleValue: Number(total) };
  }
  return values.reduce(addNumbers, { doubleValue: 0 });
}

function average(values: readonly Value[]): Value {
  if (values.length === 0) return { nullValue: 0 };
  return { doubleValue: toNumber(sum(values)) / values.length };
}
