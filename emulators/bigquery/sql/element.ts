import type { ExpressionOf } from './ast.ts';
import { coerce } from './coerce.ts';
import type { Context } from './context.ts';
import { duckdbTypeOf, INT64, JSON_TYPE, STRING, type Type, typeName } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import { combine, type Value } from './value.ts';
import { letIn } from './write.ts';

/** `array[OFFSET(n)]` and its like, `json[n]`, `json["name"]`. */
export function lowerElement({ at, of, mode, index }: ExpressionOf<'element'>, context: Context): Value {
  const value = lower(of, context);
  const given = lower(index, context);
  if (value.type.kind === 'JSON') {
    if (mode !== 'PLAIN')
      refuse(at, `Subscript access using [${mode}(INT64)] is not supported on values of type JSON`);
    const text = coerce(given, STRING, context.translation.zone);
    const number = coerce(given, INT64);
    if (given.type.kind === 'STRING' && text)
      return combine(at, JSON_TYPE, `bq_json_field(${value.sql}, ${text.sql})::JSON`, [value, text]);
    if (number)
      return combine(at, JSON_TYPE, `bq_json_element(${value.sql}, ${number.sql})::JSON`, [value, number]);
    refuse(
      given.at,
      `Subscript access using [${typeName(given.type)}] is not supported on values of type JSON`,
    );
  }
  if (value.type.kind !== 'ARRAY') {
    if (value.type.kind === 'STRUCT') unsupported(at, 'A subscript of a STRUCT');
    refuse(
      at,
      `Element access using [${mode === 'PLAIN' ? typeName(given.type) : `${mode}(${typeName(given.type)})`}] is not supported on values of type ${typeName(value.type)}`,
    );
  }
  const number =
    coerce(given, INT64) ??
    refuse(given.at, `Array position must be coercible to INT64 type, but has type ${typeName(given.type)}`);
  const { element } = value.type as Type & { kind: 'ARRAY' };
  const first = mode.endsWith('ORDINAL') ? 1 : 0;
  const safe = mode.startsWith('SAFE');
  return letIn([value, number], ([array, position]) => {
    const there = `${position!.sql} >= ${first} AND ${position!.sql} < len(${array!.sql}) + ${first}`;
    const item = `${array!.sql}[${position!.sql} + ${1 - first}]`;
    const otherwise = safe
      ? 'NULL'
      : `CASE WHEN ${array!.sql} IS NULL OR ${position!.sql} IS NULL THEN NULL ELSE bq_error('Array index ' || ${position!.sql} || ' is out of bounds') END`;
    const type = duckdbTypeOf(element);
    return combine(at, element, `CASE WHEN ${there} THEN ${item} ELSE CAST(${otherwise} AS ${type}) END`, [
      array!,
      position!,
    ]);
  });
}
