import type { Fields } from '../../shared/events/firestore-values.ts';
import { invalidArgument } from '../grpc/errors.ts';
import type { Value } from './types.ts';
import { canonical } from './values/canonical.ts';
import { getField, withField } from './values/fields.ts';
import { valueKey } from './values/keys.ts';
import { parseFieldPath } from './values/paths.ts';
import { toTimestamp } from './values/time.ts';

/** google.firestore.v1.DocumentTransform.FieldTransform as decoded. */
export interface FieldTransform {
  fieldPath?: string;
  setToServerValue?: number;
  increment?: Value;
  maximum?: Value;
  minimum?: Value;
  appendMissingElements?: { values?: Value[] };
  removeAllFromArray?: { values?: Value[] };
}

export const isNumber = (value: Value | undefined): value is Value =>
  value?.integerValue !== undefined || value?.doubleValue !== undefined;

export const toNumber = (value: Value): number => Number(value.integerValue ?? value.doubleValue);

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** Integers stay integers and stop at the ends of 64 bits; with a double the sum is a double. */
export function addNumbers(a: Value, b: Value): Value {
  if (a.integerValue === undefined || b.integerValue === undefined)
    return { doubleValue: toNumber(a) + toNumber(b) };
  const total = BigInt(a.integerValue) + BigInt(b.integerValue);
  const bounded = total > MAX_INT64 ? MAX_INT64 : total < MIN_INT64 ? MIN_INT64 : total;
  return { integerValue: String(bounded) };
}

const isNaNValue = (value: Value): boolean => Number.isNaN(value.doubleValue);

/** On a tie (3 and 3.0, 0 and -0) the stored value stays; NaN wins both ways. */
function extreme(stored: Value, operand: Value, wantGreater: boolean): Value {
  if (isNaNValue(stored) || isNaNValue(operand)) return { doubleValue: Number.NaN };
  const [a, b] = [valueKey(stored), valueKey(operand)];
  return a === b || a > b === wantGreater ? stored : operand;
}

/** Applies the transforms in order; `results` has one value each, as google.firestore.v1.WriteResult wants. */
export function applyTransforms(
  fields: Fields,
  transforms: readonly FieldTransform[],
  micros: number,
): { fields: Fields; results: Value[] } {
  const results: Value[] = [];
  let current = fields;
  for (const transform of transforms) {
    if (!transform.fieldPath) throw invalidArgument('A transform needs a field_path.');
    const path = parseFieldPath(transform.fieldPath);
    const { value, result } = transformValue(getField(current, path), transform, micros);
    current = withField(current, path, value);
    results.push(result);
  }
  return { fields: current, results };
}

const NULL: Value = { nullValue: 0 };

function transformValue(
  stored: Value | undefined,
  transform: FieldTransform,
  micros: number,
): { value: Value; result: Value } {
  if (transform.setToServerValue === 1) {
    // REQUEST_TIME has millisecond precision by its definition.
    return same({ timestampValue: toTimestamp(micros - (micros % 1000)) });
  }
  const numeric = transform.increment ?? transform.maximum ?? transform.minimum;
  if (numeric) {
    const operand = canonical(numeric);
    if (!isNumber(operand))
      throw invalidArgument(`The transform of "${transform.fieldPath}" needs a number as its operand.`);
    if (transform.increment) return same(isNumber(stored) ? addNumbers(stored, operand) : operand);
    return same(isNumber(stored) ? extreme(stored, operand, transform.maximum !== undefined) : operand);
  }
  const array = stored?.arrayValue?.values ?? [];
  if (transform.appendMissingElements)
    return { value: list(append(array, elements(transform.appendMissingElements))), result: NULL };
  if (transform.removeAllFromArray) {
    const gone = new Set(elements(transform.removeAllFromArray).map(valueKey));
    return { value: list(array.filter(element => !gone.has(valueKey(element)))), result: NULL };
  }
  throw invalidArgument(`The transform of "${transform.fieldPath}" names no operation that Firestore knows.`);
}

const same = (value: Value): { value: Value; result: Value } => ({ value, result: value });
const list = (values: Value[]): Value => ({ arrayValue: { values } });
const elements = (array: { values?: Value[] }): Value[] =>
  canonical({ arrayValue: { values: array.values ?? [] } }).arrayValue!.values;

function append(array: readonly Value[], added: readonly Value[]): Value[] {
  const seen = new Set(array.map(valueKey));
  const result = [...array];
  for (const value of added) {
    const key = valueKey(value);
    if (!seen.has(key)) result.push(value);
    seen.add(key);
  }
  return result;
}
