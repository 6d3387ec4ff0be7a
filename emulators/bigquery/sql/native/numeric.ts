import { divideRounded, fitsDecimal, formatDecimal, parseDecimal } from '../../values/decimals.ts';

/** Digits of a NUMERIC after the point, of 38 in all: it is kept as an integer times ten to the power of minus nine. */
const SCALE = 9;
const UNIT = 10n ** BigInt(SCALE);

/** As CAST reads text: digits after the ninth are rounded. */
export const readNumeric = (text: string): bigint | undefined => parseDecimal(text.trim(), SCALE, 'ROUNDED');

/** As CAST to STRING writes it: without trailing zeros. */
export const formatNumeric = (value: bigint): string => formatDecimal(value, SCALE);

export function multiplyNumeric(a: bigint, b: bigint): bigint {
  return divideRounded(a * b, UNIT);
}

export function divideNumeric(a: bigint, b: bigint): bigint {
  return b < 0n ? divideRounded(-a * UNIT, -b) : divideRounded(a * UNIT, b);
}

/** The exact value of a double, rounded to nine digits. */
export function numericOfDouble(value: number): bigint | undefined {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e30) return undefined;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const mantissa = (bits & ((1n << 52n) - 1n)) | (exponent === 0 ? 0n : 1n << 52n);
  const shift = Math.max(exponent, 1) - 1075;
  const scaled =
    shift >= 0 ? (mantissa << BigInt(shift)) * UNIT : divideRounded(mantissa * UNIT, 1n << BigInt(-shift));
  if (!fitsDecimal(scaled)) return undefined;
  return value < 0 ? -scaled : scaled;
}
