import type { StructuredQuery, WireFilter } from '../firestore/query/wire.ts';
import { operandValue } from '../firestore/values/canonical.ts';
import { parseFieldPath } from '../firestore/values/paths.ts';
import { fromFirestore, pathOfName } from './convert.ts';
import { GAP, HOLE, type Target } from './pattern.ts';
import { Constraint, PartialMap, Path, type Relation, type Value } from './values.ts';

type Condition = {
  readonly field: readonly string[];
  readonly relation: Relation | '==';
  readonly value: Value;
};

/** What is known of every document that a query may find, in one of its alternatives. */
export interface Findable {
  readonly target: Target;
  readonly data: PartialMap;
  /** The document's path, where the query names it. */
  readonly name: Path | undefined;
}

/** By google.firestore.v1.StructuredQuery.FieldFilter.Operator; a filter of a list has an alternative for each of its values. */
const RELATIONS: Readonly<
  Record<number, { readonly relation: Condition['relation']; readonly list?: 'or' | 'and' }>
> = {
  1: { relation: '<' },
  2: { relation: '<=' },
  3: { relation: '>' },
  4: { relation: '>=' },
  5: { relation: '==' },
  6: { relation: '!=' },
  7: { relation: 'contains' },
  8: { relation: '==', list: 'or' },
  9: { relation: 'contains', list: 'or' },
  10: { relation: '!=', list: 'and' },
};

/** IS_NAN, IS_NULL and their opposites. */
const UNARY: Readonly<Record<number, { readonly relation: Condition['relation']; readonly value: Value }>> = {
  2: { relation: '==', value: Number.NaN },
  3: { relation: '==', value: null },
  4: { relation: '!=', value: Number.NaN },
  5: { relation: '!=', value: null },
};

/**
 * Rules are no filters: a query is judged by what its filters say of every document they let through. A query with ORs
 * and INs is taken apart into alternatives that are judged one by one.
 *
 * @param parent `projects/P/databases/D/documents/…`, below which the query looks
 */
export function findables(parent: string, query: StructuredQuery): Findable[] {
  const from = query.from?.[0];
  const base = pathOfName(parent).segments;
  const alternatives = query.where ? alternativesOf(query.where) : [[]];
  return alternatives.map((conditions): Findable => {
    const name = conditions.find(
      ({ field, relation }) => field[0] === '__name__' && relation === '==',
    )?.value;
    const gap: Target = from?.allDescendants || !from?.collectionId ? [GAP] : [];
    const collection = from?.collectionId ? [from.collectionId] : [];
    return {
      target: name instanceof Path ? name.segments : [...base, ...gap, ...collection, HOLE],
      data: dataOf(conditions),
      name: name instanceof Path ? name : undefined,
    };
  });
}

/** The filter as an OR of ANDs. parseQuery() sees to it that there are not many. */
function alternativesOf(filter: WireFilter): Condition[][] {
  if (filter.compositeFilter) {
    const { op, filters = [] } = filter.compositeFilter;
    const each = filters.map(alternativesOf);
    if (op === OR) return each.flat();
    return each.reduce((all, some) => all.flatMap(one => some.map(other => [...one, ...other])), [
      [],
    ] as Condition[][]);
  }
  const { field, op = 0 } = filter.unaryFilter ?? filter.fieldFilter ?? {};
  const path = parseFieldPath(field?.fieldPath ?? '');
  if (filter.unaryFilter) return UNARY[op] ? [[{ field: path, ...UNARY[op] }]] : [[]];
  const known = RELATIONS[op];
  if (!known || filter.fieldFilter?.value === undefined) return [[]];
  const { relation, list } = known;
  const value = fromFirestore(operandValue(filter.fieldFilter.value));
  const conditions = (list && Array.isArray(value) ? value : [value]).map(each => ({
    field: path,
    relation,
    value: each,
  }));
  return list === 'or' ? conditions.map(condition => [condition]) : [conditions];
}

const OR = 2;

/** `a.b == 1` says that there is a map a with an entry b. */
function dataOf(conditions: readonly Condition[], depth = 0): PartialMap {
  const known = new Map<string, Value>();
  const names = new Set(conditions.map(({ field }) => field[depth]!).filter(name => name !== '__name__'));
  for (const name of names) {
    const here = conditions.filter(({ field }) => field[depth] === name);
    const own = here.filter(({ field }) => field.length === depth + 1);
    const pinned = own.find(({ relation }) => relation === '==');
    if (pinned) known.set(name, pinned.value);
    else if (own.length === 0) known.set(name, dataOf(here, depth + 1));
    else known.set(name, new Constraint(own as Constraint['conditions']));
  }
  return new PartialMap(known);
}
