import { identifier } from '../duckdb-types.ts';
import type { TableRef, TableSchema } from '../types.ts';
import type { Path } from './ast-query.ts';
import { type Context, emptyContext, type Translation } from './context.ts';
import { unsetFields, unsetValue } from './default-value.ts';
import { assignments } from './dml-set.ts';
import { type DmlTree, filter, matchedOnce, targetNames } from './dml-target.ts';
import { insertedFields, isDefault, storedValue } from './dml-values.ts';
import { refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import { lookUp, writeFrom } from './from.ts';
import { writeMerge } from './merge.ts';
import type { Names } from './names.ts';
import { outputValue, writeQuery } from './query.ts';

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

function writeInsert(
  tree: Extract<DmlTree, { kind: 'insert' }>,
  table: TableSchema,
  translation: Translation,
): string {
  const { at, columns, rows, query } = tree;
  const fields = insertedFields(table, columns, at);
  const others = unsetFields(table, fields);
  const head = `INSERT INTO ${table.duckdb} (${[...fields, ...others].map(({ name }) => identifier(name)).join(', ')})`;
  const rest = others.map(field => unsetValue(at, field, translation).sql);
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
          ? unsetValue(value.at, fields[index]!, translation).sql
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
