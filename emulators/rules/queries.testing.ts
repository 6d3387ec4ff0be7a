import type { Fields } from '../../shared/events/firestore-values.ts';
import type { StructuredQuery, WireFilter } from '../firestore/query/wire.ts';
import type { Value } from '../firestore/types.ts';
import { ROOT } from './testing.ts';

/** The documents that are there. */
export const STORED: Readonly<Record<string, Fields>> = {
  't/x': { a: { integerValue: '1' } },
  'grants/me': { pipelines: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
};

/** A query of the collection t, by the user `me`, and whether `allow list: if RULE` lets it through. */
export interface QueryCase {
  readonly rule: string;
  readonly where?: WireFilter;
  readonly query?: StructuredQuery;
  /** Of the rule; `/t/{id}` unless told. */
  readonly match?: string;
  /** Relative path of a document below which is asked. */
  readonly parent?: string;
  readonly allowed: boolean;
  /**
   * Google's emulator takes a field that a query does not mention for one that is not there, and answers for documents
   * that it does not look at. Here a query is allowed only where the rule holds for all that it could find.
   */
  readonly google?: boolean;
}

const OPERATORS = {
  '<': 1,
  '<=': 2,
  '>': 3,
  '>=': 4,
  '==': 5,
  '!=': 6,
  contains: 7,
  in: 8,
  'contains-any': 9,
  'not-in': 10,
};

type Plain = null | number | string | readonly Plain[];

function wireValue(value: Plain): Value {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'string')
    return value.startsWith(ROOT) ? { referenceValue: value } : { stringValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(wireValue) } };
}

const where = (fieldPath: string, operator: keyof typeof OPERATORS, value: Plain): WireFilter => ({
  fieldFilter: { field: { fieldPath }, op: OPERATORS[operator], value: wireValue(value) },
});
const isNull = (fieldPath: string, op = 3): WireFilter => ({ unaryFilter: { field: { fieldPath }, op } });
const and = (...filters: WireFilter[]): WireFilter => ({ compositeFilter: { op: 1, filters } });
const or = (...filters: WireFilter[]): WireFilter => ({ compositeFilter: { op: 2, filters } });

const MINE = 'resource.data.uid == request.auth.uid';
const GRANTED =
  'resource.data.p in get(/databases/$(db)/documents/grants/$(request.auth.uid)).data.pipelines';
const NAME = `${ROOT}/t/x`;
const GROUP: StructuredQuery = { from: [{ collectionId: 't', allDescendants: true }] };
const ORDERED: StructuredQuery = {
  limit: { value: 5 },
  offset: 2,
  orderBy: [{ field: { fieldPath: 'a' }, direction: 2 }],
};

type Row = readonly [
  rule: string,
  where: WireFilter | undefined,
  more?: Omit<QueryCase, 'rule' | 'where' | 'allowed'>,
];

const ALLOWED: readonly Row[] = [
  ['true', undefined],
  [MINE, where('uid', '==', 'me')],
  ['request.auth.uid == resource.data.uid', where('uid', '==', 'me')],
  [MINE, where('uid', 'in', ['me'])],
  [MINE, and(where('uid', '==', 'me'), where('a', '>', 1))],
  [MINE, or(where('uid', '==', 'me'), and(where('uid', '==', 'me'), where('a', '>', 1)))],
  ["resource.data.uid in [request.auth.uid, 'z']", where('uid', '==', 'me')],
  ["resource.data.uid in ['me', 'z', 'w']", where('uid', 'in', ['me', 'z'])],
  ["resource.data.uid == 'me' || resource.data.uid == 'z'", where('uid', 'in', ['me', 'z'])],
  [
    "resource.data.uid == 'me' || resource.data.uid == 'z'",
    or(where('uid', '==', 'me'), where('uid', '==', 'z')),
  ],
  ['resource.data.a > 5', where('a', '>', 7)],
  ['resource.data.a > 5', where('a', '>', 5)],
  ['resource.data.a >= 5', where('a', '>=', 5)],
  ['resource.data.a >= 5', where('a', '>', 5)],
  ['resource.data.a > 4.5', where('a', '>', 5)],
  ['5 < resource.data.a', where('a', '>', 5)],
  ['resource.data.a > 5', where('a', '==', 6)],
  ['resource.data.a > 5', where('a', 'in', [6, 7])],
  ['resource.data.a > 5', and(where('a', '>=', 3), where('a', '>', 5))],
  ['resource.data.a < 5', where('a', '<', 4)],
  ['resource.data.a < 5', where('a', '<=', 4)],
  ['resource.data.a <= 5', where('a', '<', 5)],
  ['resource.data.a <= 5', where('a', '<=', 5)],
  ['resource.data.a != 5', where('a', '<', 5)],
  ['resource.data.a < 5', and(where('a', '<', 5), where('a', '>', 2))],
  ['resource.data.a > 1 && resource.data.a < 5', and(where('a', '<', 5), where('a', '>', 2))],
  ['resource.data.a > resource.data.b', and(where('a', '>', 7), where('b', '==', 3))],
  ["resource.data.s >= 'b'", where('s', '>=', 'c')],
  ['resource.data.a != 5', where('a', '>', 7)],
  ['resource.data.a != 5', where('a', '!=', 5)],
  ['resource.data.a != 5', where('a', '==', 4)],
  ['resource.data.a != 5', where('a', 'not-in', [5, 6])],
  ['!(resource.data.a in [5, 6])', where('a', 'not-in', [5, 6])],
  ['resource.data.a != null', where('a', '!=', 5)],
  ['resource.data.a != null', where('a', '>', 4)],
  ['resource.data.a != null', isNull('a', 5)],
  ['resource.data.a == null', isNull('a')],
  ['resource.data.a is int', where('a', '==', 4)],
  ["resource.data.a.matches('x.*')", where('a', '==', 'xy')],
  ['resource.data.a + 1 == 5', where('a', '==', 4)],
  ['resource.data.a == 4.0', where('a', '==', 4)],
  ['resource.data.a == resource.data.b', and(where('a', '==', 4), where('b', '==', 4))],
  ["'a' in resource.data", where('a', '>', 4)],
  ["'a' in resource.data.keys()", where('a', '==', 4)],
  ["resource.data.keys().hasAll(['a'])", where('a', '==', 4)],
  ["resource.data.get('a', 0) == 4", where('a', '==', 4)],
  ["resource.data['a'] == 4", where('a', '==', 4)],
  ['resource.data.m.k == 4', where('m.k', '==', 4)],
  ["'x' in resource.data.tags", where('tags', 'contains', 'x')],
  ["resource.data.tags.hasAny(['x'])", where('tags', 'contains', 'x')],
  ["resource.data.tags.hasAny(['x', 'y'])", where('tags', 'contains', 'x')],
  ["resource.data.tags.hasAny(['x', 'y'])", where('tags', 'contains-any', ['x', 'y'])],
  ["resource.data.l == ['x']", where('l', '==', ['x'])],
  ['resource != null && resource.data != null', undefined],
  ["true || id == 'x'", undefined],
  ["id == 'x'", where('__name__', '==', NAME)],
  [
    "resource.id == 'x' && resource.__name__ == /databases/(default)/documents/t/x",
    where('__name__', '==', NAME),
  ],
  ['resource.data.a == 1 && resource.data.size() == 1', where('__name__', '==', NAME)],
  ['request.path == /databases/(default)/documents/t/x', where('__name__', '==', NAME)],
  ["id == 'x' || id == 'y'", where('__name__', 'in', [NAME, `${ROOT}/t/y`])],
  [GRANTED, where('p', '==', 'a')],
  [GRANTED, where('p', 'in', ['a', 'b'])],
  ['exists(/databases/$(db)/documents/grants/$(resource.data.u))', where('u', '==', 'me')],
  ['true', where('__name__', '==', NAME), { match: '/t/x' }],
  ['true', undefined, { match: '/{p=**}' }],
  ['true', undefined, { match: '/t/{p=**}' }],
  ['true', undefined, { match: '/{p=**}/t/{id}' }],
  ['true', undefined, { match: '/{c}/{d}' }],
  ['true', undefined, { match: '/{p=**}/t/{id}', query: GROUP }],
  ['true', undefined, { match: '/a/{x}/{p=**}', query: GROUP, parent: 'a/b' }],
  ["x == 'b'", undefined, { match: '/a/{x}/t/{id}', parent: 'a/b' }],
  ["p == /a/b && p[0] == 'a'", undefined, { match: '/{p=**}/t/{id}', parent: 'a/b' }],
  ["request.method == 'list' && request.path[3] == 't'", undefined],
  [
    'request.query.limit == null && request.query.offset == 0 && request.query.orderBy.size() == 0',
    undefined,
  ],
  [
    "request.query.limit <= 10 && request.query.offset == 2 && request.query.orderBy.a == 'DESC'",
    undefined,
    { query: ORDERED },
  ],
];

const DENIED: readonly Row[] = [
  ['false', undefined],
  [MINE, undefined],
  [MINE, where('uid', '==', 'you')],
  [MINE, where('uid', 'in', ['me', 'you'])],
  [MINE, or(where('uid', '==', 'me'), where('a', '>', 1))],
  ["resource.data.uid in ['me', 'z']", where('uid', 'in', ['me', 'y'])],
  ['resource.data.a > 5', where('a', '>', 3)],
  ['resource.data.a > 5', where('a', '>=', 5)],
  ['resource.data.a > 5', where('a', 'in', [6, 3])],
  ['resource.data.a < 5', where('a', '<', 6)],
  ['resource.data.a < 5', where('a', '<=', 5)],
  ['resource.data.a <= 5', where('a', '<=', 6)],
  ['resource.data.a != 5', where('a', '<=', 5)],
  ["resource.data.a > 'x'", where('a', '>', 7)],
  ['resource.data.a == 5', where('a', '>', 7)],
  ['!(resource.data.a == 5)', where('a', '>', 7)],
  ['!(resource.data.a <= 5)', where('a', '>', 7)],
  ['resource.data.a in [5, 6]', where('a', '>', 4)],
  ['resource.data.a is int', where('a', '>', 4)],
  ['resource.data.a == 4', or(where('a', '==', 4), where('b', '==', 5))],
  ['resource.data.a == resource.data.a', undefined],
  ['!(resource.data.x == 1)', undefined],
  ['resource.data.x == 1 ? true : true', undefined],
  ["resource.data['m.k'] == 1", where('m.k', '==', 1)],
  ["'x' in resource.data.tags", where('tags', 'contains', 'y')],
  ["'x' in resource.data.tags", where('tags', 'contains-any', ['x', 'y'])],
  ["resource.data.tags.hasAny(['x'])", where('tags', 'contains-any', ['x', 'y'])],
  ["resource.data.tags.hasAll(['x'])", where('tags', 'contains', 'x')],
  ['resource.data.tags is list', where('tags', 'contains', 'x')],
  ["'a' in resource.data", undefined, { query: ORDERED }],
  ['resource == null', undefined],
  ['resource.data.size() > 0', undefined],
  ["id == 'x'", undefined],
  ["id != 'x'", undefined],
  ['id is string', undefined],
  ['[id].size() == 1', undefined],
  ["resource.id == 'x'", undefined],
  ["resource.__name__[3] == 't'", undefined],
  ['resource.data.a == 2', and(where('__name__', '==', NAME), where('a', '==', 2))],
  ['resource == null', where('__name__', '==', `${ROOT}/t/gone`)],
  [GRANTED, undefined],
  [GRANTED, where('p', 'in', ['a', 'c'])],
  ['exists(/databases/$(db)/documents/grants/$(id))', undefined],
  ['get(/databases/$(db)/documents/grants/none) == null', undefined],
  ['true', undefined, { match: '/t/x' }],
  ['true', undefined, { match: '/t/{id}', query: GROUP }],
  ['true', undefined, { match: '/a/{x}/t/{id}', query: GROUP }],
  ['true', undefined, { match: '/{c}/t/{id}', query: GROUP }],
  ['true', undefined, { match: '/a/{x}/t/{id}', query: GROUP, parent: 'a/b' }],
  ["p[0] == 'a'", undefined, { match: '/{p=**}', parent: 'a/b' }],
  ['request.query.limit <= 10', undefined],
  ['request.resource == null', undefined],
  ['request.path == /databases/(default)/documents/t/x', undefined],
  // Not so in Google's emulator: see QueryCase.google.
  ["!('a' in resource.data)", undefined, { google: true }],
  ["resource.data.get('a', 0) == 0", undefined, { google: true }],
  ["resource.data.keys().hasOnly(['a'])", where('a', '==', 4), { google: true }],
  ['resource.data.size() == 1', where('a', '==', 4), { google: true }],
  ["resource.data == {'a': 4}", where('a', '==', 4), { google: true }],
  ["resource.data.diff({'a': 4}).affectedKeys().size() == 0", where('a', '==', 4), { google: true }],
  ['!(resource.data.a is int)', where('a', '>', 4), { google: true }],
];

const caseOf =
  (allowed: boolean) =>
  ([rule, filter, more]: Row): QueryCase => ({ rule, ...(filter && { where: filter }), ...more, allowed });

export const QUERIES: readonly QueryCase[] = [...ALLOWED.map(caseOf(true)), ...DENIED.map(caseOf(false))];

export const queryOf = ({ where: filter, query }: QueryCase): StructuredQuery => ({
  from: [{ collectionId: 't' }],
  ...(filter && { where: filter }),
  ...query,
});
