import type { Timestamp, Value } from '../types.ts';

/**
 * Turns values and paths into strings whose plain `<` order is Firestore's order across all types, and which are equal
 * exactly where Firestore calls the values equal (1 and 1.0 are). Every character stands for one byte, so UTF-8 order
 * holds. Keys end themselves: they may be joined, and no key is the beginning of another.
 * {@link https://firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering}
 */
export function valueKey(value: Value): string {
  if (value.stringValue !== undefined) return `${TAG.string}${bytesKey(latin1(value.stringValue))}`;
  if (value.integerValue !== undefined) return `${TAG.number}${integerKey(value.integerValue)}`;
  if (value.doubleValue !== undefined) return `${TAG.number}${doubleKey(value.doubleValue)}`;
  if (value.booleanValue !== undefined) return value.booleanValue ? KEY_TRUE : KEY_FALSE;
  if (value.timestampValue !== undefined) return `${TAG.timestamp}${timestampKey(value.timestampValue)}`;
  if (value.bytesValue !== undefined)
    return `${TAG.bytes}${bytesKey(Buffer.from(value.bytesValue).toString('latin1'))}`;
  if (value.referenceValue !== undefined) return `${TAG.reference}${pathKey(value.referenceValue)}`;
  if (value.geoPointValue !== undefined) {
    const { latitude, longitude } = value.geoPointValue;
    return `${TAG.geoPoint}${doubleKey(latitude)}${doubleKey(longitude)}`;
  }
  if (value.arrayValue !== undefined)
    return `${TAG.array}${value.arrayValue.values.map(valueKey).join('')}${END}`;
  if (value.mapValue !== undefined) return mapKey(value.mapValue.fields);
  return TAG.null;
}

/** The first character of a key names its type; characters rise with the types' order. */
export const TAG = {
  null: '\x10',
  boolean: '\x18',
  number: '\x20',
  timestamp: '\x28',
  string: '\x30',
  bytes: '\x38',
  reference: '\x40',
  geoPoint: '\x48',
  array: '\x50',
  vector: '\x58',
  map: '\x60',
} as const;

/** Greater than every key. */
export const AFTER_ALL = '\xff';
const END = '\x00';
const KEY_FALSE = `${TAG.boolean}\x01`;
const KEY_TRUE = `${TAG.boolean}\x02`;
export const KEY_NAN = `${TAG.number}${'\x00'.repeat(10)}`;

/** Document and collection names in Firestore's order: segment by segment, parents before their children. */
export function pathKey(name: string): string {
  return `${bytesKey(latin1(name)).slice(0, -1).replaceAll('/', END)}${END}${END}`;
}

/** The order of ids within one collection. Mostly the id itself, on its own: a slice would keep the whole name in memory. */
export function idKey(id: string): string {
  return bytesKey(Buffer.from(id).toString('latin1')).slice(0, -1);
}

export function idOfKey(key: string): string {
  if (PLAIN.test(key)) return key;
  const bytes = key.replace(ESCAPED, pair => (pair[1] === '\x01' ? '\x00' : '\x01'));
  return Buffer.from(bytes, 'latin1').toString();
}

/**
 * Where a bound among keys of names lies among keys of ids.
 * @param prefix what keys of names in the collection begin with: its own, with one end instead of two
 */
export function boundWithin(prefix: string, bound: string): string {
  if (bound <= prefix) return '';
  if (!bound.startsWith(prefix)) return AFTER_ALL;
  const rest = bound.slice(prefix.length);
  const end = rest.indexOf(END);
  if (end < 0) return rest;
  // What is below a document, or behind it, comes after it: so does the end, which no key of an id contains.
  return rest.slice(0, end) + (rest.slice(end) > END + END ? END : '');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very bytes that need no escape
const PLAIN = /^[\x02-\x7f]*$/;

function latin1(text: string): string {
  return PLAIN.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the two bytes that the encoding itself uses
const NEEDS_ESCAPE = /[\x00\x01]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what stands for them
const ESCAPED = /\x01[\x01\x02]/g;

function bytesKey(bytes: string): string {
  return `${bytes.replace(NEEDS_ESCAPE, byte => (byte === '\x00' ? '\x01\x01' : '\x01\x02'))}${END}`;
}

const scratch = Buffer.alloc(10);

/** Eight bytes of the double below or at the number and two of what an integer has above it: exact in both. */
function numberBytes(floor: number, rest: number): string {
  scratch.writeDoubleBE(floor === 0 ? 0 : floor, 0);
  if (scratch[0]! & 0x80) for (let i = 0; i < 8; i++) scratch[i] = ~scratch[i]!;
  else scratch[0] = scratch[0]! | 0x80;
  scratch.writeUInt16BE(rest, 8);
  return scratch.toString('latin1', 0, 10);
}

function doubleKey(value: number): string {
  return Number.isNaN(value) ? '\x00'.repeat(10) : numberBytes(value, 0);
}

function integerKey(text: string): string {
  const near = Number(text);
  if (Number.isSafeInteger(near)) return numberBytes(near, 0);
  const exact = BigInt(text);
  const floor = BigInt(near) > exact ? below(near) : near;
  return numberBytes(floor, Number(exact - BigInt(floor)));
}

function below(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}

function timestampKey(time: Timestamp): string {
  const nanos = Buffer.alloc(4);
  nanos.writeUInt32BE(time.nanos);
  return `${integerKey(time.seconds)}${nanos.toString('latin1')}`;
}

const isVector = (fields: Readonly<Record<string, Value>>): boolean =>
  fields['__type__']?.stringValue === '__vector__' && fields['value']?.arrayValue !== undefined;

function mapKey(fields: Readonly<Record<string, Value>>): string {
  if (isVector(fields)) {
    const values = fields['value']!.arrayValue!.values;
    return `${TAG.vector}${doubleKey(values.length)}${values.map(valueKey).join('')}${END}`;
  }
  const entries = Object.keys(fields).map(name => [bytesKey(latin1(name)), fields[name]!] as const);
  entries.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return `${TAG.map}${entries.map(([name, value]) => `\x02${name}${valueKey(value)}`).join('')}${END}`;
}
