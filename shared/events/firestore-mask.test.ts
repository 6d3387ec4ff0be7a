import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedPaths, quoteSegment, sameValue } from './firestore-mask.ts';
import { fromPlain, type Plain, type Value } from './firestore-values.ts';

type Object = { readonly [key: string]: Plain };
const changed = (before: Object, after: Object) => changedPaths(fromPlain(before), fromPlain(after));

describe('the paths that an update changed', () => {
  it.each<[string, Object, Object, string[]]>([
    ['nothing', { a: 1 }, { a: 1 }, []],
    ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, ['b']],
    ['a new field', { a: 1 }, { a: 1, b: null }, ['b']],
    ['a field that is gone', { a: 1, b: 2 }, { a: 1 }, ['b']],
    ['a type', { a: 1 }, { a: '1' }, ['a']],
    ['a value in a map', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, ['a.c']],
    ['a value deep in maps', { a: { b: { c: 1 } } }, { a: { b: { c: 2, d: 1 } } }, ['a.b.c', 'a.b.d']],
    ['a map in place of a value', { a: 1 }, { a: { b: 1 } }, ['a']],
    ['a new map', {}, { a: { b: 1 } }, ['a']],
    ['the first entry of a map', { a: {} }, { a: { b: 1 } }, ['a.b']],
    ['an item of a list', { a: [1, 2] }, { a: [1, 3] }, ['a']],
    ['a map in a list', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, ['a']],
    [
      'names that need quotes',
      {},
      { 'a.b': 1, 'c`d\\': 1, '': 1, '1x': 1, _x9: 1 },
      ['_x9', '`1x`', '``', '`a.b`', '`c\\`d\\\\`'],
    ],
    ['a field called like what every object has', {}, { constructor: 1 }, ['constructor']],
  ])('%s', (_, before, after, paths) => {
    expect(changed(before, after)).toEqual(paths);
  });

  it('are sorted whatever the order of the fields', () => {
    expect(changed({}, { b: 1, a: 1, c: 1 })).toEqual(['a', 'b', 'c']);
  });

  it('are none between equal fields, and the same both ways', () => {
    const object = fc.dictionary(
      fc.string({ maxLength: 2 }),
      fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Plain>,
      {
        maxKeys: 4,
      },
    );
    const flat = object.filter(o => Object.values(o).every(v => !Array.isArray(v) || !v.some(Array.isArray)));
    fc.assert(
      fc.property(flat, flat, (a, b) => {
        expect(changed(a, structuredClone(a))).toEqual([]);
        expect(changed(a, b)).toEqual(changed(b, a));
      }),
    );
  });
});

describe('two values are the same', () => {
  const timestamp = (nanos: number): Value => ({ timestampValue: { seconds: '1', nanos } });
  const point = (longitude: number): Value => ({ geoPointValue: { latitude: 1, longitude } });

  it.each<[string, Value, Value, boolean]>([
    ['NaN and NaN', { doubleValue: Number.NaN }, { doubleValue: Number.NaN }, true],
    ['0.0 and -0.0', { doubleValue: 0 }, { doubleValue: -0 }, false],
    ['1 and 1.0', { integerValue: '1' }, { doubleValue: 1 }, false],
    ['null in either spelling', { nullValue: 0 }, { nullValue: 'NULL_VALUE' }, true],
    ['null and false', { nullValue: 0 }, { booleanValue: false }, false],
    ['empty text and itself', { stringValue: '' }, { stringValue: '' }, true],
    ['text and a reference', { stringValue: 'a' }, { referenceValue: 'a' }, false],
    ['equal bytes', { bytesValue: Buffer.from('a') }, { bytesValue: new Uint8Array([97]) }, true],
    ['other bytes', { bytesValue: Buffer.from('a') }, { bytesValue: Buffer.from('b') }, false],
    ['equal times', timestamp(1), timestamp(1), true],
    ['times a nanosecond apart', timestamp(1), timestamp(2), false],
    ['equal points', point(2), point(2), true],
    ['other points', point(2), point(3), false],
    [
      'a list and a longer one',
      { arrayValue: { values: [] } },
      { arrayValue: { values: [{ nullValue: 0 }] } },
      false,
    ],
    [
      'maps of other keys',
      { mapValue: { fields: { a: { nullValue: 0 } } } },
      { mapValue: { fields: { b: { nullValue: 0 } } } },
      false,
    ],
  ])('%s', (_, a, b, same) => {
    expect(sameValue(a, b)).toBe(same);
    expect(sameValue(b, a)).toBe(same);
  });
});

it('quotes every segment so that it can be told from a path', () => {
  fc.assert(
    fc.property(fc.string(), segment => {
      const quoted = quoteSegment(segment);
      const plain = quoted.startsWith('`') ? quoted.slice(1, -1).replace(/\\(.)/gsu, '$1') : quoted;
      expect(plain).toBe(segment);
      if (!quoted.startsWith('`')) expect(quoted).toMatch(/^\w+$/);
    }),
  );
});
