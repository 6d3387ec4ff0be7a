import protobuf from 'protobufjs';
import { invalidArgument } from '../../grpc/errors.ts';

/**
 * Messages out of protobuf's JSON ({@link https://protobuf.dev/programming-guides/json/}), in the very shape that
 * decoding their bytes gives: enums and 32-bit integers are numbers, 64-bit integers strings, bytes Buffers, times
 * { seconds, nanos }, wrappers { value }. protobufjs' own conversion knows neither times nor wrappers, nor unknown fields.
 *
 * @param path where the value stands, for the error
 * @throws INVALID_ARGUMENT naming the place
 */
export function messageFromJson(type: protobuf.Type, json: unknown, path = '', depth = 0): object {
  if (depth > MAX_DEPTH)
    throw invalidArgument(
      `Invalid JSON payload received. More than ${MAX_DEPTH} levels at '${path.slice(0, 80)}…'.`,
    );
  const special = SPECIAL[type.fullName];
  if (special) return special(json, path);
  if (!isObject(json)) throw wrong(path, 'an object', json);
  const message: Record<string, unknown> = {};
  const oneofs = new Set<protobuf.OneOf>();
  for (const [key, value] of Object.entries(json)) {
    const field = fieldNamed(type, key) ?? fieldNamed(type, camelCase(key));
    const place = path === '' ? key : `${path}.${key}`;
    if (!field)
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${key}" at '${path}': Cannot find field in ${type.name}.`,
      );
    if (value === null && field.type !== NULL_VALUE) continue;
    field.resolve();
    if (field.partOf && oneofs.has(field.partOf))
      throw invalidArgument(
        `Invalid JSON payload received. '${place}': only one of ${field.partOf.oneof.join(', ')} may be set.`,
      );
    if (field.partOf) oneofs.add(field.partOf);
    message[field.name] = fieldFromJson(field, value, place, depth);
  }
  return message;
}

/** As protobuf's own parsers have it. */
const MAX_DEPTH = 100;
const NULL_VALUE = 'google.protobuf.NullValue';

type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own fields only: a client may name one `constructor`. */
export const fieldNamed = (type: protobuf.Type, name: string): protobuf.Field | undefined =>
  Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const wrong = (path: string, expected: string, value: unknown): Error =>
  invalidArgument(
    `Invalid value at '${path || 'the request'}': expected ${expected}, not ${(JSON.stringify(value) ?? 'nothing').slice(0, 80)}.`,
  );

function fieldFromJson(field: protobuf.Field, value: unknown, path: string, depth: number): unknown {
  if (field.map) {
    if (!isObject(value)) throw wrong(path, 'an object', value);
    // Object.fromEntries makes an own property even of `__proto__`.
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, single(field, item, `${path}.${key}`, depth)]),
    );
  }
  if (!field.repeated) return single(field, value, path, depth);
  if (!Array.isArray(value)) throw wrong(path, 'a list', value);
  return value.map((item, i) => single(field, item, `${path}[${i}]`, depth));
}

function single(field: protobuf.Field, value: unknown, path: string, depth: number): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return enumFromJson(resolvedType, value, path);
  if (resolvedType) return messageFromJson(resolvedType, value, path, depth + 1);
  const scalar = SCALARS[field.type];
  if (!scalar) throw wrong(path, field.type, value);
  return scalar(value, path);
}

function enumFromJson(type: protobuf.Enum, value: unknown, path: string): number {
  if (type.fullName.endsWith(NULL_VALUE)) return 0;
  const named = typeof value === 'string' && Object.hasOwn(type.values, value);
  const number = named ? type.values[value] : value;
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw wrong(path, `one of ${Object.keys(type.values).join(', ')}`, value);
  return number;
}

type Read = (value: unknown, path: string) => unknown;

const SCALARS: Readonly<Record<string, Read>> = {
  string: (value, path) => {
    if (typeof value !== 'string') throw wrong(path, 'a string', value);
    return value;
  },
  bool: (value, path) => {
    if (typeof value !== 'boolean') throw wrong(path, 'true or false', value);
    return value;
  },
  int32: (value, path) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || (number | 0) !== number) throw wrong(path, 'a 32-bit integer', value);
    return number;
  },
  int64: (value, path) => {
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    if (
      typeof text !== 'string' ||
      !/^-?\d{1,19}$/.test(text) ||
      BigInt.asIntN(64, BigInt(text)) !== BigInt(text)
    )
      throw wrong(path, 'a 64-bit integer as a string', value);
    return String(BigInt(text));
  },
  double: (value, path) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || (Number.isNaN(number) && value !== 'NaN'))
      throw wrong(path, 'a number, "NaN", "Infinity" or "-Infinity"', value);
    return number;
  },
  bytes: (value, path) => {
    if (typeof value !== 'string' || !/^[\w+/-]*={0,2}$/.test(value)) throw wrong(path, 'base64', value);
    return Buffer.from(value, 'base64');
  },
};

const wrapper =
  (scalar: Read): ((value: unknown, path: string) => object) =>
  (value, path) => ({ value: scalar(value, path) });

const SPECIAL: Readonly<Record<string, (value: unknown, path: string) => object>> = {
  '.google.protobuf.Timestamp': timestamp,
  '.google.protobuf.Int32Value': wrapper(SCALARS['int32']!),
  '.google.protobuf.Int64Value': wrapper(SCALARS['int64']!),
  '.google.protobuf.DoubleValue': wrapper(SCALARS['double']!),
};

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)$/i;

function timestamp(value: unknown, path: string): { seconds: string; nanos: number } {
  const match = typeof value === 'string' ? RFC_3339.exec(value) : null;
  const fraction = match?.[1] ?? '';
  const millis = match ? Date.parse(fraction ? match[0].replace(`.${fraction}`, '') : match[0]) : Number.NaN;
  if (Number.isNaN(millis)) throw wrong(path, 'a time such as 2026-01-31T12:00:00.5Z', value);
  return { seconds: String(millis / 1000), nanos: Number(fraction.padEnd(9, '0')) };
}
