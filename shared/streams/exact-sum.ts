import type { ByteReader, ByteWriter } from './bytes.ts';

/**
 * Sums of doubles without any rounding until they are read, so that neither the order of the events nor the way in which
 * batches were merged shows in the result. A sum is kept as non-overlapping doubles of rising magnitude whose
 * mathematical sum it is (J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997, section 2.4).
 */
export type ExactSum = number[];

/**
 * Larger magnitudes cannot be summed: below it 2^53 values cannot overflow, so no order of adding ever does, and
 * infinities never come up.
 */
export const LARGEST_TERM = 2 ** 970;

/** Adds a finite value of at most {@link LARGEST_TERM} in magnitude, in place. */
export function addExactly(sum: ExactSum, value: number): void {
  let carried = value;
  let kept = 0;
  for (let index = 0; index < sum.length; index++) {
    const part = sum[index]!;
    const high = carried + part;
    // The rounding error of a sum is itself a double; it is found from the larger term.
    const low = Math.abs(carried) < Math.abs(part) ? carried - (high - part) : part - (high - carried);
    if (low !== 0) sum[kept++] = low;
    carried = high;
  }
  if (carried !== 0) sum[kept++] = carried;
  if (sum.length !== kept) sum.length = kept;
}

/** Adds one sum to another, in place. */
export function mergeExactly(into: ExactSum, from: readonly number[]): void {
  for (const part of from) addExactly(into, part);
}

/** A quotient as JSON can carry it: one too small for a double is zero, without a sign. */
export const quotient = (sum: number, by: number): number => sum / by + 0;

/** The double nearest to the sum, ties to even. */
export function roundedSum(sum: readonly number[]): number {
  let index = sum.length - 1;
  let total = sum[index] ?? 0;
  let error = 0;
  while (index > 0 && error === 0) {
    const part = sum[--index]!;
    const high = total + part;
    error = part - (high - total);
    total = high;
  }
  // Halfway between two doubles, what lies further below decides the direction.
  const below = index > 0 ? sum[index - 1]! : 0;
  if ((error < 0 && below < 0) || (error > 0 && below > 0)) {
    const twice = error * 2;
    const other = total + twice;
    if (other - total === twice) return other;
  }
  return total;
}

/** The one form of a sum that depends on its value alone: the nearest double, then that of what is left, and so on. */
export function canonicalSum(sum: readonly number[]): ExactSum {
  if (sum.length <= 1) return [...sum];
  const rest = [...sum];
  const parts: number[] = [];
  while (rest.length > 0) {
    const nearest = roundedSum(rest);
    parts.push(nearest);
    addExactly(rest, -nearest);
  }
  return parts.reverse();
}

/** Equal sums write equal bytes. */
export function writeSum(sum: readonly number[], writer: ByteWriter): void {
  const parts = canonicalSum(sum);
  writer.length(parts.length);
  for (const part of parts) writer.double(part);
}

export function readSum(reader: ByteReader): ExactSum {
  return Array.from({ length: reader.length() }, () => reader.double());
}
