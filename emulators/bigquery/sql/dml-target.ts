import { identifier } from '../duckdb-types.ts';
import type { Field, TableSchema } from '../types.ts';
import type { Expression, Name } from './ast.ts';
import type { Path } from './ast-query.ts';
import type { StatementTree } from './ast-statement.ts';
import { type Context, emptyContext, type Translation } from './context.ts';
import { BOOL, typeOfField } from './data-types.ts';
import { lowerAs } from './expression.ts';
import { type Column, checkFilters, filterOf, type Names } from './names.ts';
import type { Value } from './value.ts';

export type DmlTree = Extract<StatementTree, { kind: 'insert' | 'update' | 'delete' | 'truncate' | 'merge' }>;

/** The condition of a statement that changes rows. */
export function filter(where: Expression, context: Context): Value {
  const clause = { noAggregates: 'WHERE clause', noWindows: 'WHERE clause' };
  const value = lowerAs(where, BOOL, 'WHERE clause', { ...context, ...clause });
  checkFilters(context.names.sources, value);
  return value;
}

/** The names that the target's columns are known by. */
export function targetNames(
  table: TableSchema,
  { target, alias }: { readonly target: Path; readonly alias?: Name | undefined },
  translation: Translation,
): { name: string; context: Context; names: Names } {
  const name = translation.alias('t');
  const used = translation.read(table);
  const column =
    (pseudo: boolean) =>
    (field: Field): Column => ({
      name: field.name,
      type: typeOfField(field),
      sql: `${name}.${identifier(field.name)}`,
      pseudo,
      used: () => used.add(field.name),
    });
  const columns = [...table.fields.map(column(false)), ...(table.pseudo ?? []).map(column(true))];
  const source = { alias: alias?.text ?? target.parts.at(-1)!, columns, ...filterOf(table, target.at) };
  const names: Names = { sources: [source], merged: [] };
  return { name, names, context: { ...emptyContext(translation), names } };
}

/** A condition that fails where a row would be changed twice: DuckDB would take any of the values. */
export function matchedOnce(target: string, matches: string): string {
  const problem = `CAST(bq_error('UPDATE/MERGE must match at most one source row for each target row') AS BOOLEAN)`;
  const twice = `SELECT ${target}.rowid FROM ${matches} GROUP BY ${target}.rowid HAVING count(*) > 1`;
  return `(SELECT CASE WHEN count(*) > 0 THEN ${problem} ELSE true END FROM (${twice}))`;
}
