import type { LiteralType } from './ast.ts';
import type { Type } from './data-types.ts';

/** A column that is read outside of an aggregate, until a key of GROUP BY covers it. */
export interface Reference {
  /** The names it was found in: tells a query's own columns from those of the query around it. */
  readonly level: object;
  readonly column: object;
  readonly name: string;
  readonly at: number;
}

/** An expression whose type is known and whose DuckDB text is written. */
export interface Value {
  readonly at: number;
  readonly type: Type;
  readonly sql: string;
  /** Literals, parameters and NULL change their type to fit more freely than columns do. */
  readonly literal?: { readonly type: LiteralType; readonly value: string };
  /** What an array or struct was written as: its parts fit one by one. */
  readonly items?: readonly Value[];
  readonly references: readonly Reference[];
  /** Contains an aggregate of the query it stands in. */
  readonly aggregate: boolean;
  readonly window: boolean;
  /** Differs from one evaluation to the next. */
  readonly volatile: boolean;
  /** Cheap and safe to write twice: a column, a literal. */
  readonly simple: boolean;
  readonly subquery: boolean;
}

/** A value made of others. */
export function combine(
  at: number,
  type: Type,
  sql: string,
  parts: readonly Value[],
  more: Partial<Value> = {},
): Value {
  return {
    at,
    type,
    sql,
    references: parts.flatMap(({ references }) => references),
    aggregate: parts.some(({ aggregate }) => aggregate),
    window: parts.some(({ window }) => window),
    volatile: parts.some(({ volatile }) => volatile),
    subquery: parts.some(({ subquery }) => subquery),
    simple: false,
    ...more,
  };
}

/** A value that does not depend on anything. */
export const constant = (at: number, type: Type, sql: string, more: Partial<Value> = {}): Value =>
  combine(at, type, sql, [], { simple: true, ...more });

export const isNull = (value: Value): boolean => value.literal?.type === 'NULL';
