import { EvaluationError } from './errors.ts';

const MAX = 2n ** 63n - 1n;

/** @throws EvaluationError where it does not fit 64 bits */
export function int64(value: bigint): bigint {
  if (value > MAX || value < -MAX - 1n) throw new EvaluationError(`${value} is beyond the ints of 64 bits`);
  return value;
}

/** A float as the service writes it: 1.0, 1.0E7, 1.0E-4. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) {
    const text = String(value);
    return Object.is(value, -0) ? '-0.0' : text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}
