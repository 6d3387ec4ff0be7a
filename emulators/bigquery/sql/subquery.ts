import { identifier } from '../duckdb-types.ts';
import type { ExpressionOf } from './ast.ts';
import type { Query } from './ast-query.ts';
import type { Context } from './context.ts';
import { arrayOf, BOOL, duckdbTypeOf } from './data-types.ts';
import { refuse } from './errors.ts';
import { type Relation, writeQuery } from './query.ts';
import { combine, type Value } from './value.ts';

/** A query within an expression, which may read what is around it. */
export function relationOf(query: Query, { translation, names, named }: Context): Relation {
  return writeQuery(query, { translation, named, outer: names });
}

export function lowerSubquery({ at, form, query }: ExpressionOf<'subquery'>, context: Context): Value {
  const { sql, columns, references } = relationOf(query, context);
  const more = { references, subquery: true };
  if (form === 'EXISTS') return combine(at, BOOL, `EXISTS (${sql})`, [], more);
  const [column, another] = columns;
  if (another || !column)
    return refuse(
      at,
      form === 'ARRAY'
        ? 'ARRAY subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values'
        : 'Scalar subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values',
    );
  if (form === 'SCALAR') return combine(at, column.type, `(${sql})`, [], more);
  if (column.type.kind === 'ARRAY')
    refuse(
      at,
      `Cannot use array subquery with column of type ${column.type.kind} because nested arrays are not supported`,
    );
  const type = arrayOf(column.type);
  const name = context.translation.alias('q');
  return combine(
    at,
    type,
    `CAST(ARRAY(SELECT ${name}.${identifier(column.physical)} FROM (${sql}) AS ${name}) AS ${duckdbTypeOf(type)})`,
    [],
    more,
  );
}
