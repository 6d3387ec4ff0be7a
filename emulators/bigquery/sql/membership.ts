import { identifier } from '../duckdb-types.ts';
import type { Expression, ExpressionOf } from './ast.ts';
import type { Query } from './ast-query.ts';
import { coerce, supertype } from './coerce.ts';
import type { Context } from './context.ts';
import { arrayOf, BOOL, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { lower } from './expression.ts';
import { operate } from './operators.ts';
import { relationOf } from './subquery.ts';
import { combine, constant, type Value } from './value.ts';
import { letIn } from './write.ts';

/** `x IN (…)`, `x IN UNNEST(array)` and `x IN (SELECT …)`. */
export function lowerIn({ at, of, not, list, array, query }: ExpressionOf<'in'>, context: Context): Value {
  const value = lower(of, context);
  const found = list
    ? inList(at, value, list, context)
    : array
      ? inArray(at, value, array, context)
      : inQuery(at, value, query!, context);
  return not ? operate(at, 'NOT', [found], context) : found;
}

function inList(at: number, value: Value, list: readonly Expression[], context: Context): Value {
  const items = list.map(item => lower(item, context));
  const type = supertype([value, ...items], context.translation.zone);
  if (!type || type.kind === 'ARRAY' || type.kind === 'JSON')
    return refuse(
      at,
      `No matching signature for operator IN for argument types ${[value, ...items].map(each => typeName(each.type)).join(' and ')}`,
    );
  if (type.kind === 'FLOAT64' || type.kind === 'STRUCT')
    return letIn([value], ([bound]) =>
      items
        .map(item => operate(at, '=', [bound!, item], context))
        .reduce((a, b) => operate(at, 'OR', [a, b], context)),
    );
  const [first, ...others] = [value, ...items].map(each => coerce(each, type, context.translation.zone)!);
  return combine(at, BOOL, `(${first!.sql} IN (${others.map(({ sql }) => sql).join(', ')}))`, [
    first!,
    ...others,
  ]);
}

function inArray(at: number, value: Value, array: Expression, context: Context): Value {
  const items = lower(array, context);
  if (items.type.kind !== 'ARRAY')
    return refuse(items.at, `Second argument of IN UNNEST must be an array but was ${typeName(items.type)}`);
  const type = supertype([value, constant(at, items.type.element, 'NULL')], context.translation.zone);
  const [left, right] = [
    type && coerce(value, type, context.translation.zone),
    type && coerce(items, arrayOf(type), context.translation.zone),
  ];
  if (!left || !right)
    return refuse(
      at,
      `No matching signature for operator IN UNNEST for argument types ${typeName(value.type)} and ${typeName(items.type)}`,
    );
  return letIn([left, right], ([item, list]) =>
    combine(
      at,
      BOOL,
      `CASE WHEN ${list!.sql} IS NULL OR len(${list!.sql}) = 0 THEN false WHEN ${item!.sql} IS NULL THEN NULL WHEN list_contains(${list!.sql}, ${item!.sql}) THEN true WHEN len(list_filter(${list!.sql}, lambda each: each IS NULL)) > 0 THEN NULL ELSE false END`,
      [item!, list!],
    ),
  );
}

function inQuery(at: number, value: Value, query: Query, context: Context): Value {
  const { sql, columns, references } = relationOf(query, context);
  if (columns.length !== 1) refuse(query.at, 'Subquery of type IN must have only one output column');
  const column = columns[0]!;
  const type = supertype([value, constant(at, column.type, 'NULL')], context.translation.zone);
  const left = type && coerce(value, type, context.translation.zone);
  const right = type && coerce(constant(at, column.type, identifier(column.physical)), type);
  if (!left || !right)
    return refuse(
      at,
      `Cannot execute IN subquery with uncomparable types ${typeName(value.type)} and ${typeName(column.type)}`,
    );
  const name = context.translation.alias('q');
  return combine(at, BOOL, `(${left.sql} IN (SELECT ${right.sql} FROM (${sql}) AS ${name}))`, [left], {
    references: [...left.references, ...references],
    subquery: true,
  });
}
