import type { Expression, FrameBound, OrderItem, WindowSpec } from './ast.ts';
import { coerce } from './coerce.ts';
import type { Context } from './context.ts';
import { duckdbTypeOf, INT64, isGroupable, isOrderable, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { lower } from './expression.ts';
import type { Value } from './value.ts';

interface Written {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** One item of ORDER BY. NULLs come first when ascending and last when descending; NaN is the smallest number. */
export function orderText({ expression, descending, nulls }: OrderItem, context: Context): Written {
  const value = lower(expression, context);
  return { sql: orderOf(value, descending, nulls), values: [value] };
}

const BARE = /^(?:'(?:[^']|'')*'|true|false|NULL)$/;

export function orderOf(value: Value, descending: boolean, nulls: 'FIRST' | 'LAST' | undefined): string {
  if (!isOrderable(value.type))
    refuse(value.at, `ORDER BY does not support expressions of type ${typeName(value.type)}`);
  const place = `NULLS ${nulls ?? (descending ? 'LAST' : 'FIRST')}`;
  // DuckDB takes a bare literal for a mistake.
  const sql = BARE.test(value.sql) ? `CAST(${value.sql} AS ${duckdbTypeOf(value.type)})` : value.sql;
  const key = `${sql} ${descending ? 'DESC' : 'ASC'} ${place}`;
  return value.type.kind === 'FLOAT64'
    ? `isnan(${sql}) ${descending ? 'ASC' : 'DESC'} ${place}, ${key}`
    : key;
}

/** The parentheses after OVER. */
export function windowText(spec: WindowSpec, context: Context): Written {
  const inner: Context = { ...context, noWindows: 'a window specification' };
  const { partitionBy, orderBy, frame } = flatten(spec, context);
  const partitions = partitionBy.map(item => partition(item, inner));
  const orders = orderBy.map(item => orderText(item, inner));
  const bounds = frame
    ? [frame.from, ...(frame.to ? [frame.to] : [])].map(bound => boundText(bound, inner))
    : [];
  if (
    frame?.unit === 'RANGE' &&
    bounds.some(({ values }) => values.length > 0) &&
    (orders.length !== 1 || orders[0]!.values[0]!.type.kind !== 'INT64')
  )
    refuse(spec.at, 'A RANGE window with an offset must have exactly one ORDER BY expression of type INT64');
  if (
    frame?.unit === 'RANGE' &&
    orders.length === 0 &&
    bounds.some(({ sql }) => !sql.startsWith('UNBOUNDED'))
  )
    refuse(spec.at, 'Window frame with RANGE must have an ORDER BY expression');
  const clauses = [
    ...(partitions.length > 0 ? [`PARTITION BY ${partitions.map(({ sql }) => sql).join(', ')}`] : []),
    ...(orders.length > 0 ? [`ORDER BY ${orders.map(({ sql }) => sql).join(', ')}`] : []),
    ...(frame
      ? [
          `${frame.unit} ${bounds.length === 2 ? `BETWEEN ${bounds[0]!.sql} AND ${bounds[1]!.sql}` : bounds[0]!.sql}`,
        ]
      : []),
  ];
  return {
    sql: `(${clauses.join(' ')})`,
    values: [
      ...partitions,
      ...orders.flatMap(({ values }) => values),
      ...bounds.flatMap(({ values }) => values),
    ],
  };
}

/** What a window says together with the one it builds on. */
function flatten(spec: WindowSpec, context: Context): WindowSpec {
  const { base } = spec;
  if (!base) return spec;
  const found = context.windows.get(base.text.toLowerCase());
  if (!found) return refuse(base.at, `Unrecognized window alias ${base.text}`);
  const below = flatten(found, context);
  if (spec.partitionBy.length > 0)
    refuse(spec.at, 'If a window has an inherited window, PARTITION BY is not allowed');
  if (spec.orderBy.length > 0 && below.orderBy.length > 0)
    refuse(spec.at, 'If a window has an inherited window with ORDER BY, ORDER BY is not allowed');
  const frame = spec.frame ?? below.frame;
  return {
    at: spec.at,
    partitionBy: below.partitionBy,
    orderBy: spec.orderBy.length > 0 ? spec.orderBy : below.orderBy,
    ...(frame && { frame }),
  };
}

function partition(expression: Expression, context: Context): Value {
  const value = lower(expression, context);
  if (!isGroupable(value.type) || value.type.kind === 'FLOAT64')
    refuse(value.at, `Partitioning by expressions of type ${typeName(value.type)} is not allowed`);
  return value;
}

function boundText({ at, kind, offset }: FrameBound, context: Context): Written {
  if (!offset) return { sql: kind, values: [] };
  const value = coerce(lower(offset, context), INT64);
  if (!value?.literal || value.literal.value.startsWith('-'))
    return refuse(at, 'Window framing expression must be a non-negative literal or parameter of type INT64');
  return { sql: `${value.sql} ${kind}`, values: [value] };
}
