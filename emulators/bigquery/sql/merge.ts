import { identifier } from '../duckdb-types.ts';
import type { TableSchema } from '../types.ts';
import type { Expression } from './ast.ts';
import type { Context, Translation } from './context.ts';
import { BOOL } from './data-types.ts';
import { unsetFields, unsetValue } from './default-value.ts';
import { assignments } from './dml-set.ts';
import { type DmlTree, matchedOnce, targetNames } from './dml-target.ts';
import { insertedFields, isDefault, storedValue } from './dml-values.ts';
import { refuse, unsupported } from './errors.ts';
import { lower, lowerAs } from './expression.ts';
import { writeFrom } from './from.ts';
import type { Names } from './names.ts';

export function writeMerge(
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
    const others = unsetFields(table, fields);
    const row: readonly Expression[] =
      action.row === 'ROW'
        ? fields.map(field => ({ kind: 'name', at, path: [{ at, text: field.name }] }))
        : action.row;
    if (row.length !== fields.length)
      refuse(at, `Inserted row has wrong column count; Has ${row.length}, expected ${fields.length}`);
    const values = row.map((value, index) =>
      isDefault(value)
        ? unsetValue(at, fields[index]!, translation).sql
        : storedValue(lower(value, seen), fields[index]!, translation).sql,
    );
    const list = [...fields, ...others].map(field => identifier(field.name)).join(', ');
    return `${head} INSERT (${list}) VALUES (${[...values, ...others.map(field => unsetValue(at, field, translation).sql)].join(', ')})`;
  });
  const head = (using: string): string =>
    `MERGE INTO ${table.duckdb} AS ${name} USING ${using} ON ${on.sql} ${whens.join(' ')}`;
  if (changing.length === 0) return head(source.sql);
  if (source.alias === undefined) unsupported(tree.source.at, 'MERGE USING a join');
  const matches = `${table.duckdb} AS ${name} JOIN ${source.sql} ON ${on.sql} WHERE (${changing.join(') OR (')})`;
  // DuckDB takes no subquery in ON where it joins outward: the condition stands in the source.
  return head(`(SELECT * FROM ${source.sql} WHERE ${matchedOnce(name, matches)}) AS ${source.alias}`);
}
