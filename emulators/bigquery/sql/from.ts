import { identifier } from '../duckdb-types.ts';
import type { Name } from './ast.ts';
import type { FromItem, Path } from './ast-query.ts';
import { columnValue } from './columns.ts';
import { type Context, emptyContext, type OutputColumn } from './context.ts';
import { BOOL, INT64, type Type, typeName, typeOfField } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { lower, lowerAs } from './expression.ts';
import { type Column, filterOf, type Names, resolve, type Source, sameName } from './names.ts';
import { operate } from './operators.ts';
import { type Relation, type Surroundings, writeQuery } from './query.ts';
import type { Reference, Value } from './value.ts';

/** FROM, written for DuckDB, and the names it brings. */
export interface From {
  readonly sql: string;
  readonly sources: readonly Source[];
  readonly merged: readonly Column[];
  readonly references: readonly Reference[];
  /** Reads what stands to its left. */
  readonly lateral?: boolean;
  /** DuckDB's name for it, unless it is a join. */
  readonly alias?: string;
}

/** @param left what stands before it in the same FROM, which arrays may come from */
export function writeFrom(item: FromItem, around: Surroundings, left: Names): From {
  if (item.kind === 'join') return writeJoin(item, around, left);
  if (item.kind === 'query') {
    const relation = writeQuery(item.query, around);
    const alias = around.translation.alias('t');
    return {
      sql: `(${relation.sql}) AS ${alias}`,
      sources: [sourceOf(item.alias?.text, alias, relation)],
      merged: [],
      references: relation.references,
      alias,
    };
  }
  if (item.kind === 'unnest')
    return writeUnnest(item, lower(item.array, fromContext(around, left)), around, left);
  return writeTable(item, around, left);
}

const fromContext = (around: Surroundings, names: Names): Context => ({
  ...emptyContext(around.translation),
  names,
  named: around.named,
  noAggregates: 'FROM clause',
  noWindows: 'FROM clause',
});

function sourceOf(
  name: string | undefined,
  alias: string,
  { columns, values }: Pick<Relation, 'columns' | 'values'>,
): Source {
  const read = ({ name: column, physical, type }: OutputColumn): Column => ({
    name: column,
    type,
    sql: `${alias}.${identifier(physical)}`,
  });
  return values ? valueSource(name, read(columns[0]!)) : { alias: name, columns: columns.map(read) };
}

/** Values that are structs can be named whole, and by their fields. */
function valueSource(name: string | undefined, value: Column): Source {
  const whole = { ...value, name };
  if (value.type.kind !== 'STRUCT') return { alias: undefined, columns: [whole] };
  const columns = value.type.fields.map(field => ({
    name: field.name,
    type: field.type,
    sql: `${value.sql}.${identifier(field.name ?? '')}`,
  }));
  return { alias: name, columns, value: whole };
}

function writeTable(item: FromItem & { kind: 'table' }, around: Surroundings, left: Names): From {
  const { path, at } = item;
  const [first = ''] = path.parts;
  const array = arrayOfPath(path, around, left);
  if (array)
    return writeUnnest(
      { ...item, alias: item.alias ?? { at, text: path.parts.at(-1)! } },
      array,
      around,
      left,
    );
  if (item.offset) refuse(item.offset.at, 'WITH OFFSET cannot be used with a table');
  const alias = around.translation.alias('t');
  const named = path.parts.length === 1 ? around.named.find(({ name }) => sameName(name, first)) : undefined;
  if (named)
    return {
      sql: `${named.relation} AS ${alias}`,
      sources: [sourceOf(item.alias?.text ?? named.name, alias, named)],
      merged: [],
      references: [],
      alias,
    };
  const table = lookUp(path, around);
  const used = around.translation.read(table);
  const column =
    (pseudo: boolean) =>
    (field: (typeof table.fields)[number]): Column => ({
      name: field.name,
      type: typeOfField(field),
      sql: `${alias}.${identifier(field.name)}`,
      ...(pseudo && { pseudo }),
      used: () => used.add(field.name),
    });
  const columns = [...table.fields.map(column(false)), ...(table.pseudo ?? []).map(column(true))];
  return {
    sql: `${table.duckdb} AS ${alias}`,
    sources: [{ alias: item.alias?.text ?? path.parts.at(-1)!, columns, ...filterOf(table, at) }],
    merged: [],
    references: [],
    alias,
  };
}

/** The table of a path. Throws Refusal. */
export function lookUp(
  { at, parts }: Path,
  { translation }: Pick<Surroundings, 'translation'>,
): NonNullable<ReturnType<typeof translation.scope.table>> {
  const table = translation.scope.table(parts);
  if (table) return table;
  if (parts.at(-1)?.endsWith('*')) return refuse(at, `${parts.join('.')} does not match any table.`);
  if (parts.length === 1)
    return refuse(
      at,
      `Table ${JSON.stringify(parts[0])} must be qualified with a dataset (e.g. dataset.table)`,
    );
  const [table_, dataset, project] = parts.toReversed();
  return refuse(
    at,
    `Not found: Table ${project === undefined ? '' : `${project}:`}${dataset}.${table_} was not found`,
    'notFound',
  );
}

/** `t.items` after FROM: an array of a row to the left or around; undefined if it is the path of a table. */
function arrayOfPath({ parts, at }: Path, around: Surroundings, left: Names): Value | undefined {
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return undefined;
  const found = resolve(left, { at, text: first });
  if (!found?.row && !found?.level.sources.some(({ alias }) => sameName(alias, first))) return undefined;
  const path: Name[] = parts.map(text => ({ at, text }));
  return lower({ kind: 'name', at, path }, fromContext(around, left));
}

function writeUnnest(
  item: Pick<FromItem & { kind: 'unnest' }, 'at' | 'alias' | 'offset'>,
  array: Value,
  around: Surroundings,
  left: Names,
): From {
  if (array.type.kind !== 'ARRAY')
    return refuse(
      array.at,
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${typeName(array.type)}`,
    );
  const { element } = array.type as Type & { kind: 'ARRAY' };
  const alias = around.translation.alias('t');
  const sql = `(SELECT u.v, u.o - 1 AS o FROM unnest(${array.sql}) WITH ORDINALITY AS u(v, o)) AS ${alias}`;
  const source = valueSource(item.alias?.text, { name: undefined, type: element, sql: `${alias}.v` });
  const offset: Source[] = item.offset
    ? [{ alias: undefined, columns: [{ name: item.offset.text, type: INT64, sql: `${alias}.o` }] }]
    : [];
  return {
    sql,
    sources: [source, ...offset],
    merged: [],
    references: array.references.filter(({ level }) => level !== left),
    lateral: array.references.some(({ level }) => level === left),
  };
}

function writeJoin(item: FromItem & { kind: 'join' }, around: Surroundings, before: Names): From {
  const left = writeFrom(item.left, around, before);
  const seen: Names = {
    ...before,
    sources: [...before.sources, ...left.sources],
    merged: [...before.merged, ...left.merged],
  };
  const right = writeFrom(item.right, around, seen);
  for (const { alias } of right.sources)
    if (alias !== undefined && left.sources.some(other => sameName(other.alias, alias)))
      refuse(item.right.at, `Duplicate table alias ${alias} in the same FROM clause`);
  const { type, on, using } = item;
  if (right.lateral && (type === 'RIGHT' || type === 'FULL'))
    unsupported(item.at, `A ${type} JOIN with an array of the left side`);
  if (!on && !using && type !== 'CROSS' && item.right.kind === 'table' && right.sources[0]?.columns[0]?.used)
    refuse(item.at, `${type} JOIN must have an immediately following ON or USING clause`);
  const sources = [...left.sources, ...right.sources];
  const names: Names = {
    sources,
    merged: [...left.merged, ...right.merged],
    ...(before.outer && { outer: before.outer }),
  };
  const merged = using ? mergeColumns(using, type, left, right, fromContext(around, names)) : undefined;
  const condition = on ? lowerAs(on, BOOL, 'JOIN ON clause', fromContext(around, names)) : undefined;
  const text = merged ? merged.on : (condition?.sql ?? (type === 'CROSS' ? undefined : 'true'));
  return {
    sql: `${left.sql} ${type} JOIN ${right.lateral ? 'LATERAL ' : ''}${item.right.kind === 'join' ? `(${right.sql})` : right.sql}${text === undefined ? '' : ` ON ${text}`}`,
    sources,
    merged: merged
      ? [
          ...merged.columns,
          ...names.merged.filter(({ name }) => !using!.some(each => sameName(each.text, name))),
        ]
      : names.merged,
    references: [
      ...left.references,
      ...right.references,
      ...(condition?.references ?? []).filter(({ level }) => level !== names),
    ],
  };
}

function mergeColumns(
  using: readonly Name[],
  type: string,
  left: From,
  right: From,
  context: Context,
): { on: string; columns: Column[] } {
  const conditions: string[] = [];
  const columns = using.map((name): Column => {
    const [a, b] = [left, right].map((side, index) => {
      const names: Names = { sources: side.sources, merged: side.merged };
      const found = resolve(names, name);
      if (!found || found.row)
        return refuse(
          name.at,
          `Column ${name.text} in USING clause not found on ${index === 0 ? 'left' : 'right'} side of join`,
        );
      return columnValue(name.at, name.text, found);
    }) as [Value, Value];
    conditions.push(operate(name.at, '=', [a, b], context).sql);
    const sql = type === 'RIGHT' ? b.sql : type === 'FULL' ? `coalesce(${a.sql}, ${b.sql})` : a.sql;
    return { name: name.text, type: type === 'RIGHT' ? b.type : a.type, sql };
  });
  return { on: conditions.join(' AND '), columns };
}
