import {
  addExactly,
  type ExactSum,
  LARGEST_TERM,
  mergeExactly,
  quotient,
  readSum,
  roundedSum,
  writeSum,
} from '../exact-sum.ts';
import type { Accumulator } from './accumulator.ts';

/** What is known about one measure of one key. */
export interface Statistics {
  /** How many events had a usable value. */
  count: number;
  /** How many had none: absent, no number, not finite, or beyond the largest that can be summed. */
  missing: number;
  /** Infinity while there is no value. */
  min: number;
  /** -Infinity while there is no value. */
  max: number;
  sum: ExactSum;
}

/** Statistics in a result; what needs a value is null where there was none. */
export interface ShownStatistics {
  readonly count: number;
  readonly missing: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

export const statistics: Accumulator<Statistics, ShownStatistics> = {
  empty: () => ({
    count: 0,
    missing: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    sum: [],
  }),
  add(into, input) {
    if (typeof input !== 'number' || !(Math.abs(input) <= LARGEST_TERM)) {
      into.missing++;
      return;
    }
    // JSON knows no negative zero, and no measure means one.
    const value = input + 0;
    into.count++;
    if (value < into.min) into.min = value;
    if (value > into.max) into.max = value;
    addExactly(into.sum, value);
  },
  merge(into, from) {
    into.count += from.count;
    into.missing += from.missing;
    if (from.min < into.min) into.min = from.min;
    if (from.max > into.max) into.max = from.max;
    mergeExactly(into.sum, from.sum);
  },
  write(value, writer) {
    writer.whole(value.count);
    writer.whole(value.missing);
    if (value.count === 0) return;
    writer.double(value.min);
    writer.double(value.max);
    writeSum(value.sum, writer);
  },
  read(reader) {
    const [count, missing] = [reader.whole(), reader.whole()];
    if (count === 0) return { ...statistics.empty(), missing };
    return { count, missing, min: reader.double(), max: reader.double(), sum: readSum(reader) };
  },
  show(value) {
    const sum = roundedSum(value.sum);
    const { count, missing } = value;
    if (count === 0) return { count, missing, sum, min: null, max: null, mean: null };
    return { count, missing, sum, min: value.min, max: value.max, mean: quotient(sum, count) };
  },
};
