/** What names stand for: columns, rows of a table, fields. */

import { identifier, literal } from '../duckdb-types.ts';
import type { ExpressionOf, Name } from './ast.ts';
import { structValue } from './coerce.ts';
import { checkFields } from './constructors.ts';
import type { Context } from './context.ts';
import { fieldName, JSON_TYPE, type Type, typeName } from './data-types.ts';
import { refuse } from './errors.ts';
import { allNames, columnOf, type Found, resolve, type Source, sameName } from './names.ts';
import { nearest } from './nearest.ts';
import { combine, constant, type Reference, type Value } from './value.ts';

export function lowerName({ at, path }: ExpressionOf<'name'>, context: Context): Value {
  const [first, ...rest] = path as [Name, ...Name[]];
  const found = resolve(context.names, first);
  if (!found) return unrecognized(first, context);
  const { row } = found;
  if (row && rest.length > 0) {
    const [next, ...deeper] = rest as [Name, ...Name[]];
    const column = columnOf(row, next);
    if (!column) return refuse(next.at, `Name ${next.text} not found inside ${first.text}`);
    return deeper.reduce(fieldOf, columnValue(at, next.text, { column, level: found.level }));
  }
  const value = row ? rowValue(at, row, found) : columnValue(at, first.text, found);
  return rest.reduce(fieldOf, value);
}

function unrecognized({ at, text }: Name, context: Context): never {
  const guess = nearest(text, allNames(context.names));
  return refuse(at, `Unrecognized name: ${text}${guess === undefined ? '' : `; Did you mean ${guess}?`}`);
}

const referenceTo = (at: number, name: string, { level, column }: Found): readonly Reference[] => [
  { level, column, name, at },
];

export function columnValue(at: number, name: string, found: Found): Value {
  const { column } = found;
  column.used?.();
  const { aggregate = false, window = false } = column;
  return constant(at, column.type, column.sql, {
    references: referenceTo(at, name, found),
    aggregate,
    window,
  });
}

/** All columns of a table as one STRUCT. */
function rowValue(at: number, row: Source, found: Found): Value {
  const columns = row.columns.filter(({ pseudo }) => !pseudo);
  checkFields(
    at,
    columns.map(({ name }) => name),
  );
  const items = columns.map(column => columnValue(at, column.name ?? '', { column, level: found.level }));
  const type = {
    kind: 'STRUCT' as const,
    fields: columns.map(({ name, type }) => ({ ...(name !== undefined && { name }), type })),
  };
  return structValue(at, type, items);
}

/** `value.name`, of a STRUCT or JSON. */
export function fieldOf(value: Value, { at, text }: Name): Value {
  const { type } = value;
  if (type.kind === 'JSON')
    return combine(value.at, JSON_TYPE, `bq_json_field(${value.sql}, ${literal(text)})::JSON`, [value]);
  if (type.kind !== 'STRUCT')
    refuse(at, `Cannot access field ${text} on a value with type ${typeName(type)}`);
  const { fields } = type as Type & { kind: 'STRUCT' };
  const index = fields.findIndex(field => sameName(field.name, text));
  if (index === -1) refuse(at, `Field name ${text} does not exist in ${typeName(type)}`);
  const field = fields[index]!;
  const sql = `${value.simple ? value.sql : `(${value.sql})`}.${identifier(fieldName(field, index))}`;
  return combine(value.at, field.type, sql, [value], { simple: value.simple });
}
