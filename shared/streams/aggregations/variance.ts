import { addProduct } from '../exact-product.ts';
import {
  addExactly,
  canonicalSum,
  type ExactSum,
  mergeExactly,
  quotient,
  readSum,
  roundedSum,
  writeSum,
} from '../exact-sum.ts';
import type { Accumulator } from './accumulator.ts';

/** The exact sums of the values and of their squares: no other way of adding up spread is free of the order. */
export interface Variance {
  count: number;
  missing: number;
  readonly sum: ExactSum;
  readonly squares: ExactSum;
}

/** Of a sample: the sum of the squared distances from the mean, over count - 1; null for fewer than two values. */
export interface ShownVariance {
  readonly count: number;
  readonly missing: number;
  readonly mean: number | null;
  readonly variance: number | null;
  /** Standard deviation, the root of the variance. */
  readonly deviation: number | null;
}

/** Larger magnitudes count as missing: below it 2^53 squares sum up without overflow, and so does what is made of them. */
const LARGEST = 2 ** 450;

export const variance: Accumulator<Variance, ShownVariance> = {
  empty: () => ({ count: 0, missing: 0, sum: [], squares: [] }),
  add(into, input) {
    if (typeof input !== 'number' || !(Math.abs(input) <= LARGEST)) {
      into.missing++;
      return;
    }
    into.count++;
    addExactly(into.sum, input);
    addProduct(into.squares, input, input);
  },
  merge(into, from) {
    into.count += from.count;
    into.missing += from.missing;
    mergeExactly(into.sum, from.sum);
    mergeExactly(into.squares, from.squares);
  },
  write(value, writer) {
    writer.whole(value.count);
    writer.whole(value.missing);
    writeSum(value.sum, writer);
    writeSum(value.squares, writer);
  },
  read: reader => ({
    count: reader.whole(),
    missing: reader.whole(),
    sum: readSum(reader),
    squares: readSum(reader),
  }),
  show({ count, missing, sum, squares }) {
    if (count === 0) return { count, missing, mean: null, variance: null, deviation: null };
    const mean = quotient(roundedSum(sum), count);
    if (count === 1) return { count, missing, mean, variance: null, deviation: null };
    const spread = spreadOf(count, sum, squares) / (count * (count - 1));
    return { count, missing, mean, variance: spread, deviation: Math.sqrt(spread) };
  },
};

/** count · Σx² - (Σx)², rounded once at the end: where the mean is far from zero, its digits cancel out. */
function spreadOf(count: number, sum: ExactSum, squares: ExactSum): number {
  const total: ExactSum = [];
  for (const part of canonicalSum(squares)) addProduct(total, count, part);
  const parts = canonicalSum(sum);
  for (const a of parts) for (const b of parts) addProduct(total, -a, b);
  return Math.max(0, roundedSum(total));
}
