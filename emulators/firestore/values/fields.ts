import type { Fields } from '../../../shared/events/firestore-values.ts';
import type { Value } from '../types.ts';

type MutableFields = Record<string, Value>;

/** Object fields that a document may name `toString` or `__proto__`-like: only own properties count. */
const own = (fields: Fields, name: string): Value | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

export function getField(fields: Fields, path: readonly string[]): Value | undefined {
  let value = own(fields, path[0]!);
  for (let i = 1; i < path.length && value !== undefined; i++)
    value = value.mapValue ? own(value.mapValue.fields, path[i]!) : undefined;
  return value;
}

/** A copy with the value at the path; what stands in the way and is no map gives way to one. */
export function withField(fields: Fields, path: readonly string[], value: Value): MutableFields {
  const [head, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return { ...fields, [head]: value };
  const inner = own(fields, head)?.mapValue?.fields ?? {};
  return { ...fields, [head]: { mapValue: { fields: withField(inner, rest, value) } } };
}

/** A copy without the path; where it leads nowhere nothing changes. */
export function withoutField(fields: Fields, path: readonly string[]): Fields {
  const [head, ...rest] = path as [string, ...string[]];
  const value = own(fields, head);
  if (value === undefined) return fields;
  if (rest.length === 0) {
    const { [head]: _, ...others } = fields;
    return others;
  }
  if (!value.mapValue) return fields;
  return {
    ...fields,
    [head]: { mapValue: { fields: withoutField(value.mapValue.fields, rest) as MutableFields } },
  };
}

/** Only the fields that the paths name (a DocumentMask or a projection). */
export function project(fields: Fields, paths: readonly (readonly string[])[]): Fields {
  let result: Fields = {};
  for (const path of paths) {
    const value = getField(fields, path);
    if (value !== undefined) result = withField(result, path, value);
  }
  return result;
}
