import { identifier, literal as quoted } from '../duckdb-types.ts';
import { castScalar, isImplicit } from './conversions.ts';
import { arrayOf, duckdbTypeOf, fieldName, sameType, type Type } from './data-types.ts';
import { literalAs } from './literals.ts';
import { combine, isNull, type Value } from './value.ts';

/** A value where another type is wanted, as far as GoogleSQL does that by itself; undefined where it does not. */
export function coerce(value: Value, type: Type, zone = 'UTC'): Value | undefined {
  if (isNull(value)) return { ...value, type, sql: `CAST(NULL AS ${duckdbTypeOf(type)})` };
  if (value.items && (type.kind === 'ARRAY' || type.kind === 'STRUCT')) return coerceItems(value, type, zone);
  if (sameType(value.type, type)) return value;
  const literal = literalAs(value, type, zone);
  if (literal) return literal;
  if (isImplicit(value.type, type)) {
    const sql = castScalar(value.type, type, value.sql);
    return sql === undefined ? undefined : combine(value.at, type, sql, [value]);
  }
  if (value.type.kind === 'STRUCT' && type.kind === 'STRUCT' && value.simple) {
    const { fields } = value.type;
    if (fields.length !== type.fields.length) return undefined;
    const parts = fields.map((field, index) =>
      combine(value.at, field.type, `${value.sql}.${identifier(fieldName(field, index))}`, [value]),
    );
    return coerceItems({ ...value, items: parts }, type, zone);
  }
  return undefined;
}

function coerceItems(value: Value, type: Type, zone: string): Value | undefined {
  const items = value.items!;
  if (type.kind === 'ARRAY') {
    if (value.type.kind !== 'ARRAY') return undefined;
    const fitted = items.map(item => coerce(item, type.element, zone));
    return fitted.includes(undefined) ? undefined : arrayValue(value.at, type.element, fitted as Value[]);
  }
  if (type.kind !== 'STRUCT' || value.type.kind !== 'STRUCT' || items.length !== type.fields.length)
    return undefined;
  const fitted = items.map((item, index) => coerce(item, type.fields[index]!.type, zone));
  return fitted.includes(undefined) ? undefined : structValue(value.at, type, fitted as Value[]);
}

export function arrayValue(at: number, element: Type, items: readonly Value[]): Value {
  const type = arrayOf(element);
  const sql = `CAST([${items.map(item => item.sql).join(', ')}] AS ${duckdbTypeOf(type)})`;
  return combine(at, type, sql, items, { items });
}

export function structValue(at: number, type: Type & { kind: 'STRUCT' }, items: readonly Value[]): Value {
  const fields = type.fields.map((field, index) => {
    const item = items[index]!;
    const sql = isNull(item) ? `CAST(NULL AS ${duckdbTypeOf(field.type)})` : item.sql;
    return `${identifier(fieldName(field, index))} := ${sql}`;
  });
  return combine(at, type, `struct_pack(${fields.join(', ')})`, items, { items });
}

const NUMBERS: readonly Type['kind'][] = ['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64'];
const CIVIL: readonly Type['kind'][] = ['DATE', 'DATETIME'];

/** The type that all values fit into, literals following the others; undefined where there is none. */
export function supertype(values: readonly Value[], zone = 'UTC'): Type | undefined {
  const typed = values.filter(value => !isNull(value));
  if (typed.length === 0) return values[0]?.type;
  const firm = typed.filter(({ literal, items }) => !literal && !items);
  const candidates = [...firm, ...typed].map(({ type }) => type);
  for (const kinds of [NUMBERS, CIVIL]) {
    const widest = (firm.length > 0 ? firm : typed)
      .map(({ type }) => type)
      .toSorted((a, b) => kinds.indexOf(b.kind) - kinds.indexOf(a.kind))[0];
    if (widest && kinds.includes(widest.kind)) candidates.unshift(widest);
  }
  const all = typed
    .map(({ type }) => type)
    .toSorted((a, b) => NUMBERS.indexOf(b.kind) - NUMBERS.indexOf(a.kind));
  return [...candidates, ...all].find(type => typed.every(value => coerce(value, type, zone) !== undefined));
}

/** An array as a result or a table may have it: a NULL inside is an error. */
export function withoutNulls(sql: string, type: Type, name: string): string {
  if (type.kind !== 'ARRAY') return sql;
  const problem = `bq_error('Array cannot have a null element; error in writing field ' || ${quoted(name)})`;
  const found = `lambda each: each IS NULL`;
  return `CASE WHEN len(list_filter(${sql}, ${found})) > 0 THEN CAST(${problem} AS ${duckdbTypeOf(type)}) ELSE ${sql} END`;
}
