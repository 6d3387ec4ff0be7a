import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../events/firestore-values.ts';
import { jsonOf, pathOf } from './json.ts';

const text = (value: Value): string => jsonOf({ v: value }).slice('{"v":'.length, -1);

describe('a document as JSON', () => {
  it.each<[string, Value, string]>([
    ['null', { nullValue: 0 }, 'null'],
    ['true', { booleanValue: true }, 'true'],
    [
      'an integer beyond 2^53, with all its digits',
      { integerValue: '9223372036854775807' },
      '9223372036854775807',
    ],
    ['a double', { doubleValue: 0.1 }, '0.1'],
    ['NaN, which is no number in JSON', { doubleValue: Number.NaN }, '"NaN"'],
    ['infinity', { doubleValue: Number.NEGATIVE_INFINITY }, '"-Infinity"'],
    ['minus zero', { doubleValue: -0 }, '-0.0'],
    ['text with quotes', { stringValue: 'a"\n\u2028' }, JSON.stringify('a"\n\u2028')],
    ['a timestamp', { timestampValue: { seconds: '-1', nanos: 5 } }, '{"_nanoseconds":5,"_seconds":-1}'],
    [
      'a geo point',
      { geoPointValue: { latitude: 1.5, longitude: -0 } },
      '{"_latitude":1.5,"_longitude":-0.0}',
    ],
    [
      'a reference, by its path',
      { referenceValue: 'projects/p/databases/(default)/documents/rooms/a/messages/b' },
      '"rooms/a/messages/b"',
    ],
    ['bytes', { bytesValue: Uint8Array.of(0, 255) }, '"AP8="'],
    ['a list', { arrayValue: { values: [{ integerValue: '1' }, { mapValue: { fields: {} } }] } }, '[1,{}]'],
    [
      'a vector, as a list of numbers',
      {
        mapValue: {
          fields: {
            __type__: { stringValue: '__vector__' },
            value: { arrayValue: { values: [{ doubleValue: 1 }, { doubleValue: 0.5 }] } },
          },
        },
      },
      '[1,0.5]',
    ],
  ])('has %s', (_, value, json) => {
    expect(text(value)).toBe(json);
    expect(() => JSON.parse(json)).not.toThrow();
  });

  it('is the same text whatever order the fields came in', () => {
    const names = fc.uniqueArray(fc.string(), { maxLength: 6 });
    fc.assert(
      fc.property(names, fc.nat(), (keys, turn) => {
        const fields = keys.map(key => [key, { stringValue: key }] as const);
        const turned = [
          ...fields.slice(turn % keys.length || 0),
          ...fields.slice(0, turn % keys.length || 0),
        ];
        expect(jsonOf(Object.fromEntries(turned))).toBe(jsonOf(Object.fromEntries(fields)));
      }),
    );
  });

  it('is what JSON.parse reads back, for any text and number', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }).map(stringValue => ({ value: { stringValue }, plain: stringValue })),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map(doubleValue => ({ value: { doubleValue }, plain: doubleValue })),
      fc.maxSafeInteger().map(plain => ({ value: { integerValue: String(plain) }, plain })),
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter(key => key !== '__proto__'),
          value,
          { noNullPrototype: true },
        ),
        fields => {
          const entries = Object.entries(fields);
          const json = jsonOf(Object.fromEntries(entries.map(([key, { value }]) => [key, value])));
          expect(JSON.parse(json)).toEqual(
            Object.fromEntries(entries.map(([key, { plain }]) => [key, plain])),
          );
        },
      ),
    );
  });
});

it('the path of a document is what stands behind its database', () => {
  expect(pathOf('projects/p/databases/(default)/documents/a/b/documents/d ')).toBe('a/b/documents/d ');
});
