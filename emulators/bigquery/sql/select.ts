import { identifier } from '../duckdb-types.ts';
import type { OrderItem, WindowSpec } from './ast.ts';
import type { Select, SelectItem } from './ast-query.ts';
import { coerce, structValue } from './coerce.ts';
import { checkFields, inferredName } from './constructors.ts';
import { type Context, emptyContext, type OutputColumn } from './context.ts';
import { BOOL, INT64, isGroupable, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { lower, lowerAs } from './expression.ts';
import { writeFrom } from './from.ts';
import { groupBy } from './grouping.ts';
import { checkFilters, type Names, NO_NAMES } from './names.ts';
import { ordered, ordinalOf, type Relation, type Surroundings } from './query.ts';
import { expandStar } from './star.ts';
import { isNull, type Reference, type Value } from './value.ts';
import { orderOf } from './window.ts';

/** A column of the select list before it is written: `*` has become many. */
export interface Item {
  readonly at: number;
  readonly name: string | undefined;
  readonly write: (context: Context) => Value;
}

export function writeSelect(
  select: Select,
  orderBy: readonly OrderItem[],
  limit: string,
  around: Surroundings,
): Relation {
  const outer = around.outer && { outer: around.outer };
  const from = select.from && writeFrom(select.from, around, { ...NO_NAMES, ...outer });
  const names: Names = { sources: from?.sources ?? [], merged: from?.merged ?? [], ...outer };
  const windows = new Map<string, WindowSpec>(
    select.windows.map(({ name, spec }) => [name.text.toLowerCase(), spec]),
  );
  const context: Context = { ...emptyContext(around.translation), names, named: around.named, windows };

  const noWhere = { noAggregates: 'WHERE clause', noWindows: 'WHERE clause' };
  const where = select.where && lowerAs(select.where, BOOL, 'WHERE clause', { ...context, ...noWhere });
  checkFilters(names.sources, where);
  const items = select.items.flatMap(item => itemsOf(item, select, context));
  const keys = select.groupBy && groupBy(select.groupBy, items, context);
  const inGroups: Context = { ...context, ...(keys && { keys: keys.texts }) };
  const values = items.map(({ write }) => write(inGroups));
  const later: Context = { ...inGroups, names: aliasesOf(items, values, names) };
  const having =
    select.having && lowerAs(select.having, BOOL, 'HAVING clause', { ...later, noWindows: 'HAVING clause' });
  const qualify = select.qualify && lowerAs(select.qualify, BOOL, 'QUALIFY clause', later);
  const orders = select.distinct ? [] : orderBy.map(item => orderValue(item, values, later));

  const clauses: readonly (readonly [string, readonly Value[]])[] = [
    ['SELECT list', values],
    ['HAVING clause', having ? [having] : []],
    ['QUALIFY clause', qualify ? [qualify] : []],
    ['ORDER BY clause', orders.map(({ value }) => value)],
  ];
  const parts = clauses.flatMap(([, each]) => each);
  const grouped = keys !== undefined || parts.some(({ aggregate }) => aggregate);
  if (grouped)
    for (const [clause, each] of clauses) for (const value of each) checkGrouped(value, names, clause);
  if (select.having && !grouped)
    refuse(select.having.at, 'The HAVING clause requires GROUP BY or aggregation to be present');
  if (qualify && !parts.some(({ window }) => window))
    refuse(select.qualify!.at, 'The QUALIFY clause requires analytic function to be present');
  if (select.distinct)
    for (const value of values)
      if (!isGroupable(value.type))
        refuse(value.at, `SELECT DISTINCT does not support columns of type ${typeName(value.type)}`);

  const { list, columns } = outputOf(select, items, values);
  const sql = [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${list.map((text, index) => `${text} AS ${identifier(columns[index]!.physical)}`).join(', ')}`,
    ...(from ? [`FROM ${from.sql}`] : []),
    ...(where ? [`WHERE ${where.sql}`] : []),
    ...(keys?.sql ? [`GROUP BY ${keys.sql}`] : []),
    ...(having ? [`HAVING ${having.sql}`] : []),
    ...(qualify ? [`QUALIFY ${qualify.sql}`] : []),
    ...(orders.length > 0 ? [`ORDER BY ${orders.map(({ text }) => text).join(', ')}`] : []),
  ].join(' ');
  const references = [
    ...(from?.references ?? []),
    ...[...parts, ...(where ? [where] : [])].flatMap(each => each.references),
  ].filter(({ level }) => level !== names && level !== later.names);
  const relation: Relation = { sql, columns, references, values: select.as !== undefined };
  // What is made distinct can be ordered by its own columns alone.
  if (select.distinct && (orderBy.length > 0 || limit !== ''))
    return ordered(relation, orderBy, limit, around);
  return { ...relation, sql: sql + limit };
}

/** HAVING, QUALIFY and ORDER BY see the aliases of the select list, before the columns of FROM. */
function aliasesOf(items: readonly Item[], values: readonly Value[], outer: Names): Names {
  const columns = values.flatMap(({ type, sql, aggregate, window }, index) => {
    const name = items[index]!.name;
    return name === undefined ? [] : [{ name, type, sql, aggregate, window }];
  });
  return { sources: [{ alias: undefined, columns }], merged: [], outer, aliases: true };
}

function checkGrouped({ references }: Value, names: Names, clause: string): void {
  const loose: Reference | undefined = references.find(({ level }) => level === names);
  if (loose)
    refuse(
      loose.at,
      `${clause} expression references column ${loose.name} which is neither grouped nor aggregated`,
    );
}

function orderValue(
  { expression, descending, nulls }: OrderItem,
  values: readonly Value[],
  context: Context,
): { value: Value; text: string } {
  const ordinal = ordinalOf(expression, values.length, 'ORDER BY');
  const value = ordinal === undefined ? lower(expression, context) : values[ordinal]!;
  return { value, text: orderOf(value, descending, nulls) };
}

function itemsOf(item: SelectItem, { items, from }: Select, context: Context): Item[] {
  const { at, expression, alias, star } = item;
  if (star) {
    if (!from && !star.of) refuse(at, 'SELECT * must have a FROM clause');
    return expandStar(at, star, context);
  }
  if (items.length > 10_000) refuse(at, 'Too many columns');
  return [{ at, name: alias?.text ?? inferredName(expression!), write: inner => lower(expression!, inner) }];
}

/** What is written after SELECT, and what the columns are called. */
function outputOf(
  select: Select,
  items: readonly Item[],
  values: readonly Value[],
): { list: string[]; columns: OutputColumn[] } {
  const texts = values.map(value => (isNull(value) ? coerce(value, INT64)!.sql : value.sql));
  if (select.as === undefined) return { list: texts, columns: outputColumns(items, values) };
  if (select.as === 'VALUE') {
    if (values.length !== 1) refuse(select.at, 'SELECT AS VALUE query must have exactly one column');
    return { list: texts, columns: [{ name: undefined, physical: 'value', type: values[0]!.type }] };
  }
  const fields = values.map(({ type }, index) => ({
    ...(items[index]!.name !== undefined && { name: items[index]!.name }),
    type,
  }));
  checkFields(
    select.at,
    fields.map(({ name }) => name),
  );
  const whole = structValue(select.at, { kind: 'STRUCT', fields }, values);
  return { list: [whole.sql], columns: [{ name: undefined, physical: 'value', type: whole.type }] };
}

/** DuckDB needs every column to have a name of its own, compared without case. */
function outputColumns(items: readonly Item[], values: readonly Value[]): OutputColumn[] {
  const taken = new Set(items.map(({ name }) => name?.toLowerCase()));
  const seen = new Set<string>();
  let anonymous = 0;
  return values.map(({ type, literal }, index) => {
    const { name } = items[index]!;
    let physical = name ?? `f${anonymous++}_`;
    for (
      let count = 1;
      seen.has(physical.toLowerCase()) || (name === undefined && taken.has(physical));
      count += 1
    )
      physical = `${name ?? `f${anonymous}_`}_${count}`;
    seen.add(physical.toLowerCase());
    return { name, physical, type, ...(literal && { literal }) };
  });
}
