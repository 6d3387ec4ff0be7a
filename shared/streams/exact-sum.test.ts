import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addExactly,
  canonicalSum,
  type ExactSum,
  LARGEST_TERM,
  mergeExactly,
  roundedSum,
} from './exact-sum.ts';

const SCALE = 1074n;

/** A double as an integer multiple of 2^-1074, the smallest double. */
function exact(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return word >> 63n ? -magnitude : magnitude;
}

/** The double nearest to a multiple of 2^-1074, ties to even. */
function nearest(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const excess = BigInt(Math.max(0, magnitude.toString(2).length - 53));
  const unit = 1n << excess;
  let mantissa = magnitude / unit;
  const rest = (magnitude % unit) * 2n;
  if (rest > unit || (rest === unit && mantissa % 2n === 1n)) mantissa++;
  const power = Number(excess - SCALE);
  // In two steps, since 2^-1074 times a mantissa may lie below what one power of two can express.
  const rounded = Number(mantissa) * 2 ** Math.ceil(power / 2) * 2 ** Math.floor(power / 2);
  return value < 0n ? -rounded : rounded;
}

const term = fc.oneof(
  fc.double({ noNaN: true, min: -LARGEST_TERM, max: LARGEST_TERM }),
  fc.double({ noNaN: true, min: -1000, max: 1000 }),
  fc.integer(),
  fc.constantFrom(0.1, 0.2, 0.3, 1, 2 ** 53, -(2 ** 53), 2 ** -53, 5e-324, LARGEST_TERM, -LARGEST_TERM),
);
const terms = fc.array(term, { maxLength: 60 });

function sumOf(values: readonly number[]): ExactSum {
  const sum: ExactSum = [];
  for (const value of values) addExactly(sum, value);
  return sum;
}

describe('an exact sum', () => {
  it('is the double nearest to the sum over the rationals', () => {
    fc.assert(
      fc.property(terms, values => {
        const total = values.reduce((sum, value) => sum + exact(value), 0n);
        const sum = sumOf(values);
        expect(sum.reduce((whole, part) => whole + exact(part), 0n)).toBe(total);
        expect(roundedSum(sum) + 0).toBe(nearest(total) + 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('has one canonical form, whatever the order and the grouping of the terms', () => {
    fc.assert(
      fc.property(
        terms.chain(values =>
          fc.tuple(
            fc.constant(values),
            fc.shuffledSubarray(values, { minLength: values.length }),
            fc.nat({ max: values.length }),
          ),
        ),
        ([values, shuffled, cut]) => {
          const merged = sumOf(shuffled.slice(cut));
          mergeExactly(merged, canonicalSum(sumOf(shuffled.slice(0, cut))));
          expect(canonicalSum(merged)).toEqual(canonicalSum(sumOf(values)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('stays the same sum in its canonical form', () => {
    fc.assert(
      fc.property(terms, values => {
        const canonical = canonicalSum(sumOf(values));
        expect(canonical.reduce((sum, part) => sum + exact(part), 0n)).toBe(
          values.reduce((sum, value) => sum + exact(value), 0n),
        );
        expect(canonicalSum(canonical)).toEqual(canonical);
      }),
    );
  });

  it('does not overflow where the largest terms cancel in an unlucky order', () => {
    const sum = sumOf([...Array(1000).fill(LARGEST_TERM), ...Array(1000).fill(-LARGEST_TERM), 0.5]);
    expect(roundedSum(sum)).toBe(0.5);
  });
});
