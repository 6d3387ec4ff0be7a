import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExact } from './json.ts';

const INTEGERS = ['9007199254740993', '-9223372036854775808', '12345678901234567890'] as const;

test.each(INTEGERS)('the integer %s keeps its digits wherever it stands', digits => {
  expect(parseExact(digits)).toBe(digits);
  expect(parseExact(`[${digits},${digits}]`)).toEqual([digits, digits]);
  expect(parseExact(`{"a":${digits},"b": ${digits},"c":\n${digits}}`)).toEqual({
    a: digits,
    b: digits,
    c: digits,
  });
});

test('what a double holds is a number, and text stays text', () => {
  const json = '{"a":9007199254740991,"b":0.12345678901234567,"c":"12345678901234567890","d":1e300}';
  expect(parseExact(json)).toEqual(JSON.parse(json));
});

test('an integer is itself in any JSON', () => {
  const value = fc.jsonValue();
  fc.assert(
    fc.property(value, value, fc.constantFrom(...INTEGERS), fc.nat(4), (a, b, digits, space) => {
      const holed = JSON.stringify({ a, list: [b, 'HOLE'], b, hole: 'HOLE' }, null, space);
      const plain = JSON.parse(JSON.stringify({ a, list: [b, digits], b, hole: digits }));
      // Their own numbers may be as long.
      fc.pre(!/HOLE|\d{16}/.test(JSON.stringify([a, b])));
      expect(parseExact(holed.replaceAll('"HOLE"', digits))).toEqual(plain);
    }),
  );
});
