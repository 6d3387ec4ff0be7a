import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decode, encode, UNKNOWN, type Wire } from './msgpack.ts';

const { value } = fc.letrec<{ value: Wire }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Wire>(null, true, false, UNKNOWN),
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true }).filter(number => !Object.is(number, -0)),
    fc.maxSafeInteger(),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
}));

it('reads what it writes', () => {
  fc.assert(
    fc.property(value, one => {
      expect(decode(encode(one))).toEqual(one);
    }),
  );
});

it.each<[string, string, Wire]>([
  ['small numbers', '07', 7],
  ['small negative numbers', 'ff', -1],
  ['bytes of one', 'ccff', 255],
  ['numbers of 64 bits', 'd3fffffffffffffffe', -2],
  ['short texts', 'a3616263', 'abc'],
  ['short lists', '9201c0', [1, null]],
  ['short maps', '81a161c3', { a: true }],
  ['an unknown', 'd40000', UNKNOWN],
  ['an unknown of which something is known', 'c7020c80c0', UNKNOWN],
])('reads %s as other writers write them', (_, hex, expected) => {
  expect(decode(Buffer.from(hex, 'hex'))).toEqual(expected);
});

it('refuses what Terraform never sends', () => {
  expect(() => decode(Uint8Array.of(0xc1))).toThrow('0xc1');
});
