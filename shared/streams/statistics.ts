import {
  addExactly,
  canonicalSum,
  type ExactSum,
  LARGEST_TERM,
  mergeExactly,
  roundedSum,
} from './exact-sum.ts';

/**
 * A value that grows event by event and merges with another of its kind, in any order, to the same result and the same
 * bytes. What a window knows about a key is made of such values.
 */
export interface Accumulator<Value, Input, Shown> {
  empty(): Value;
  /** Takes one event's input, in place. */
  add(into: Value, input: Input): void;
  /** Takes another value, in place; `from` stays as it is. */
  merge(into: Value, from: Value): void;
  /** As numbers, canonical: equal values give the same ones. */
  encode(value: Value): readonly number[];
  decode(encoded: readonly number[]): Value;
  /** As a result document shows it. */
  show(value: Value): Shown;
}

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

export const statistics: Accumulator<Statistics, unknown, ShownStatistics> = {
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
  encode: value =>
    value.count === 0
      ? [0, value.missing]
      : [value.count, value.missing, value.min, value.max, ...canonicalSum(value.sum)],
  decode: encoded => ({
    count: encoded[0] ?? 0,
    missing: encoded[1] ?? 0,
    min: encoded[2] ?? Number.POSITIVE_INFINITY,
    max: encoded[3] ?? Number.NEGATIVE_INFINITY,
    sum: encoded.slice(4),
  }),
  show(value) {
    const sum = roundedSum(value.sum);
    const { count, missing } = value;
    if (count === 0) return { count, missing, sum, min: null, max: null, mean: null };
    return { count, missing, sum, min: value.min, max: value.max, mean: sum / count };
  },
};
