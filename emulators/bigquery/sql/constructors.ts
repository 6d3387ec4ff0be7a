/** `[…]`, `ARRAY<T>[…]`, `(a, b)` and `STRUCT<…>(…)`. */

import type { Expression, ExpressionOf } from './ast.ts';
import { arrayValue, coerce, structValue, supertype } from './coerce.ts';
import type { Context } from './context.ts';
import { INT64, resolveType, typeName } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { lower } from './expression.ts';
import type { Value } from './value.ts';

export function lowerArray({ at, type, items }: ExpressionOf<'array'>, context: Context): Value {
  const values = items.map(item => lower(item, context));
  const wanted = type && resolveType(type);
  if (wanted && wanted.kind === 'ARRAY') {
    const fitted = values.map(
      value =>
        coerce(value, wanted.element, context.translation.zone) ??
        refuse(
          value.at,
          `Array element type ${typeName(value.type)} does not coerce to ${typeName(wanted.element)}`,
        ),
    );
    return arrayValue(at, wanted.element, fitted);
  }
  const element = values.length === 0 ? INT64 : supertype(values, context.translation.zone);
  if (!element)
    refuse(
      at,
      `Array elements of types {${[...new Set(values.map(value => typeName(value.type)))].join(', ')}} do not have a common supertype`,
    );
  if (element!.kind === 'ARRAY')
    refuse(
      at,
      `Cannot construct array with element type ${typeName(element!)} because nested arrays are not supported`,
    );
  return arrayValue(
    at,
    element!,
    values.map(value => coerce(value, element!, context.translation.zone)!),
  );
}

export function lowerStruct({ at, type, items }: ExpressionOf<'struct'>, context: Context): Value {
  const values = items.map(({ value }) => lower(value, context));
  const wanted = type && resolveType(type);
  if (wanted?.kind === 'STRUCT') {
    if (wanted.fields.length !== values.length)
      refuse(
        at,
        `STRUCT type has ${wanted.fields.length} fields but constructor call has ${values.length} fields`,
      );
    const fitted = values.map(
      (value, index) =>
        coerce(value, wanted.fields[index]!.type, context.translation.zone) ??
        refuse(
          value.at,
          `Struct field ${index + 1} has type ${typeName(value.type)} which does not coerce to ${typeName(wanted.fields[index]!.type)}`,
        ),
    );
    return structValue(at, wanted, fitted);
  }
  const fields = items.map(({ value, name }, index) => {
    const given = name?.text ?? inferredName(value);
    return { ...(given !== undefined && { name: given }), type: values[index]!.type };
  });
  checkFields(
    at,
    fields.map(({ name }) => name),
  );
  return structValue(at, { kind: 'STRUCT', fields }, values);
}

/** DuckDB needs names, and ours for nameless fields must not meet a given one. */
export function checkFields(at: number, names: readonly (string | undefined)[]): void {
  if (names.length === 0) unsupported(at, 'A STRUCT without fields');
  const lowered = names.map((name, index) => (name ?? `_field_${index + 1}`).toLowerCase());
  const twice = lowered.find((name, index) => lowered.indexOf(name) !== index);
  if (twice !== undefined) unsupported(at, `A STRUCT with two fields called ${twice}`);
}

/** The name that an expression gives to its column or field by itself. */
export function inferredName(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.path.at(-1)!.text;
  if (expression.kind === 'field') return expression.name.text;
  return undefined;
}
