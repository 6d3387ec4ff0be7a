import { invalidArgument, unimplemented } from '../../grpc/errors.ts';
import type { Value } from '../types.ts';
import { operandValue } from '../values/canonical.ts';
import { AFTER_ALL, KEY_NAN, pathKey, TAG, valueKey } from '../values/keys.ts';
import { formatFieldPath, parseFieldPath, parseName } from '../values/paths.ts';
import { after, type FieldPath, type Filter, isName, NAME_PATH, NULL_KEY } from './filter.ts';
import { validateFilter } from './validate.ts';
import type { StructuredQuery, WireCursor, WireFilter } from './wire.ts';

export interface Order {
  readonly path: FieldPath;
  readonly descending: boolean;
}

/** Keys for the first of the orders; `before` as in google.firestore.v1.Cursor. */
export interface Cursor {
  readonly keys: readonly string[];
  readonly before: boolean;
}

/** A query made plain: filters as key ranges, every order spelt out down to the name. */
export interface Query {
  /** The document (or `…/documents`) below which the collections lie. */
  readonly parent: string;
  /** Undefined: every collection. */
  readonly collectionId: string | undefined;
  readonly allDescendants: boolean;
  readonly filter: Filter;
  readonly orders: readonly Order[];
  readonly startAt: Cursor | undefined;
  readonly endAt: Cursor | undefined;
  readonly offset: number;
  /** Infinity without one. */
  readonly limit: number;
  /** Undefined: whole documents. */
  readonly select: readonly FieldPath[] | undefined;
}

const MAX_DISJUNCTIONS = 30;

/** @throws INVALID_ARGUMENT with a sentence that says what is wrong. */
export function parseQuery(parent: string, query: StructuredQuery): Query {
  if (query.findNearest) throw unimplemented('findNearest (vector search)');
  const { segments } = parseName(parent);
  if (segments.length % 2 !== 0)
    throw invalidArgument(`Parent "${parent}" must be a document or …/documents, not a collection.`);
  if ((query.from?.length ?? 0) > 1) throw invalidArgument('A query may have only one collection selector.');
  const from = query.from?.[0];
  const offset = query.offset ?? 0;
  if (offset < 0) throw invalidArgument('offset is negative; it must be 0 or more.');
  const limit = query.limit ? (query.limit.value ?? 0) : Number.POSITIVE_INFINITY;
  if (limit < 0) throw invalidArgument('limit is negative; it must be 0 or more.');
  const collectionId = from?.collectionId || undefined;
  if (collectionId?.includes('/'))
    throw invalidArgument(`Collection id "${collectionId}" may not contain "/".`);
  const base = collectionId && !from?.allDescendants ? `${parent}/${collectionId}` : parent;
  if (query.where) validateFilter(query.where);
  const filter = query.where ? parseFilter(query.where, base) : ALL;
  if (disjunctions(filter) > MAX_DISJUNCTIONS)
    throw invalidArgument(
      `The query has more than ${MAX_DISJUNCTIONS} disjunctions in disjunctive normal form; use fewer IN values or ORs.`,
    );
  const orders = parseOrders(query, filter);
  return {
    parent,
    collectionId,
    allDescendants: from?.allDescendants ?? false,
    filter,
    orders,
    startAt: parseCursor(query.startAt, orders, 'start_at'),
    endAt: parseCursor(query.endAt, orders, 'end_at'),
    offset,
    limit,
    select: parseSelect(query),
  };
}

const ALL: Filter = { kind: 'and', filters: [] };
const NOTHING: Filter = { kind: 'or', filters: [] };
const NOT_EQUAL = 6;

function parseSelect(query: StructuredQuery): FieldPath[] | undefined {
  const fields = query.select?.fields;
  if (!query.select || !fields?.length) return query.select ? [] : undefined;
  return fields.map(field => parsePath(field.fieldPath));
}

function parsePath(text: string | undefined): FieldPath {
  if (!text) throw invalidArgument('A field reference has an empty path; name the field.');
  return parseFieldPath(text);
}

function parseOrders(query: StructuredQuery, filter: Filter): Order[] {
  const orders: Order[] = (query.orderBy ?? []).map(order => ({
    path: parsePath(order.field?.fieldPath),
    descending: order.direction === 2,
  }));
  const texts = orders.map(order => formatFieldPath(order.path));
  for (const [i, text] of texts.entries())
    if (texts.indexOf(text) !== i)
      throw invalidArgument(`order by "${text}" appears twice; keep one of them.`);
  const descending = orders.at(-1)?.descending ?? false;
  const missing = [...inequalities(filter)].filter(text => !texts.includes(text)).sort();
  for (const text of missing)
    if (text !== '__name__') orders.push({ path: parseFieldPath(text), descending });
  const name = orders.findIndex(order => isName(order.path));
  if (name >= 0) return orders.slice(0, name + 1);
  return [...orders, { path: NAME_PATH, descending }];
}

/** Paths with `<`, `>`, `!=`, NOT IN and the like: they sort the result where no order says otherwise. */
function inequalities(filter: Filter, into = new Set<string>()): Set<string> {
  if (filter.kind === 'and' || filter.kind === 'or')
    for (const child of filter.filters) inequalities(child, into);
  else if (filter.kind === 'not' || (filter.kind === 'range' && !filter.equal))
    into.add(formatFieldPath(filter.path));
  return into;
}

function parseCursor(
  cursor: WireCursor | undefined,
  orders: readonly Order[],
  where: string,
): Cursor | undefined {
  if (!cursor?.values?.length) return undefined;
  if (cursor.values.length > orders.length)
    throw invalidArgument(
      `${where} has ${cursor.values.length} values but the query is ordered by ${orders.length} fields.`,
    );
  const keys = cursor.values.map((value, i) =>
    keyFor(orders[i]!.path, operandValue(value), `${where} value ${i + 1}`),
  );
  return { keys, before: cursor.before ?? false };
}

function keyFor(path: FieldPath, value: Value, what: string): string {
  if (!isName(path)) return valueKey(value);
  if (value.referenceValue === undefined)
    throw invalidArgument(`${what}: __key__ needs a document reference.`);
  return pathKey(value.referenceValue);
}

function parseFilter(filter: WireFilter, base: string): Filter {
  if (filter.compositeFilter) return parseComposite(filter.compositeFilter, base);
  if (filter.unaryFilter) return parseUnary(filter.unaryFilter);
  if (filter.fieldFilter) return parseField(filter.fieldFilter, base);
  throw invalidArgument('A filter has none of field_filter, unary_filter or composite_filter set.');
}

function parseComposite(composite: NonNullable<WireFilter['compositeFilter']>, base: string): Filter {
  if (composite.op !== 1 && composite.op !== 2)
    throw invalidArgument('A composite filter needs the operator AND or OR.');
  const filters = (composite.filters ?? []).map(child => parseFilter(child, base));
  if (filters.length === 0 && composite.op === 2)
    throw invalidArgument('A composite filter with OR needs at least one filter in it.');
  const kind = composite.op === 1 ? 'and' : 'or';
  return { kind, filters: filters.flatMap(child => (child.kind === kind ? child.filters : [child])) };
}

const UNARY: Readonly<Record<number, (path: FieldPath) => Filter>> = {
  2: path => equal(path, KEY_NAN),
  3: path => equal(path, NULL_KEY),
  4: path => ({ kind: 'not', path, keys: new Set([KEY_NAN]) }),
  5: path => ({ kind: 'not', path, keys: new Set() }),
};

function parseUnary(unary: NonNullable<WireFilter['unaryFilter']>): Filter {
  const make = UNARY[unary.op ?? 0];
  if (!make)
    throw invalidArgument('A unary filter needs the operator IS_NULL, IS_NAN, IS_NOT_NULL or IS_NOT_NAN.');
  return make(parsePath(unary.field?.fieldPath));
}

const equal = (path: FieldPath, key: string): Filter => ({
  kind: 'range',
  path,
  from: key,
  to: after(key),
  equal: true,
});

const range = (path: FieldPath, from: string, to: string): Filter => ({
  kind: 'range',
  path,
  from,
  to,
  equal: false,
});

interface Operand {
  readonly path: FieldPath;
  readonly key: string;
  /** Bounds of the values of the operand's type. */
  readonly first: string;
  readonly last: string;
}

/** Operators on a single value, by google.firestore.v1.StructuredQuery.FieldFilter.Operator. */
const SINGLE: Readonly<Record<number, (operand: Operand) => Filter>> = {
  1: ({ path, key, first }) => range(path, first, key),
  2: ({ path, key, first }) => range(path, first, after(key)),
  3: ({ path, key, last }) => range(path, after(key), last),
  4: ({ path, key, last }) => range(path, key, last),
  5: ({ path, key }) => equal(path, key),
  6: ({ path, key }) => ({ kind: 'not', path, keys: new Set([key]) }),
  7: ({ path, key }) => ({ kind: 'contains', path, key }),
};

/** IN and array-contains-any never find null. */
const notNull = (keys: readonly string[]): string[] => keys.filter(key => key !== NULL_KEY);

/** Operators on a list of values. */
const LISTED: Readonly<
  Record<number, { name: string; max: number; make(path: FieldPath, keys: readonly string[]): Filter }>
> = {
  8: {
    name: 'IN',
    max: MAX_DISJUNCTIONS,
    make: (path, keys) => ({ kind: 'or', filters: notNull(keys).map(key => equal(path, key)) }),
  },
  9: {
    name: 'ARRAY_CONTAINS_ANY',
    max: MAX_DISJUNCTIONS,
    make: (path, keys) => ({
      kind: 'or',
      filters: notNull(keys).map(key => ({ kind: 'contains', path, key })),
    }),
  },
  10: {
    name: 'NOT_IN',
    max: 10,
    make: (path, keys) => (keys.includes(NULL_KEY) ? NOTHING : { kind: 'not', path, keys: new Set(keys) }),
  },
};

function parseField(field: NonNullable<WireFilter['fieldFilter']>, base: string): Filter {
  const path = parsePath(field.field?.fieldPath);
  const op = field.op ?? 0;
  if (field.value === undefined) throw invalidArgument('A field filter needs a value.');
  const listed = LISTED[op];
  if (listed) {
    const values = field.value.arrayValue?.values;
    if (!values?.length) throw invalidArgument(`'${listed.name}' requires a non-empty ArrayValue.`);
    if (values.length > listed.max)
      throw invalidArgument(`'${listed.name}' supports up to ${listed.max} comparison values.`);
    const keys = values.map(value => operand(path, operandValue(value), base).key);
    // NaN equals nothing, not even in a list.
    return listed.make(
      path,
      [...new Set(keys)].filter(key => key !== KEY_NAN),
    );
  }
  const single = SINGLE[op];
  if (!single) throw invalidArgument('A field filter has no operator that Firestore knows.');
  const given = operand(path, operandValue(field.value), base);
  // Null and NaN compare with nothing: those who look for them use a unary filter.
  if (given.key === NULL_KEY) return NOTHING;
  if (given.key === KEY_NAN) return op === NOT_EQUAL ? { kind: 'not', path, keys: new Set() } : NOTHING;
  return single(given);
}

function operand(path: FieldPath, value: Value, base: string): Operand {
  if (isName(path)) {
    if (value.referenceValue === undefined)
      throw invalidArgument('__key__ filter value must be a Key: give a document reference.');
    if (!value.referenceValue.startsWith(`${parseName(base).database}/`))
      throw invalidArgument('__key__ filter value must be a document of the queried database.');
    return { path, key: pathKey(value.referenceValue), first: '', last: AFTER_ALL };
  }
  const key = valueKey(value);
  const tag = key[0]!;
  const next = String.fromCharCode(tag.charCodeAt(0) + 8);
  // NaN equals no number and is less than none.
  const first = tag === TAG.number ? after(KEY_NAN) : tag;
  return { path, key, first, last: next };
}

/** How many ANDs the filter has once its ORs are multiplied out. */
function disjunctions(filter: Filter): number {
  if (filter.kind === 'and')
    return filter.filters.reduce((product, child) => product * disjunctions(child), 1);
  if (filter.kind === 'or') return filter.filters.reduce((sum, child) => sum + disjunctions(child), 0);
  return 1;
}
