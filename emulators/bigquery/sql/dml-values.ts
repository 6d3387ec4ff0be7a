import type { Field, TableSchema } from '../types.ts';
import type { Expression, Name } from './ast.ts';
import { coerce, withoutNulls } from './coerce.ts';
import type { Translation } from './context.ts';
import { duckdbTypeOf, type Type, typeName, typeOfField } from './data-types.ts';
import { refuse } from './errors.ts';
import { sameName } from './names.ts';
import { combine, constant, isNull, type Value } from './value.ts';

export function fieldNamed({ fields }: TableSchema, { text, at }: Name): Field {
  return (
    fields.find(({ name }) => sameName(name, text)) ?? refuse(at, `Column ${text} is not present in table`)
  );
}

/** The fields that an INSERT names, or all. */
export function insertedFields(
  table: TableSchema,
  columns: readonly Name[] | undefined,
  at: number,
): readonly Field[] {
  const fields = columns?.map(column => fieldNamed(table, column)) ?? table.fields;
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice) refuse(at, `Column ${twice.name} is specified more than once in the INSERT column list`);
  const missing = table.fields.find(
    field =>
      field.mode === 'REQUIRED' && field.defaultValueExpression === undefined && !fields.includes(field),
  );
  if (missing) refuse(at, `Required field ${missing.name} cannot be null`);
  return fields;
}

export const isDefault = (value: Expression): boolean =>
  value.kind === 'literal' && value.type === 'NULL' && value.value === 'DEFAULT';

/** A value that goes into a column. An array that is NULL is stored empty, one with a NULL inside not at all. */
export function storedValue(value: Value, field: Field, translation: Translation, update = false): Value {
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

export const emptyValue = (at: number, field: Field): Value => {
  const type = typeOfField(field);
  return constant(at, type, stored(`CAST(NULL AS ${duckdbTypeOf(type)})`, type));
};
