import type { Field, ParameterValue } from '../types.ts';
import type { LiteralType } from './ast.ts';
import { arrayValue, structValue } from './coerce.ts';
import type { Translation } from './context.ts';
import { duckdbTypeOf, type Type, typeOfField } from './data-types.ts';
import { refuse } from './errors.ts';
import { literalValue } from './literals.ts';
import { constant, type Value } from './value.ts';

/** The value of `@name` (index −1) or of a `?`, written as a literal. */
export function parameterValue(at: number, name: string, index: number, { scope, zone }: Translation): Value {
  const { named, positional = [] } = scope.parameters;
  if (index >= 0) {
    const parameter = positional[index];
    if (!parameter)
      refuse(at, `Query parameter number ${index + 1} is not defined (${positional.length} provided)`);
    return readValue(at, parameter!.type, parameter!.value, zone);
  }
  const lowered = name.toLowerCase();
  const parameter =
    named?.get(name) ?? [...(named ?? [])].find(([other]) => other.toLowerCase() === lowered)?.[1];
  if (!parameter) refuse(at, `Query parameter '${name}' not found`);
  return readValue(at, parameter!.type, parameter!.value, zone);
}

function readValue(at: number, field: Field, value: ParameterValue, zone: string): Value {
  const type = typeOfField(field);
  if (value === null) return nullOf(at, type);
  if (field.mode === 'REPEATED') {
    const { element } = type as Type & { kind: 'ARRAY' };
    const items = value as readonly ParameterValue[];
    return arrayValue(
      at,
      element,
      items.map(item => readValue(at, { ...field, mode: 'NULLABLE' }, item, zone)),
    );
  }
  if (field.type === 'RECORD') {
    const members = value as { readonly [name: string]: ParameterValue };
    const items = (field.fields ?? []).map(inner => readValue(at, inner, members[inner.name] ?? null, zone));
    return structValue(at, type as Type & { kind: 'STRUCT' }, items);
  }
  const text = String(value);
  return literalValue(
    at,
    type.kind as LiteralType,
    type.kind === 'BYTES' ? Buffer.from(text, 'base64').toString('latin1') : text,
    zone,
  );
}

const nullOf = (at: number, type: Type): Value => constant(at, type, `CAST(NULL AS ${duckdbTypeOf(type)})`);
