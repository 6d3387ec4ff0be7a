import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GrpcError } from '../../grpc/errors.ts';
import { Database } from '../database.ts';
import type { Value } from '../types.ts';
import { compareValues, equalValues } from '../values/compare.testing.ts';
import { getField } from '../values/fields.ts';
import { parseQuery } from './parse.ts';
import { countQuery, runQuery } from './run.ts';
import type { StructuredQuery, WireFilter } from './wire.ts';

const ROOT = 'projects/p/databases/d/documents';
const int = (n: number): Value => ({ integerValue: String(n) });

const scalar: fc.Arbitrary<Value> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -2, max: 3 }).map(int) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(0.5, -0, 1, 2, Number.NaN, Number.POSITIVE_INFINITY)
      .map(doubleValue => ({ doubleValue })),
  },
  { weight: 2, arbitrary: fc.constant<Value>({ nullValue: 0 }) },
  fc.constantFrom<Value>({ booleanValue: true }, { booleanValue: false }),
  fc
    .constantFrom('', 'a', 'ab', 'é', '\u{1F600}', '\uFFFD', 'a\0', 'a\x01')
    .map(stringValue => ({ stringValue })),
  fc
    .constantFrom(`${ROOT}/c/a`, `${ROOT}/c/b`, `${ROOT}/c/a/s/x`)
    .map(referenceValue => ({ referenceValue })),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }).map(values => ({ arrayValue: { values } })),
  fc.dictionary(fc.constantFrom('x', 'y', 'yy'), scalar).map(fields => ({ mapValue: { fields } })),
);
const FIELDS = ['a', 'b', 'c'];
const fields = fc.dictionary(fc.constantFrom(...FIELDS), value);
const docs = fc.dictionary(
  fc.constantFrom('a', 'b', 'a b ', 'é', 'z', '\u{1F600}', '\uFFFD', 'A', '10', '9'),
  fields,
  { maxKeys: 10 },
);

type Op = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
const fieldFilter: fc.Arbitrary<WireFilter> = fc
  .tuple(
    fc.constantFrom(...FIELDS),
    fc.constantFrom<Op>(1, 2, 3, 4, 5, 5, 5, 6, 7, 8, 9, 10),
    fc.array(value, { minLength: 1, maxLength: 3 }),
  )
  .map(([fieldPath, op, values]) => ({
    fieldFilter: {
      field: { fieldPath },
      op,
      value:
        op < 8 ? values[0]! : { arrayValue: { values: values.filter(v => !v.arrayValue).concat(int(1)) } },
    },
  }));
const unaryFilter: fc.Arbitrary<WireFilter> = fc
  .tuple(fc.constantFrom(...FIELDS), fc.constantFrom(2, 3, 4, 5))
  .map(([fieldPath, op]) => ({ unaryFilter: { field: { fieldPath }, op } }));
const filter = fc.letrec<{ filter: WireFilter }>(tie => ({
  filter: fc.oneof({ maxDepth: 2 }, { weight: 4, arbitrary: fieldFilter }, unaryFilter, {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(1, 1, 2), fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
      .map(([op, filters]) => ({ compositeFilter: { op, filters } })),
  }),
})).filter;
const query = fc.record<StructuredQuery>(
  {
    where: filter,
    orderBy: fc
      .uniqueArray(
        fc.record({ fieldPath: fc.constantFrom(...FIELDS, '__name__'), direction: fc.constantFrom(1, 2) }),
        { maxLength: 3, selector: o => o.fieldPath },
      )
      .map(orders => orders.map(({ fieldPath, direction }) => ({ field: { fieldPath }, direction }))),
    limit: fc.record({ value: fc.integer({ min: 0, max: 5 }) }),
    offset: fc.integer({ min: 0, max: 3 }),
    startAt: fc.record({ values: fc.array(scalar, { minLength: 1, maxLength: 1 }), before: fc.boolean() }),
    endAt: fc.record({ values: fc.array(scalar, { minLength: 1, maxLength: 1 }), before: fc.boolean() }),
  },
  { requiredKeys: [] },
);

type Row = { name: string; fields: Readonly<Record<string, Value>> };

const fieldOf = (row: Row, path: string): Value | undefined =>
  path === '__name__' ? { referenceValue: row.name } : getField(row.fields, [path]);

const isNull = (v: Value): boolean => v.nullValue !== undefined;
const isNaNValue = (v: Value): boolean => Number.isNaN(v.doubleValue);
const kind = (v: Value): string => Object.keys(v)[0]!.replace('integer', 'double');

/** The filters as their documentation says them, one row at a time. */
function accepts(row: Row, where: WireFilter): boolean {
  if (where.compositeFilter) {
    const { op, filters = [] } = where.compositeFilter;
    return op === 1 ? filters.every(f => accepts(row, f)) : filters.some(f => accepts(row, f));
  }
  const stored = fieldOf(row, (where.fieldFilter ?? where.unaryFilter)!.field!.fieldPath!);
  if (stored === undefined) return false;
  if (where.unaryFilter) {
    const { op } = where.unaryFilter;
    if (op === 2) return isNaNValue(stored);
    if (op === 3) return isNull(stored);
    return !isNull(stored) && (op === 5 || !isNaNValue(stored));
  }
  const { op, value: operand } = where.fieldFilter as { op: Op; value: Value };
  const listed = operand.arrayValue?.values ?? [];
  const usable = listed.filter(v => !isNull(v) && !isNaNValue(v));
  const elements = stored.arrayValue?.values ?? [];
  if (isNull(operand)) return false;
  if (isNaNValue(operand)) return op === 6 && !isNull(stored);
  const order =
    kind(stored) === kind(operand) && !isNaNValue(stored) ? compareValues(stored, operand) : Number.NaN;
  switch (op) {
    case 1:
      return order < 0;
    case 2:
      return order <= 0;
    case 3:
      return order > 0;
    case 4:
      return order >= 0;
    case 5:
      return equalValues(stored, operand);
    case 6:
      return !isNull(stored) && !equalValues(stored, operand);
    case 7:
      return elements.some(e => equalValues(e, operand));
    case 8:
      return usable.some(v => equalValues(stored, v));
    case 9:
      return usable.some(v => elements.some(e => equalValues(e, v)));
    case 10:
      return !isNull(stored) && !listed.some(isNull) && !usable.some(v => equalValues(stored, v));
  }
}

function bruteForce(
  rows: readonly Row[],
  wire: StructuredQuery,
  orders: readonly { path: readonly string[]; descending: boolean }[],
): string[] {
  const compareTo = (row: Row, values: readonly Value[]): number => {
    for (const [i, v] of values.entries()) {
      const side = compareValues(fieldOf(row, orders[i]!.path[0]!)!, v);
      if (side !== 0) return orders[i]!.descending ? -side : side;
    }
    return 0;
  };
  const kept = rows
    .filter(row => !wire.where || accepts(row, wire.where))
    .filter(row => orders.every(order => fieldOf(row, order.path[0]!) !== undefined))
    .filter(row => {
      const start = wire.startAt ? compareTo(row, wire.startAt.values!) : 1;
      const end = wire.endAt ? compareTo(row, wire.endAt.values!) : -1;
      return (
        (start > 0 || (start === 0 && wire.startAt!.before!)) &&
        (end < 0 || (end === 0 && !wire.endAt!.before))
      );
    })
    .sort((a, b) =>
      compareTo(
        a,
        orders.map(order => fieldOf(b, order.path[0]!)!),
      ),
    );
  const offset = wire.offset ?? 0;
  return kept.slice(offset, wire.limit ? offset + wire.limit.value! : undefined).map(row => row.name);
}

function commitAll(database: Database, all: Readonly<Record<string, Record<string, Value>>>): void {
  const writes = Object.entries(all).map(([id, content]) => ({
    update: { name: `${ROOT}/c/${id}`, fields: content },
  }));
  if (writes.length > 0) database.commit(writes);
}

test('a query finds what filtering and sorting every document finds, now and in the past', () => {
  fc.assert(
    fc.property(
      docs,
      docs,
      fc.array(fc.constantFrom('a', 'b', 'z', 'é'), { maxLength: 2 }),
      fc.array(query, { minLength: 1, maxLength: 6 }),
      (before, changes, gone, queries) => {
        const database = new Database();
        commitAll(database, before);
        const then = database.now();
        const rowsThen: Row[] = [...database.store.documents()].map(doc => ({
          name: doc.name,
          fields: doc.fields,
        }));
        const parsed = queries.flatMap(from => {
          const wire = { ...from, from: [{ collectionId: 'c' }] };
          try {
            return [{ wire, query: parseQuery(ROOT, wire) }];
          } catch (error) {
            if (error instanceof GrpcError) return [];
            throw error;
          }
        });
        // Indexes built now have to follow what changes afterwards.
        for (const { wire, query } of parsed) check(database, rowsThen, wire, query);
        commitAll(database, changes);
        database.commit(gone.map(id => ({ delete: `${ROOT}/c/${id}` })));
        const rowsNow: Row[] = [...database.store.documents()].map(doc => ({
          name: doc.name,
          fields: doc.fields,
        }));
        for (const { wire, query } of parsed) {
          check(database, rowsNow, wire, query);
          const past = runQuery(database.store, query, database.past(then)).documents.map(doc => doc.name);
          expect(past).toEqual(bruteForce(rowsThen, wire, query.orders));
        }
      },
    ),
    { numRuns: 600 },
  );
});

function check(
  database: Database,
  rows: readonly Row[],
  wire: StructuredQuery,
  query: ReturnType<typeof parseQuery>,
): void {
  const expected = bruteForce(rows, wire, query.orders);
  expect(runQuery(database.store, query).documents.map(doc => doc.name)).toEqual(expected);
  expect(countQuery(database.store, query)).toBe(expected.length);
}

test('an equality with a limit reads from the index, and a count does not touch the documents', () => {
  const database = new Database();
  for (let n = 0; n < 22_000; n += 500)
    commitAll(
      database,
      Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [String(n + i), { a: int(i % 10), b: int(n + i) }]),
      ),
    );
  const wire = (fieldPath: string, more: StructuredQuery = {}): StructuredQuery => ({
    from: [{ collectionId: 'c' }],
    where: { fieldFilter: { field: { fieldPath }, op: 5, value: int(3) } },
    ...more,
  });
  const limited = parseQuery(ROOT, wire('a', { limit: { value: 10 } }));
  const sorted = parseQuery(
    ROOT,
    wire('a', { limit: { value: 10 }, orderBy: [{ field: { fieldPath: 'b' }, direction: 2 }] }),
  );
  const whole = parseQuery(ROOT, wire('a'));
  runQuery(database.store, limited);
  runQuery(database.store, sorted);
  const started = performance.now();
  for (let i = 0; i < 200; i++) {
    expect(runQuery(database.store, limited).documents.length).toBe(10);
    expect(runQuery(database.store, sorted).documents[0]!.fields['b']).toEqual(int(21_993));
    expect(countQuery(database.store, whole)).toBe(2200);
  }
  // Some 0.02 ms each; a scan would take 100 times as long, whatever the machine.
  expect((performance.now() - started) / 200).toBeLessThan(3);
});
