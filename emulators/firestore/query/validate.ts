import { invalidArgument } from '../../grpc/errors.ts';
import type { WireFilter } from './wire.ts';

/** Combinations that Firestore refuses, although they would have a meaning. Codes as in StructuredQuery. */
const FIELD = { notEqual: 6, arrayContains: 7, in: 8, arrayContainsAny: 9, notIn: 10 } as const;
const NEGATIVE_FIELD: readonly number[] = [FIELD.notEqual, FIELD.notIn];
const NEGATIVE_UNARY: readonly number[] = [4, 5];
const DISJUNCTIVE: readonly number[] = [FIELD.in, FIELD.arrayContainsAny];
const CONTAINS: readonly number[] = [FIELD.arrayContains, FIELD.arrayContainsAny];

/** @throws INVALID_ARGUMENT for a combination of filters that Firestore does not answer. */
export function validateFilter(filter: WireFilter): void {
  const leaves = leavesOf(filter);
  const ops = leaves.map(leaf => leaf.fieldFilter?.op ?? 0);
  const negatives = leaves.filter(
    leaf =>
      NEGATIVE_FIELD.includes(leaf.fieldFilter?.op ?? 0) ||
      NEGATIVE_UNARY.includes(leaf.unaryFilter?.op ?? 0),
  );
  if (negatives.length > 1)
    throw invalidArgument(
      "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.",
    );
  if (ops.includes(FIELD.notIn) && (hasOr(filter) || ops.some(op => DISJUNCTIVE.includes(op))))
    throw invalidArgument(
      "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.",
    );
  if (containsPerDisjunction(filter) > 1)
    throw invalidArgument("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
}

const isOr = (filter: WireFilter): boolean =>
  filter.compositeFilter?.op === 2 && (filter.compositeFilter.filters?.length ?? 0) > 1;
const children = (filter: WireFilter): WireFilter[] => filter.compositeFilter?.filters ?? [];

const leavesOf = (filter: WireFilter): WireFilter[] =>
  filter.compositeFilter ? children(filter).flatMap(leavesOf) : [filter];

const hasOr = (filter: WireFilter): boolean => isOr(filter) || children(filter).some(hasOr);

function containsPerDisjunction(filter: WireFilter): number {
  if (!filter.compositeFilter) return CONTAINS.includes(filter.fieldFilter?.op ?? 0) ? 1 : 0;
  const counts = children(filter).map(containsPerDisjunction);
  return isOr(filter) ? Math.max(...counts) : counts.reduce((a, b) => a + b, 0);
}
