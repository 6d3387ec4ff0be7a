import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPlain, type Plain, toPlain, type Value } from './firestore-values.ts';

const unsafe = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .filter(n => !Number.isSafeInteger(Number(n)));
const { map } = fc.letrec<{ plain: Plain; map: { [key: string]: Plain } }>(tie => ({
  plain: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.maxSafeInteger(),
    unsafe,
    fc.string({ unit: 'binary' }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(
      tie('plain').filter(value => !Array.isArray(value)),
      { maxLength: 3 },
    ),
    tie('map'),
  ),
  map: fc.dictionary(fc.string(), tie('plain'), { maxKeys: 4, noNullPrototype: true }),
}));

describe('plain values and Firestore values', () => {
  it('come back as they went out', () => {
    fc.assert(
      fc.property(map, object => {
        expect(toPlain(fromPlain(object))).toStrictEqual(object);
      }),
    );
  });

  it.each<[Plain, Value]>([
    [1, { integerValue: '1' }],
    [-0, { doubleValue: -0 }],
    [1.5, { doubleValue: 1.5 }],
    [Number.NaN, { doubleValue: Number.NaN }],
    [Number.MAX_SAFE_INTEGER, { integerValue: '9007199254740991' }],
    [2 ** 53, { doubleValue: 2 ** 53 }],
    [2n ** 63n - 1n, { integerValue: '9223372036854775807' }],
    [-(2n ** 63n), { integerValue: '-9223372036854775808' }],
    [null, { nullValue: 0 }],
    [[], { arrayValue: { values: [] } }],
    [{}, { mapValue: { fields: {} } }],
    [new Date(-1), { timestampValue: { seconds: '-1', nanos: 999_000_000 } }],
  ])('%s becomes %o', (plain, value) => {
    expect(fromPlain({ a: plain })).toStrictEqual({ a: value });
  });

  it.each<[Value, Plain]>([
    [{ integerValue: '9007199254740993' }, 9_007_199_254_740_993n],
    [{ integerValue: '-9007199254740991' }, -9_007_199_254_740_991],
    [{ timestampValue: { seconds: '1', nanos: 999_999_999 } }, new Date(1999)],
    [{ timestampValue: { seconds: '-1', nanos: 999_999_999 } }, new Date(-1)],
    [{ nullValue: 'NULL_VALUE' }, null],
    [{ referenceValue: 'projects/p/databases/d/documents/a/b' }, 'projects/p/databases/d/documents/a/b'],
    [{ geoPointValue: { latitude: 1, longitude: 2 } }, { latitude: 1, longitude: 2 }],
  ])('%o is read as %s', (value, plain) => {
    expect(toPlain({ a: value })).toStrictEqual({ a: plain });
  });

  it.each<[unknown, string]>([
    [{ a: undefined }, 'Firestore has no type for the undefined in the field "a"; leave the field out'],
    [{ a: { b: () => 1 } }, 'Firestore has no type for the function in the field "a.b"'],
    [{ a: [new Map()] }, 'Firestore has no type for the object in the field "a[0]"'],
    [{ a: [[1]] }, 'Firestore takes no list directly in a list, as in "a[0]"; put it in a map'],
    [{ a: 2n ** 63n }, '9223372036854775808 in the field "a" is outside of 64 bits; keep it as text'],
    [{ a: new Date(Number.NaN) }, 'The field "a" holds an invalid date'],
  ])('%o is refused by name', (object, message) => {
    expect(() => fromPlain(object as { a: Plain })).toThrow(message);
  });
});
