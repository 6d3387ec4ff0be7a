import { invalidArgument } from '../../grpc/errors.ts';
import type { Value } from '../types.ts';
import { checkName } from './paths.ts';

const MAX_DEPTH = 20;
const RESERVED = /^__.*__$/s;
const SECONDS = { min: -62_135_596_800, max: 253_402_300_799 };

/** Values as they come off the wire leave out zeroes: this fills them in, cuts times to microseconds and checks. */
export function canonical(value: Value, depth = 0): Value {
  if (depth > MAX_DEPTH)
    throw invalidArgument(`Property contains an invalid nested entity: more than ${MAX_DEPTH} levels.`);
  if (value.stringValue !== undefined) return { stringValue: value.stringValue };
  if (value.integerValue !== undefined) return { integerValue: String(value.integerValue) };
  if (value.doubleValue !== undefined) return { doubleValue: value.doubleValue };
  if (value.booleanValue !== undefined) return { booleanValue: value.booleanValue };
  if (value.timestampValue !== undefined) {
    const { seconds, nanos } = timestamp(value.timestampValue);
    return { timestampValue: { seconds, nanos: nanos - (nanos % 1000) } };
  }
  if (value.bytesValue !== undefined) return { bytesValue: value.bytesValue };
  if (value.referenceValue !== undefined) {
    checkName(value.referenceValue);
    return { referenceValue: value.referenceValue };
  }
  if (value.geoPointValue !== undefined) return { geoPointValue: geoPoint(value.geoPointValue) };
  if (value.arrayValue !== undefined) return { arrayValue: { values: elements(value.arrayValue, depth) } };
  if (value.mapValue !== undefined)
    return { mapValue: { fields: canonicalFields(value.mapValue.fields ?? {}, depth + 1) } };
  if (value.nullValue !== undefined) return { nullValue: 0 };
  throw invalidArgument('A Value must have one of its types set (an expression is no value to be stored).');
}

/** A value to compare with: a time keeps its nanoseconds, so it equals no stored one that lost them. */
export function operandValue(value: Value): Value {
  return value.timestampValue === undefined
    ? canonical(value)
    : { timestampValue: timestamp(value.timestampValue) };
}

export function canonicalFields(fields: Readonly<Record<string, Value>>, depth = 0): Record<string, Value> {
  const result: Record<string, Value> = {};
  for (const name of Object.keys(fields)) {
    checkFieldName(name, fields);
    result[name] = canonical(fields[name]!, depth);
  }
  return result;
}

/** `__type__` is allowed only where it marks a vector. */
function checkFieldName(name: string, siblings: Readonly<Record<string, Value>>): void {
  if (name === '') throw invalidArgument('The property name is the empty string; name the field.');
  if (Buffer.byteLength(name) > 1500)
    throw invalidArgument(`The property name "${name.slice(0, 40)}…" is longer than 1500 bytes.`);
  if (RESERVED.test(name) && !(name === '__type__' && siblings['__type__']?.stringValue === '__vector__'))
    throw invalidArgument(`Field name "${name}" is reserved: names may not match __.*__.`);
}

function timestamp(time: { seconds?: string | number; nanos?: number }): { seconds: string; nanos: number } {
  const seconds = Number(time.seconds ?? 0);
  const nanos = time.nanos ?? 0;
  if (seconds < SECONDS.min || seconds > SECONDS.max || nanos < 0 || nanos > 999_999_999)
    throw invalidArgument(
      'A timestamp must lie between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z.',
    );
  return { seconds: String(seconds), nanos };
}

function geoPoint(point: { latitude?: number; longitude?: number }): { latitude: number; longitude: number } {
  const { latitude = 0, longitude = 0 } = point;
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180))
    throw invalidArgument('A geo point needs a latitude in [-90, 90] and a longitude in [-180, 180].');
  return { latitude, longitude };
}

function elements(array: { values?: Value[] }, depth: number): Value[] {
  return (array.values ?? []).map(element => {
    if (element.arrayValue !== undefined)
      throw invalidArgument('Cannot convert an array value in an array value.');
    return canonical(element, depth + 1);
  });
}
