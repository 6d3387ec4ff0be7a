import { identifier } from '../duckdb-types.ts';
import { coerce, structValue } from './coerce.ts';
import type { Context } from './context.ts';
import { castScalar } from './conversions.ts';
import { duckdbTypeOf, fieldName, sameType, type Type, typeName } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { combine, constant, isNull, type Value } from './value.ts';
import { expand, letIn, variable } from './write.ts';

/** CAST or SAFE_CAST. Throws Refusal. */
export function castValue(at: number, value: Value, type: Type, safe: boolean, context: Context): Value {
  const invalid = (): never => refuse(at, `Invalid cast from ${typeName(value.type)} to ${typeName(type)}`);
  if (isNull(value)) return constant(at, type, coerce(value, type)!.sql);
  if (sameType(value.type, type) && type.kind !== 'STRUCT') return { ...value, at, type };
  if (value.items && value.items.length === 0 && type.kind === 'ARRAY')
    return coerce({ ...value, at }, type) ?? invalid();
  if (type.kind === 'BIGNUMERIC' || value.type.kind === 'BIGNUMERIC') {
    const cast = castScalar(value.type, type, value.sql);
    if (cast === undefined) unsupported(at, `CAST from ${typeName(value.type)} to ${typeName(type)}`);
    return combine(at, type, cast!, [value]);
  }
  if (type.kind === 'ARRAY' && value.type.kind === 'ARRAY') {
    const name = variable(value.sql);
    const item = castValue(at, constant(at, value.type.element, name), type.element, safe, context);
    return combine(at, type, `list_transform(${value.sql}, lambda ${name}: ${item.sql})`, [value]);
  }
  if (type.kind === 'STRUCT' && value.type.kind === 'STRUCT') {
    const { fields } = value.type;
    if (fields.length !== type.fields.length) invalid();
    return letIn([value], ([bound]) => {
      const items = fields.map((field, index) => {
        const item = constant(at, field.type, `${bound!.sql}.${identifier(fieldName(field, index))}`);
        return castValue(at, item, type.fields[index]!.type, safe, context);
      });
      const made = structValue(at, type, items);
      const sql = `CASE WHEN ${bound!.sql} IS NULL THEN CAST(NULL AS ${duckdbTypeOf(type)}) ELSE ${made.sql} END`;
      return combine(at, type, sql, [bound!]);
    });
  }
  const template = castScalar(value.type, type, '$1');
  if (template === undefined) return invalid();
  return expand(template, [value], 1, { at, type }, safe);
}
