/** google.firestore.v1.Value as decoded: exactly one field is set. */
export interface Value {
  nullValue?: number | string;
  booleanValue?: boolean;
  /** Decimal string: 64 bits do not fit a number. */
  integerValue?: string;
  doubleValue?: number;
  timestampValue?: Timestamp;
  stringValue?: string;
  bytesValue?: Uint8Array;
  /** Full name of a document. */
  referenceValue?: string;
  geoPointValue?: { latitude: number; longitude: number };
  arrayValue?: { values: Value[] };
  mapValue?: { fields: Record<string, Value> };
}

export interface Timestamp {
  /** Decimal string. */
  seconds: string;
  nanos: number;
}

export type Fields = Readonly<Record<string, Value>>;

/** What a field may be in plain JavaScript. bigint only where an integer does not fit a number exactly. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/**
 * Fields as plain JavaScript. An integer beyond 2^53 is a bigint, a timestamp a Date (cut to milliseconds), bytes a
 * Uint8Array; a reference is its full name and a geo point { latitude, longitude }, so those two do not come back as such.
 */
export function toPlain(fields: Fields): Record<string, Plain> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, valueToPlain(value)]));
}

export function valueToPlain(value: Value): Plain {
  const integer = value.integerValue;
  if (integer !== undefined) {
    const number = Number(integer);
    return Number.isSafeInteger(number) ? number : BigInt(integer);
  }
  if (value.timestampValue !== undefined) {
    const { seconds, nanos } = value.timestampValue;
    return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1e6));
  }
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(valueToPlain);
  if (value.mapValue !== undefined) return toPlain(value.mapValue.fields);
  return (
    value.booleanValue ??
    value.doubleValue ??
    value.stringValue ??
    value.bytesValue ??
    value.referenceValue ??
    value.geoPointValue ??
    null
  );
}

/**
 * Plain JavaScript as fields, by the rules of Google's own client: a number that is a safe integer becomes an integer (but
 * -0 a double), any other a double.
 *
 * @throws TypeError for what Firestore has no type for, RangeError beyond 64 bits or for an invalid date; both name the field
 */
export function fromPlain(object: { readonly [key: string]: Plain }): Record<string, Value> {
  return mapFromPlain(object, '');
}

function mapFromPlain(object: { readonly [key: string]: Plain }, path: string): Record<string, Value> {
  const entries = Object.entries(object).map(([key, value]) => {
    const field = path === '' ? key : `${path}.${key}`;
    return [key, valueFromPlain(value, field)] as const;
  });
  return Object.fromEntries(entries);
}

function valueFromPlain(value: Plain, path: string): Value {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return numberValue(value);
  if (typeof value === 'bigint') return bigintValue(value, path);
  if (value instanceof Date) return dateValue(value, path);
  if (value instanceof Uint8Array) return { bytesValue: value };
  if (Array.isArray(value)) return arrayValue(value as readonly Plain[], path);
  if (isPlainObject(value)) return { mapValue: { fields: mapFromPlain(value, path) } };
  throw new TypeError(
    `Firestore has no type for the ${typeof value} in the field "${path}"; leave the field out`,
  );
}

function numberValue(value: number): Value {
  const integer = Number.isSafeInteger(value) && !Object.is(value, -0);
  return integer ? { integerValue: String(value) } : { doubleValue: value };
}

function bigintValue(value: bigint, path: string): Value {
  if (value >= INT64.min && value <= INT64.max) return { integerValue: String(value) };
  throw new RangeError(`${value} in the field "${path}" is outside of 64 bits; keep it as text`);
}

function dateValue(value: Date, path: string): Value {
  const time = value.getTime();
  if (Number.isNaN(time)) throw new RangeError(`The field "${path}" holds an invalid date`);
  const seconds = Math.floor(time / 1000);
  return { timestampValue: { seconds: String(seconds), nanos: (time - seconds * 1000) * 1e6 } };
}

function arrayValue(values: readonly Plain[], path: string): Value {
  return {
    arrayValue: {
      values: values.map((value, i) => {
        if (!Array.isArray(value)) return valueFromPlain(value, `${path}[${i}]`);
        throw new TypeError(
          `Firestore takes no list directly in a list, as in "${path}[${i}]"; put it in a map`,
        );
      }),
    },
  };
}

function isPlainObject(value: unknown): value is { readonly [key: string]: Plain } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
