import { identifier } from '../duckdb-types.ts';
import type { TableSchema } from '../types.ts';
import type { Name } from './ast.ts';
import type { Assignment } from './ast-statement.ts';
import { coerce, structValue } from './coerce.ts';
import type { Context, Translation } from './context.ts';
import { duckdbTypeOf, fieldName, typeName } from './data-types.ts';
import { unsetValue } from './default-value.ts';
import { fieldNamed, storedValue } from './dml-values.ts';
import { refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import { type Names, sameName } from './names.ts';
import { constant, type Value } from './value.ts';

/** `column = value` for each column; assignments to fields of a STRUCT rebuild it. */
export function assignments(
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
          : unsetValue(at, field, translation)
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
