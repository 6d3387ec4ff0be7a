import type { SelectItem } from './ast-query.ts';
import { columnValue, fieldOf } from './columns.ts';
import type { Context } from './context.ts';
import { typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { lower } from './expression.ts';
import { type Names, resolve, sameName } from './names.ts';
import type { Item } from './select.ts';

/** `*`, `t.*` or `struct.*`, less EXCEPT, with REPLACE. Throws Refusal. */
export function expandStar(at: number, star: NonNullable<SelectItem['star']>, context: Context): Item[] {
  const all = star.of ? ofExpression(at, star.of, context) : ofNames(at, context.names);
  for (const [clause, names] of [
    ['EXCEPT', star.except],
    ['REPLACE', star.replace.map(({ name }) => name)],
  ] as const)
    for (const name of names)
      if (!all.some(item => sameName(item.name, name.text)))
        refuse(name.at, `Column ${name.text} in SELECT * ${clause} list does not exist`);
  const kept = all.filter(item => !star.except.some(({ text }) => sameName(item.name, text)));
  if (kept.length === 0) refuse(at, 'SELECT * EXCEPT expands to zero columns after applying EXCEPT');
  return kept.map(item => {
    const replaced = star.replace.find(({ name }) => sameName(item.name, name.text));
    return replaced ? { ...item, write: (inner: Context) => lower(replaced.value, inner) } : item;
  });
}

/** Columns of USING first, then the others of each table. */
function ofNames(at: number, names: Names): Item[] {
  const columns = names.sources
    .flatMap(({ columns: each }) => each)
    .filter(({ name, pseudo }) => !pseudo && !names.merged.some(merged => sameName(merged.name, name)));
  return [...names.merged, ...columns].map(column => ({
    at,
    name: column.name,
    write: ({ keys }) => grouped(columnValue(at, column.name ?? '', { column, level: names }), keys, names),
  }));
}

const grouped = (
  value: ReturnType<typeof columnValue>,
  keys: ReadonlySet<string> | undefined,
  names: Names,
): typeof value =>
  keys?.has(value.sql)
    ? { ...value, references: value.references.filter(({ level }) => level !== names) }
    : value;

function ofExpression(
  at: number,
  of: NonNullable<NonNullable<SelectItem['star']>['of']>,
  context: Context,
): Item[] {
  const found = of.kind === 'name' && of.path.length === 1 ? resolve(context.names, of.path[0]!) : undefined;
  if (found?.row)
    return found.row.columns
      .filter(({ pseudo }) => !pseudo)
      .map(column => ({
        at,
        name: column.name,
        write: ({ keys }) =>
          grouped(columnValue(at, column.name ?? '', { column, level: found.level }), keys, found.level),
      }));
  const { type } = lower(of, context);
  if (type.kind !== 'STRUCT') return refuse(of.at, `Dot-star is not supported for type ${typeName(type)}`);
  return type.fields.map(field => ({
    at,
    name: field.name,
    write: inner =>
      fieldOf(lower(of, inner), {
        at,
        text: field.name ?? refuse(at, 'Dot-star is not supported for fields without names'),
      }),
  }));
}
