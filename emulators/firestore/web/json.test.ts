import { describe, expect, test } from 'vitest';
import { loadProtos } from '../../grpc/server.ts';
import type { Value } from '../types.ts';
import { messageFromJson } from './from-json.ts';
import { timestampJson, valueJson } from './to-json.ts';

const root = loadProtos('@google-cloud/firestore', 'v1.json');
const read = (type: string, json: unknown): object =>
  messageFromJson(root.lookupType(`google.firestore.v1.${type}`), json);

/** The JSON of a value and what it is inside. */
const VALUES: readonly [json: object, value: Value][] = [
  [{ integerValue: '-9223372036854775808' }, { integerValue: '-9223372036854775808' }],
  [{ doubleValue: 1.5 }, { doubleValue: 1.5 }],
  [{ doubleValue: 'NaN' }, { doubleValue: Number.NaN }],
  [{ doubleValue: '-Infinity' }, { doubleValue: Number.NEGATIVE_INFINITY }],
  [{ doubleValue: '-0' }, { doubleValue: -0 }],
  [{ booleanValue: false }, { booleanValue: false }],
  [{ stringValue: '' }, { stringValue: '' }],
  [{ nullValue: null }, { nullValue: 0 }],
  [{ bytesValue: '/+8=' }, { bytesValue: Buffer.from([255, 239]) }],
  [{ timestampValue: '2026-01-31T12:00:00.5Z' }, { timestampValue: { seconds: '1769860800', nanos: 5e8 } }],
  [{ timestampValue: '0001-01-01T00:00:00Z' }, { timestampValue: { seconds: '-62135596800', nanos: 0 } }],
  [{ geoPointValue: { latitude: 1, longitude: -2 } }, { geoPointValue: { latitude: 1, longitude: -2 } }],
  [{ referenceValue: 'projects/p' }, { referenceValue: 'projects/p' }],
  [
    { mapValue: { fields: { ['__proto__']: { stringValue: 'own' } } } },
    { mapValue: { fields: { ['__proto__']: { stringValue: 'own' } } } },
  ],
  [{ arrayValue: { values: [{ integerValue: '1' }] } }, { arrayValue: { values: [{ integerValue: '1' }] } }],
];

describe('values', () => {
  test.each(VALUES)('%j is read and written', (json, value) => {
    expect(read('Value', json)).toEqual(value);
    expect(read('Value', valueJson(value))).toEqual(value);
  });

  test('may be written in the other ways that protobuf allows', () => {
    expect(read('Value', { integerValue: 7 })).toEqual({ integerValue: '7' });
    expect(read('Value', { integer_value: '007' })).toEqual({ integerValue: '7' });
    expect(read('Value', { nullValue: 'NULL_VALUE' })).toEqual({ nullValue: 0 });
    expect(read('Value', { bytesValue: '_-8' })).toEqual({ bytesValue: Buffer.from([255, 239]) });
    expect(read('Value', { timestampValue: '2026-01-31T13:00:00.123456789+01:00' })).toEqual({
      timestampValue: { seconds: '1769860800', nanos: 123_456_789 },
    });
    expect(valueJson({ arrayValue: { values: [] } })).toEqual({ arrayValue: {} });
    expect(valueJson({ mapValue: { fields: {} } })).toEqual({ mapValue: {} });
  });

  test.each([
    [{ seconds: '0', nanos: 0 }, '1970-01-01T00:00:00Z'],
    [{ seconds: '-1', nanos: 5e8 }, '1969-12-31T23:59:59.500Z'],
    [{ seconds: '0', nanos: 1000 }, '1970-01-01T00:00:00.000001Z'],
    [{ seconds: '0', nanos: 1 }, '1970-01-01T00:00:00.000000001Z'],
  ])('the time %j is %s', (time, text) => {
    expect(timestampJson(time)).toBe(text);
  });
});

test('queries are read as if decoded: enums as numbers, wrappers as objects', () => {
  const json = {
    from: [{ collectionId: 'c', allDescendants: true }],
    where: { fieldFilter: { field: { fieldPath: 'a' }, op: 'EQUAL', value: { integerValue: '1' } } },
    orderBy: [{ field: { fieldPath: 'a' }, direction: 'DESCENDING' }],
    limit: 10,
    offset: null,
  };
  expect(read('StructuredQuery', json)).toEqual({
    ...json,
    where: { fieldFilter: { ...json.where.fieldFilter, op: 5 } },
    orderBy: [{ field: { fieldPath: 'a' }, direction: 2 }],
    limit: { value: 10 },
    offset: undefined,
  });
});

test.each([
  ['Value', { stringvalue: 'a' }, 'Unknown name "stringvalue"'],
  ['Value', { constructor: 1 }, 'Unknown name "constructor"'],
  ['Value', JSON.parse('{"__proto__": 1}') as object, 'Unknown name "__proto__"'],
  ['Value', { stringValue: 1 }, "Invalid value at 'stringValue': expected a string, not 1"],
  ['Value', { integerValue: '9223372036854775808' }, 'a 64-bit integer'],
  ['Value', { integerValue: 1.5 }, 'a 64-bit integer'],
  ['Value', { doubleValue: 'one' }, 'a number'],
  ['Value', { booleanValue: 'true' }, 'true or false'],
  ['Value', { bytesValue: '*' }, 'base64'],
  ['Value', { timestampValue: '2026-13-01T00:00:00Z' }, 'a time such as'],
  ['Value', { timestampValue: 5 }, 'a time such as'],
  ['Value', { stringValue: 'a', integerValue: '1' }, 'only one of'],
  ['Value', { arrayValue: { values: {} } }, "'arrayValue.values': expected a list"],
  ['Value', { arrayValue: { values: [{ mapValue: 1 }] } }, "'arrayValue.values[0].mapValue'"],
  ['StructuredQuery', { limit: 'ten' }, 'a 32-bit integer'],
  ['StructuredQuery', { orderBy: [{ direction: 'UP' }] }, 'one of DIRECTION_UNSPECIFIED'],
  ['StructuredQuery', [], 'expected an object'],
])('%s %j is refused with its place', (type, json, message) => {
  expect(() => read(type, json)).toThrow(message);
});

test('what is nested without end is refused', () => {
  const text = `${'{"arrayValue":{"values":['.repeat(5000)}${']}}'.repeat(5000)}`;
  expect(() => read('Value', JSON.parse(text))).toThrow('More than 100 levels');
});
