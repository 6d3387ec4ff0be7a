import type { Fields, Value } from '../events/firestore-values.ts';

/**
 * Fields of a document as JSON text, for the columns `data` and `old_data`. The same document always gives the same text: names
 * are in order, whatever order the event brought them in.
 *
 * | Firestore | JSON |
 * |---|---|
 * | integer | all of its digits, also beyond 2^53 |
 * | double | a number; NaN, Infinity and -Infinity as text, which BigQuery's CAST reads; -0 as -0.0 |
 * | timestamp | `{"_nanoseconds": 0, "_seconds": 0}` |
 * | geo point | `{"_latitude": 0, "_longitude": 0}` |
 * | reference | the path of the document below its database |
 * | bytes | base64 |
 * | vector | a list of numbers |
 */
export function jsonOf(fields: Fields): string {
  return objectOf(Object.entries(fields).map(([name, value]) => [name, valueJson(value)]));
}

/** @param members values as JSON already */
function objectOf(members: readonly (readonly [name: string, json: string])[]): string {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function valueJson(value: Value): string {
  const { mapValue, arrayValue, timestampValue, geoPointValue } = value;
  if (value.stringValue !== undefined) return JSON.stringify(value.stringValue);
  if (value.integerValue !== undefined) return String(value.integerValue);
  if (value.doubleValue !== undefined) return doubleJson(value.doubleValue);
  if (value.booleanValue !== undefined) return String(value.booleanValue);
  if (mapValue)
    return isVector(mapValue.fields) ? valueJson(mapValue.fields['value']!) : jsonOf(mapValue.fields);
  if (arrayValue) return `[${arrayValue.values.map(valueJson).join(',')}]`;
  if (timestampValue) return `{"_nanoseconds":${timestampValue.nanos},"_seconds":${timestampValue.seconds}}`;
  if (geoPointValue) {
    const { latitude, longitude } = geoPointValue;
    return `{"_latitude":${doubleJson(latitude)},"_longitude":${doubleJson(longitude)}}`;
  }
  if (value.referenceValue !== undefined) return JSON.stringify(pathOf(value.referenceValue));
  if (value.bytesValue !== undefined) return `"${Buffer.from(value.bytesValue).toString('base64')}"`;
  return 'null';
}

function doubleJson(double: number): string {
  if (!Number.isFinite(double)) return `"${double}"`;
  return Object.is(double, -0) ? '-0.0' : String(double);
}

/** Firestore's own form of a vector, which no client can write as a map: {@link https://cloud.google.com/firestore/docs/vector-search}. */
function isVector(fields: Fields): boolean {
  return fields['__type__']?.stringValue === '__vector__' && fields['value']?.arrayValue !== undefined;
}

const DOCUMENTS = '/documents/';

/** `a/b` of `projects/P/databases/D/documents/a/b`. */
export function pathOf(name: string): string {
  const at = name.indexOf(DOCUMENTS);
  return at < 0 ? name : name.slice(at + DOCUMENTS.length);
}
