import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFields, encodeFields } from '../../../shared/events/firestore-wire.ts';
import type { Value } from '../types.ts';
import { compareValues } from './compare.testing.ts';
import { AFTER_ALL, boundWithin, idKey, idOfKey, pathKey, valueKey } from './keys.ts';

const number: fc.Arbitrary<Value> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(n => ({ integerValue: String(n) })),
  fc.integer({ min: -3, max: 3 }).map(n => ({ integerValue: String(n) })),
  fc.double().map(doubleValue => ({ doubleValue })),
  // Where a double can no longer tell neighbouring integers apart.
  fc
    .constantFrom(2n ** 53n, -(2n ** 53n), 2n ** 62n, 2n ** 63n - 1025n, -(2n ** 63n) + 1025n)
    .chain(near =>
      fc
        .bigInt({ min: -1024n, max: 1024n })
        .chain(by =>
          fc.constantFrom<Value>({ integerValue: String(near + by) }, { doubleValue: Number(near + by) }),
        ),
    ),
);
const text = fc.string({
  unit: fc.constantFrom('\0', '\x01', '\x02', 'a', '\x7f', 'é', '\uFFFD', '\u{1F600}'),
  maxLength: 4,
});
const scalar: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: number },
  text.map(stringValue => ({ stringValue })),
  fc.boolean().map(booleanValue => ({ booleanValue })),
  fc.constant<Value>({ nullValue: 0 }),
);
const value = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 3 }).map((values): Value => ({ arrayValue: { values } })),
    fc
      .dictionary(
        text.filter(name => name !== '' && name !== '__proto__'),
        tie('value'),
        { maxKeys: 3 },
      )
      .map((fields): Value => ({ mapValue: { fields } })),
  ),
})).value;

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

test('keys stand in the order of their values, and are equal where the values are', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(order(valueKey(a), valueKey(b))).toBe(Math.sign(compareValues(a, b)));
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(order(valueKey(a), valueKey(b))).toBe(compareValues(a, b));
    }),
    { numRuns: 3000 },
  );
});

test('no key begins another, so that keys can be joined', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [x, y] = [valueKey(a), valueKey(b)];
      expect(x === y || !y.startsWith(x)).toBe(true);
    }),
  );
});

test('names stand in the order of their segments, parents before their children', () => {
  const names = ['a', 'a/b', 'a/b/c', 'a\0/b', 'a\x01', 'a /b', 'a b/c', 'aa', 'b', '\uFFFD', '\u{1F600}'];
  expect([...names].sort((x, y) => order(pathKey(x), pathKey(y)))).toEqual(names);
});

test('ids stand within their collection as their names do among all, whatever the bound', () => {
  const id = text.filter(letters => letters !== '');
  const bound = fc.oneof(
    fc.array(id, { minLength: 1, maxLength: 4 }).map(ids => pathKey(['a', ...ids].join('/'))),
    fc.array(id, { minLength: 1, maxLength: 4 }).map(ids => pathKey(['a', ...ids].join('/')) + AFTER_ALL),
    fc.constantFrom('', AFTER_ALL, pathKey('a'), pathKey('a') + AFTER_ALL, pathKey('aa')),
  );
  const prefix = pathKey('a').slice(0, -1);
  fc.assert(
    fc.property(id, bound, (last, at) => {
      expect(idKey(last) < boundWithin(prefix, at)).toBe(pathKey(`a/${last}`) < at);
      expect(idOfKey(idKey(last))).toBe(last);
    }),
    { numRuns: 1000 },
  );
});

test('what is encoded is decoded the same, and equal fields have equal bytes', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter(name => name !== ''),
        value,
      ),
      fields => {
        const bytes = encodeFields(fields);
        const decoded = decodeFields(bytes);
        expect(decoded).toEqual(fields);
        const reversed = Object.fromEntries(Object.entries(fields).reverse());
        expect(Buffer.compare(encodeFields(reversed), bytes)).toBe(0);
      },
    ),
  );
});
