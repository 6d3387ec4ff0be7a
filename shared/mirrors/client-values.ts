import type { DocumentData } from '@google-cloud/firestore';
import type { Fields, Value } from '../events/firestore-values.ts';

/** What the client's classes have in common with none of its other values; by shape, since a bundle may hold them twice. */
interface ClientTimestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
}
interface ClientGeoPoint {
  readonly latitude: number;
  readonly longitude: number;
}
interface ClientReference {
  readonly path: string;
  readonly firestore: unknown;
}
interface ClientVector {
  toArray(): number[];
}

/**
 * A document as Google's client reads it, in the form that events have. The client must have been made with `useBigInt`: only
 * then are integers exact, and told from doubles.
 */
export function fieldsOfClient(data: DocumentData): Fields {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, valueOfClient(value)]));
}

function valueOfClient(value: unknown): Value {
  if (value === null || value === undefined) return { nullValue: 0 };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'bigint') return { integerValue: String(value) };
  if (typeof value === 'number') return { doubleValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (value instanceof Uint8Array) return { bytesValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOfClient) } };
  return objectValue(value as object);
}

function objectValue(value: object): Value {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A map; everything that is no map is of one of the client's classes.
  if (prototype === Object.prototype || prototype === null)
    return { mapValue: { fields: fieldsOfClient(value as DocumentData) } };
  if ('nanoseconds' in value) {
    const { seconds, nanoseconds } = value as ClientTimestamp;
    return { timestampValue: { seconds: String(seconds), nanos: nanoseconds } };
  }
  if ('latitude' in value) {
    const { latitude, longitude } = value as ClientGeoPoint;
    return { geoPointValue: { latitude, longitude } };
  }
  if ('toArray' in value) {
    const values = (value as ClientVector).toArray().map(doubleValue => ({ doubleValue }));
    return { arrayValue: { values } };
  }
  return { referenceValue: (value as ClientReference).path };
}
