import type { Context } from './context.ts';
import { isComparable, isOrderable, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { choose } from './overloads.ts';
import { readTable } from './signatures.ts';
import type { Value } from './value.ts';
import { expand } from './write.ts';

/**
 * Operators, as the tables of functions: of several that fit, the one that changes the fewest arguments, then the first. FLOAT64 has
 * its own comparisons since DuckDB takes NaN for the greatest number.
 */
const OPERATORS = readTable(`
OR(BOOL, BOOL) -> BOOL: ($1 OR $2)
AND(BOOL, BOOL) -> BOOL: ($1 AND $2)
NOT(BOOL) -> BOOL: (NOT $1)
NEGATE(INT64) -> INT64: (- $1)
NEGATE(NUMERIC) -> NUMERIC: (- $1)
NEGATE(FLOAT64) -> FLOAT64: (- $1)
PLUS(INT64) -> INT64: $1
PLUS(NUMERIC) -> NUMERIC: $1
PLUS(FLOAT64) -> FLOAT64: $1
BITNOT(INT64) -> INT64: (~ $1)
ADD(INT64, INT64) -> INT64: ($1 + $2)
ADD(NUMERIC, NUMERIC) -> NUMERIC: ($1 + $2)
ADD(FLOAT64, FLOAT64) -> FLOAT64: bq_float_add($1, $2)
ADD(DATE, INT64) -> DATE: (DATE '1970-01-01' + CAST(bq_date_add(date_diff('day', DATE '1970-01-01', $1), $2, 'DAY') AS INTEGER))
ADD(INT64, DATE) -> DATE: (DATE '1970-01-01' + CAST(bq_date_add(date_diff('day', DATE '1970-01-01', $2), $1, 'DAY') AS INTEGER))
SUBTRACT(INT64, INT64) -> INT64: ($1 - $2)
SUBTRACT(NUMERIC, NUMERIC) -> NUMERIC: ($1 - $2)
SUBTRACT(FLOAT64, FLOAT64) -> FLOAT64: bq_float_subtract($1, $2)
SUBTRACT(DATE, INT64) -> DATE: (DATE '1970-01-01' + CAST(bq_date_add(date_diff('day', DATE '1970-01-01', $1), - $2, 'DAY') AS INTEGER))
MULTIPLY(INT64, INT64) -> INT64: ($1 * $2)
MULTIPLY(NUMERIC, NUMERIC) -> NUMERIC: bq_numeric_multiply($1, $2)
MULTIPLY(FLOAT64, FLOAT64) -> FLOAT64: bq_float_multiply($1, $2)
DIVIDE(FLOAT64, FLOAT64) -> FLOAT64: bq_float_divide($1, $2)
DIVIDE(NUMERIC, NUMERIC) -> NUMERIC: bq_numeric_divide($1, $2)
CONCATENATE(STRING, STRING) -> STRING: ($1 || $2)
CONCATENATE(BYTES, BYTES) -> BYTES: ($1 || $2)
CONCATENATE(ARRAY<T>, ARRAY<T>) -> ARRAY<T>: CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_concat($1, $2) END
BITAND(INT64, INT64) -> INT64: ($1 & $2)
BITOR(INT64, INT64) -> INT64: ($1 | $2)
BITXOR(INT64, INT64) -> INT64: xor($1, $2)
SHIFTLEFT(INT64, INT64) -> INT64: bq_shift_left($1, $2)
SHIFTRIGHT(INT64, INT64) -> INT64: bq_shift_right($1, $2)
LIKE(STRING, STRING) -> BOOL: bq_like($1, $2)
EQUAL(FLOAT64, FLOAT64) -> BOOL: bq_float_equal($1, $2)
EQUAL(T, T) -> BOOL: ($1 = $2)
UNEQUAL(FLOAT64, FLOAT64) -> BOOL: (NOT bq_float_equal($1, $2))
UNEQUAL(T, T) -> BOOL: ($1 <> $2)
LESS(FLOAT64, FLOAT64) -> BOOL: bq_float_less($1, $2)
LESS(T, T) -> BOOL: ($1 < $2)
LESSOREQUAL(FLOAT64, FLOAT64) -> BOOL: bq_float_less_or_equal($1, $2)
LESSOREQUAL(T, T) -> BOOL: ($1 <= $2)
GREATER(FLOAT64, FLOAT64) -> BOOL: bq_float_less($2, $1)
GREATER(T, T) -> BOOL: ($1 > $2)
GREATEROREQUAL(FLOAT64, FLOAT64) -> BOOL: bq_float_less_or_equal($2, $1)
GREATEROREQUAL(T, T) -> BOOL: ($1 >= $2)
DISTINCT(T, T) -> BOOL: ($1 IS DISTINCT FROM $2)
NOTDISTINCT(T, T) -> BOOL: ($1 IS NOT DISTINCT FROM $2)
`);

/** The rows of each operator as it is written. */
const ROWS: Readonly<Record<string, string>> = {
  OR: 'OR',
  AND: 'AND',
  NOT: 'NOT',
  NEGATE: 'NEGATE',
  '~': 'BITNOT',
  '+': 'ADD',
  '-': 'SUBTRACT',
  '*': 'MULTIPLY',
  '/': 'DIVIDE',
  '||': 'CONCATENATE',
  '&': 'BITAND',
  '|': 'BITOR',
  '^': 'BITXOR',
  '<<': 'SHIFTLEFT',
  '>>': 'SHIFTRIGHT',
  LIKE: 'LIKE',
  '=': 'EQUAL',
  '!=': 'UNEQUAL',
  '<': 'LESS',
  '<=': 'LESSOREQUAL',
  '>': 'GREATER',
  '>=': 'GREATEROREQUAL',
  'IS DISTINCT FROM': 'DISTINCT',
  'IS NOT DISTINCT FROM': 'NOTDISTINCT',
};
const EQUALITIES: readonly string[] = ['=', '!=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'];
const ORDERS: readonly string[] = ['<', '<=', '>', '>='];

/** Applies an operator to values of known type. Throws Refusal. */
export function operate(at: number, op: string, values: readonly Value[], { translation }: Context): Value {
  const row = op === '+' && values.length === 1 ? 'PLUS' : ROWS[op]!;
  const written = op === 'NEGATE' ? '-' : op;
  const chosen = choose(
    OPERATORS.get(row)!,
    values.map(value => ({ at: value.at, value })),
    translation.zone,
  );
  if (!chosen) {
    const types = values.map(({ type }) => typeName(type)).join(', ');
    return refuse(at, `No matching signature for operator ${written} for argument types: ${types}`);
  }
  const { overload, type } = chosen;
  const fitted = chosen.args.map(({ value }) => value!);
  const known = fitted[0]!.type;
  if (EQUALITIES.includes(op) && !isComparable(known))
    refuse(at, `Equality is not defined for arguments of type ${typeName(known)}`);
  if (ORDERS.includes(op) && !isOrderable(known))
    refuse(
      at,
      `${op === '<' || op === '<=' ? 'Less than' : 'Greater than'} is not defined for arguments of type ${typeName(known)}`,
    );
  return expand(overload.template, fitted, 0, { at, type });
}

/** For the page of the subset. */
export const operatorRows = (): { written: string; signatures: string[] }[] =>
  Object.entries(ROWS).map(([written, row]) => ({
    written: written === 'NEGATE' ? '- (sign)' : written,
    signatures: OPERATORS.get(row)!.map(({ signature }) => signature.slice(row.length)),
  }));
