import { identifier } from '../duckdb-types.ts';
import type { Expression, OrderItem } from './ast.ts';
import type { Query, QueryBody, SetOperation } from './ast-query.ts';
import { coerce, supertype } from './coerce.ts';
import { type Context, emptyContext, type Named, type OutputColumn, type Translation } from './context.ts';
import { INT64, isGroupable, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { lower } from './expression.ts';
import type { Names } from './names.ts';
import { writeSelect } from './select.ts';
import { constant, type Reference, type Value } from './value.ts';
import { orderOf } from './window.ts';

/** Where a query stands. */
export interface Surroundings {
  readonly translation: Translation;
  readonly named: readonly Named[];
  /** The names of the query around it, for a subquery of an expression. */
  readonly outer?: Names;
}

/** A query, written for DuckDB. */
export interface Relation {
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
  /** What it reads of the queries around it. */
  readonly references: readonly Reference[];
  /** Its rows are values (SELECT AS STRUCT, AS VALUE): one column. */
  readonly values: boolean;
}

export function writeQuery(query: Query, around: Surroundings): Relation {
  let { named } = around;
  const texts: string[] = [];
  const references: Reference[] = [];
  for (const { name, query: inner } of query.with) {
    if (
      query.with.some(
        other =>
          other.name !== name &&
          other.name.at < name.at &&
          other.name.text.toLowerCase() === name.text.toLowerCase(),
      )
    )
      refuse(name.at, `Duplicate alias ${name.text} for WITH subquery`);
    const relation = writeQuery(inner, { ...around, named });
    const alias = around.translation.alias('w');
    texts.push(`${alias} AS (${relation.sql})`);
    references.push(...relation.references);
    named = [
      { name: name.text, relation: alias, columns: relation.columns, values: relation.values },
      ...named,
    ];
  }
  const body = writeBody(query, { ...around, named });
  const sql = texts.length === 0 ? body.sql : `WITH ${texts.join(', ')} ${body.sql}`;
  return { ...body, sql, references: [...references, ...body.references] };
}

function writeBody(query: Query, around: Surroundings): Relation {
  const { body, orderBy } = query;
  const limit = limitText(query, around);
  if (body.kind === 'select') return writeSelect(body, orderBy, limit, around);
  const relation = writeOperand(body, around);
  if (orderBy.length === 0 && limit === '') return relation;
  return ordered(relation, orderBy, limit, around);
}

function writeOperand(body: QueryBody, around: Surroundings): Relation {
  if (body.kind === 'query') return writeQuery(body, around);
  return body.kind === 'set' ? writeSet(body, around) : writeSelect(body, [], '', around);
}

/** ORDER BY and LIMIT of what is complete: only its columns can be named. */
export function ordered(
  relation: Relation,
  orderBy: readonly OrderItem[],
  limit: string,
  around: Surroundings,
): Relation {
  const { columns } = relation;
  const alias = around.translation.alias('t');
  const source = {
    alias: undefined,
    columns: columns.map(({ name, physical, type }) => ({
      name,
      type,
      sql: `${alias}.${identifier(physical)}`,
    })),
  };
  const names: Names = { sources: [source], merged: [], ...(around.outer && { outer: around.outer }) };
  const context: Context = {
    ...emptyContext(around.translation),
    names,
    named: around.named,
    noAggregates: 'ORDER BY',
    noWindows: 'ORDER BY',
  };
  const keys = orderBy.map(({ expression, descending, nulls }) => {
    const ordinal = ordinalOf(expression, columns.length, 'ORDER BY');
    const value =
      ordinal === undefined
        ? lower(expression, context)
        : constant(expression.at, columns[ordinal]!.type, source.columns[ordinal]!.sql);
    return orderOf(value, descending, nulls);
  });
  const order = keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
  return { ...relation, sql: `SELECT * FROM (${relation.sql}) AS ${alias}${order}${limit}` };
}

/** The index of the column that a number in GROUP BY or ORDER BY stands for. */
export function ordinalOf(expression: Expression, count: number, clause: string): number | undefined {
  if (expression.kind !== 'literal' || expression.type !== 'INT64') return undefined;
  const ordinal = Number(expression.value);
  if (ordinal < 1 || ordinal > count)
    refuse(
      expression.at,
      `${clause} column number item is out of range. Column numbers must be between 1 and ${count}, inclusive`,
    );
  return ordinal - 1;
}

function limitText({ limit, offset }: Query, { translation }: Surroundings): string {
  const text = (word: string, expression: Expression | undefined): string => {
    if (!expression) return '';
    const value = coerce(lower(expression, emptyContext(translation)), INT64);
    if (!value?.literal || value.literal.value.startsWith('-'))
      return refuse(expression.at, `${word} expects a non-negative integer literal or parameter`);
    return ` ${word} ${value.sql}`;
  };
  return text('LIMIT', limit) + text('OFFSET', offset);
}

const DUCKDB_OPERATION: Readonly<Record<SetOperation['op'], string>> = {
  'UNION ALL': 'UNION ALL',
  'UNION DISTINCT': 'UNION',
  'INTERSECT DISTINCT': 'INTERSECT',
  'EXCEPT DISTINCT': 'EXCEPT',
};

function writeSet({ at, op, parts }: SetOperation, around: Surroundings): Relation {
  const relations = parts.map(part => writeOperand(part, around));
  const [first] = relations as [Relation, ...Relation[]];
  for (const [index, { columns }] of relations.entries())
    if (columns.length !== first.columns.length)
      refuse(
        parts[index]!.at,
        `Queries in ${op} have mismatched column count; query 1 has ${first.columns.length} columns, query ${index + 1} has ${columns.length} columns`,
      );
  const types = first.columns.map((_, index) => {
    const values = relations.map(relation => outputValue(at, relation.columns[index]!, 'NULL'));
    const type = supertype(values, around.translation.zone);
    if (!type)
      return refuse(
        parts[1]!.at,
        `Column ${index + 1} in ${op} has incompatible types: ${values.map(value => typeName(value.type)).join(', ')}`,
      );
    if (op !== 'UNION ALL' && !isGroupable(type))
      refuse(
        at,
        `Column ${index + 1} in ${op} has type that does not support set operation comparisons: ${typeName(type)}`,
      );
    return type;
  });
  const texts = relations.map(({ sql, columns }) => {
    const alias = around.translation.alias('t');
    const items = columns.map((column, index) => {
      const value = coerce(
        outputValue(at, column, `${alias}.${identifier(column.physical)}`),
        types[index]!,
        around.translation.zone,
      )!;
      return `${value.sql} AS ${identifier(first.columns[index]!.physical)}`;
    });
    return `(SELECT ${items.join(', ')} FROM (${sql}) AS ${alias})`;
  });
  return {
    sql: texts.join(` ${DUCKDB_OPERATION[op]} `),
    columns: first.columns.map(({ name, physical }, index) => ({ name, physical, type: types[index]! })),
    references: relations.flatMap(({ references }) => references),
    values: first.values,
  };
}

/** A column of a result as a value; a literal column still fits as a literal does. */
export function outputValue(at: number, { type, literal }: OutputColumn, sql: string): Value {
  return constant(at, type, sql, literal && { literal });
}
