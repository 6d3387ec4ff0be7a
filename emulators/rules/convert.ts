import type { Value as FirestoreValue } from '../firestore/types.ts';
import { Instant, LatLng, Path, type Value } from './values.ts';

export function fromFields(fields: Readonly<Record<string, FirestoreValue>>): ReadonlyMap<string, Value> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, fromFirestore(value)]));
}

export function fromFirestore(value: FirestoreValue): Value {
  if (value.integerValue !== undefined) return BigInt(value.integerValue);
  if (value.timestampValue !== undefined) return Instant.of(value.timestampValue);
  if (value.referenceValue !== undefined) return pathOfName(value.referenceValue);
  if (value.geoPointValue !== undefined)
    return new LatLng(value.geoPointValue.latitude, value.geoPointValue.longitude);
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(fromFirestore);
  if (value.mapValue !== undefined) return fromFields(value.mapValue.fields);
  return value.booleanValue ?? value.doubleValue ?? value.stringValue ?? value.bytesValue ?? null;
}

/** `projects/P/databases/D/documents/…` without its project, as rules see it. */
export function pathOfName(name: string): Path {
  return new Path(name.split('/').slice(2));
}

/** JSON, of a token's claims: a whole number is an int. */
export function fromJson(value: unknown): Value {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return null;
  return new Map(Object.entries(value).map(([name, inner]) => [name, fromJson(inner)]));
}
