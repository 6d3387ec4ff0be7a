import { identifier } from '../duckdb-types.ts';
import type { Field, TableRef, TableSchema } from '../types.ts';
import type { Expression, Name } from './ast.ts';
import type { Path } from './ast-query.ts';
import type { Assignment, StatementTree } from './ast-statement.ts';
import { coerce, structValue, withoutNulls } from './coerce.ts';
import { type Context, emptyContext, type Translation } from './context.ts';
import { BOOL, duckdbTypeOf, fieldName, type Type, typeName, typeOfField } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { lower, lowerAs } from './expression.ts';
import { lookUp, writeFrom } from './from.ts';
import { type Column, checkFilters, filterOf, type Names, sameName } from './names.ts';
import { outputValue, writeQuery } from './query.ts';
import { combine, constant, isNull, type Value } from './value.ts';

type DmlTree = Extract<StatementTree, { kind: 'insert' | 'update' | 'delete' | 'truncate' | 'merge' }>;
interface Written {
  readonly sql: string;
  readonly target: TableRef;
}

export function writeDml(tree: DmlTree, translation: Translation): Written {
  const table = targetTable(tree.target, translation);
  return { sql: WRITERS[tree.kind](tree as never, table, translation), target: table.ref };
}

function targetTable(path: Path, translation: Translation): TableSchema {
  const table = lookUp(path, { translation });
  if (table.kind !== 'table')
    refuse(
      path.at,
      `${path.parts.join('.')} is not allowed for this operation because it is currently a ${table.kind.toUpperCase()}`,
    );
  return table;
}

type Writer<K extends DmlTree['kind']> = (
  tree: Extract<DmlTree, { kind: K }>,
  table: TableSchema,
  translation: Translation,
) => string;

const WRITERS: { readonly [K in DmlTree['kind']]: Writer<K> } = {
  insert: writeInsert,
  update: writeUpdate,
  delete: ({ alias, target, where }, table, translation) => {
    const { name, context } = targetNames(table, { target, alias }, translation);
    return `DELETE FROM ${table.duckdb} AS ${name} WHERE ${filter(where, context).sql}`;
  },
  truncate: (_, table) => `DELETE FROM ${table.duckdb}`,
  merge: writeMerge,
};

function filter(where: Expression, context: Context): Value {
  const clause = { noAggregates: 'WHERE clause', noWindows: 'WHERE clause' };
  const value = lowerAs(where, BOOL, 'WHERE clause', { ...context, ...clause });
  checkFilters(context.names.sources, value);
  return value;
}

/** The names that the target's columns are known by. */
function targetNames(
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

function fieldNamed({ fields }: TableSchema, { text, at }: Name): Field {
  return (
    fields.find(({ name }) => sameName(name, text)) ?? refuse(at, `Column ${text} is not present in table`)
  );
}

/** The fields that an INSERT names, or all. */
function insertedFields(
  table: TableSchema,
  columns: readonly Name[] | undefined,
  at: number,
): readonly Field[] {
  const fields = columns?.map(column => fieldNamed(table, column)) ?? table.fields;
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice) refuse(at, `Column ${twice.name} is specified more than once in the INSERT column list`);
  const missing = table.fields.find(field => field.mode === 'REQUIRED' && !fields.includes(field));
  if (missing) refuse(at, `Required field ${missing.name} cannot be null`);
  return fields;
}

const isDefault = (value: Expression): boolean =>
  value.kind === 'literal' && value.type === 'NULL' && value.value === 'DEFAULT';

/** A value that goes into a column. An array that is NULL is stored empty, one with a NULL inside not at all. */
function storedValue(value: Value, field: Field, translation: Translation, update = false): Value {
  const type = typeOfField(field);
  const fitted = coerce(value, type, translation.zone);
  if (!fitted)
    return refuse(
      value.at,
      update
        ? `Value of type ${typeName(value.type)} cannot be assigned to ${field.name}, which has type ${typeName(type)}`
        : `Value has type ${typeName(value.type)} which cannot be inserted into column ${field.name}, which has type ${typeName(type)}`,
    );
  if (field.mode === 'REQUIRED' && isNull(value))
    refuse(value.at, `Required field ${field.name} cannot be null`);
  return combine(value.at, type, stored(withoutNulls(fitted.sql, type, field.name), type), [fitted]);
}

function stored(sql: string, type: Type): string {
  return type.kind === 'ARRAY' ? `coalesce(${sql}, CAST([] AS ${duckdbTypeOf(type)}))` : sql;
}

const emptyValue = (at: number, field: Field): Value => {
  const type = typeOfField(field);
  return constant(at, type, stored(`CAST(NULL AS ${duckdbTypeOf(type)})`, type));
};

function writeInsert(
  tree: Extract<DmlTree, { kind: 'insert' }>,
  table: TableSchema,
  translation: Translation,
): string {
  const { at, columns, rows, query } = tree;
  const fields = insertedFields(table, columns, at);
  const others = table.fields.filter(field => field.mode === 'REPEATED' && !fields.includes(field));
  const head = `INSERT INTO ${table.duckdb} (${[...fields, ...others].map(({ name }) => identifier(name)).join(', ')})`;
  const rest = others.map(field => emptyValue(at, field).sql);
  if (rows) {
    const context = { ...emptyContext(translation), noAggregates: 'VALUES', noWindows: 'VALUES' };
    const lines = rows.map(row => {
      if (row.length !== fields.length)
        refuse(
          row[0]!.at,
          `Inserted row has wrong column count; Has ${row.length}, expected ${fields.length}`,
        );
      const values = row.map((value, index) =>
        isDefault(value)
          ? emptyValue(value.at, fields[index]!).sql
          : storedValue(lower(value, context), fields[index]!, translation).sql,
      );
      return `(${[...values, ...rest].join(', ')})`;
    });
    return `${head} VALUES ${lines.join(', ')}`;
  }
  const relation = writeQuery(query!, { translation, named: [] });
  if (relation.columns.length !== fields.length)
    refuse(
      query!.at,
      `Inserted row has wrong column count; Has ${relation.columns.length}, expected ${fields.length}`,
    );
  const alias = translation.alias('t');
  const values = relation.columns.map(
    (column, index) =>
      storedValue(
        outputValue(query!.at, column, `${alias}.${identifier(column.physical)}`),
        fields[index]!,
        translation,
      ).sql,
  );
  return `${head} SELECT ${[...values, ...rest].join(', ')} FROM (${relation.sql}) AS ${alias}`;
}

/** `column = value` for each column; assignments to fields of a STRUCT rebuild it. */
function assignments(
  set: readonly Assignment[],
  table: TableSchema,
  target: Names,
  context: Context,
): string[] {
  const { translation } = context;
  const done = new Set<string>();
  return set.map(({ at, path, value }) => {
    const [first, ...rest] =
      path.length > 1 && sameName(target.sources[0]!.alias, path[0]!.text) ? path.slice(1) : path;
    const field = fieldNamed(table, first!);
    if (done.has(field.name))
      return rest.length > 0
        ? unsupported(at, 'UPDATE of several fields of one STRUCT')
        : refuse(at, `Update item ${field.name} assigned more than once`);
    done.add(field.name);
    const given = value && lower(value, { ...context, noAggregates: 'UPDATE', noWindows: 'UPDATE' });
    const current = target.sources[0]!.columns.find(({ name }) => name === field.name)!;
    const made =
      rest.length === 0
        ? given
          ? storedValue(given, field, translation, true)
          : emptyValue(at, field)
        : withField(constant(at, current.type, current.sql), rest, given, at, translation);
    return `${identifier(field.name)} = ${made.sql}`;
  });
}

/** A STRUCT with one field changed. */
function withField(
  value: Value,
  path: readonly Name[],
  given: Value | undefined,
  at: number,
  translation: Translation,
): Value {
  const { type } = value;
  const [first, ...rest] = path as [Name, ...Name[]];
  if (type.kind !== 'STRUCT')
    return refuse(first.at, `Cannot access field ${first.text} on a value with type ${typeName(type)}`);
  const index = type.fields.findIndex(field => sameName(field.name, first.text));
  if (index === -1) return refuse(first.at, `Field name ${first.text} does not exist in ${typeName(type)}`);
  const items = type.fields.map((field, each): Value => {
    const part = constant(at, field.type, `${value.sql}.${identifier(fieldName(field, each))}`);
    if (each !== index) return part;
    if (rest.length > 0) return withField(part, rest, given, at, translation);
    if (!given) return constant(at, field.type, `CAST(NULL AS ${duckdbTypeOf(field.type)})`);
    return (
      coerce(given, field.type, translation.zone) ??
      refuse(
        given.at,
        `Value of type ${typeName(given.type)} cannot be assigned to ${first.text}, which has type ${typeName(field.type)}`,
      )
    );
  });
  return structValue(at, type, items);
}

function writeUpdate(
  tree: Extract<DmlTree, { kind: 'update' }>,
  table: TableSchema,
  translation: Translation,
): string {
  const { name, names, context } = targetNames(table, tree, translation);
  const from = tree.from && writeFrom(tree.from, { translation, named: [] }, names);
  const all: Names = from ? { sources: [...names.sources, ...from.sources], merged: from.merged } : names;
  const inner: Context = { ...context, names: all };
  const set = assignments(tree.set, table, names, inner);
  const where = filter(tree.where, inner);
  if (!from) return `UPDATE ${table.duckdb} AS ${name} SET ${set.join(', ')} WHERE ${where.sql}`;
  if (from.lateral) unsupported(tree.at, 'UPDATE FROM an array of the target');
  const once = matchedOnce(name, `${table.duckdb} AS ${name}, ${from.sql} WHERE ${where.sql}`);
  return `UPDATE ${table.duckdb} AS ${name} SET ${set.join(', ')} FROM ${from.sql} WHERE ${where.sql} AND ${once}`;
}

/** A condition that fails where a row would be changed twice: DuckDB would take any of the values. */
function matchedOnce(target: string, matches: string): string {
  const problem = `CAST(bq_error('UPDATE/MERGE must match at most one source row for each target row') AS BOOLEAN)`;
  const twice = `SELECT ${target}.rowid FROM ${matches} GROUP BY ${target}.rowid HAVING count(*) > 1`;
  return `(SELECT CASE WHEN count(*) > 0 THEN ${problem} ELSE true END FROM (${twice}))`;
}

function writeMerge(
  tree: Extract<DmlTree, { kind: 'merge' }>,
  table: TableSchema,
  translation: Translation,
): string {
  const { name, names, context } = targetNames(table, tree, translation);
  const source = writeFrom(tree.source, { translation, named: [] }, { sources: [], merged: [] });
  const all: Names = { sources: [...names.sources, ...source.sources], merged: source.merged };
  const both: Context = { ...context, names: all, noAggregates: 'MERGE', noWindows: 'MERGE' };
  const ofSource: Context = { ...both, names: { sources: source.sources, merged: source.merged } };
  const ofTarget: Context = { ...both, names };
  const on = lowerAs(tree.on, BOOL, 'MERGE ON clause', both);
  /** When a matched row is changed. */
  const changing: string[] = [];
  const whens = tree.whens.map(({ at, matched, and, action }) => {
    const seen = matched === 'MATCHED' ? both : matched === 'NOT MATCHED' ? ofSource : ofTarget;
    const wanted = and && lowerAs(and, BOOL, 'WHEN clause', seen).sql;
    if (matched === 'MATCHED') changing.push(wanted ?? 'true');
    const condition = wanted === undefined ? '' : ` AND ${wanted}`;
    const head = `WHEN ${matched}${condition} THEN`;
    if (action.kind === 'delete') return `${head} DELETE`;
    if (action.kind === 'update')
      return `${head} UPDATE SET ${assignments(action.set, table, names, seen).join(', ')}`;
    const fields = insertedFields(table, action.columns, at);
    const others = table.fields.filter(field => field.mode === 'REPEATED' && !fields.includes(field));
    const row: readonly Expression[] =
      action.row === 'ROW'
        ? fields.map(field => ({ kind: 'name', at, path: [{ at, text: field.name }] }))
        : action.row;
    if (row.length !== fields.length)
      refuse(at, `Inserted row has wrong column count; Has ${row.length}, expected ${fields.length}`);
    const values = row.map((value, index) =>
      isDefault(value)
        ? emptyValue(at, fields[index]!).sql
        : storedValue(lower(value, seen), fields[index]!, translation).sql,
    );
    const list = [...fields, ...others].map(field => identifier(field.name)).join(', ');
    return `${head} INSERT (${list}) VALUES (${[...values, ...others.map(field => emptyValue(at, field).sql)].join(', ')})`;
  });
  const head = (using: string): string =>
    `MERGE INTO ${table.duckdb} AS ${name} USING ${using} ON ${on.sql} ${whens.join(' ')}`;
  if (changing.length === 0) return head(source.sql);
  if (source.alias === undefined) unsupported(tree.source.at, 'MERGE USING a join');
  const matches = `${table.duckdb} AS ${name} JOIN ${source.sql} ON ${on.sql} WHERE (${changing.join(') OR (')})`;
  // DuckDB takes no subquery in ON where it joins outward: the condition stands in the source.
  return head(`(SELECT * FROM ${source.sql} WHERE ${matchedOnce(name, matches)}) AS ${source.alias}`);
}
