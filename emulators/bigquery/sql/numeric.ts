/** NUMERIC: 38 digits, nine of them after the point, kept as an integer times ten to the power of minus nine. */

const SCALE = 9;
const UNIT = 10n ** 9n;
const LIMIT = 10n ** 38n;
const TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Halves go away from zero. `divisor` is positive. */
export function divideRounded(value: bigint, divisor: bigint): bigint {
  const size = value < 0n ? -value : value;
  const rounded = (size + divisor / 2n) / divisor;
  return value < 0n ? -rounded : rounded;
}

export const isNumeric = (scaled: bigint): boolean => scaled < LIMIT && scaled > -LIMIT;

/** Reads text as NUMERIC; undefined where it is no number or too large. `round`: digits after the ninth may be there. */
export function readNumeric(text: string, round: boolean): bigint | undefined {
  const [match, sign, whole = '', fraction = '', exponent = '0'] = TEXT.exec(text.trim()) ?? [];
  if (match === undefined || whole + fraction === '') return undefined;
  const shift = SCALE - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return 0n;
  if (shift > 60) return undefined;
  const divisor = 10n ** BigInt(Math.max(0, -shift));
  if (!round && digits % divisor !== 0n) return undefined;
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, divisor);
  if (!isNumeric(size)) return undefined;
  return sign === '-' ? -size : size;
}

/** A literal's text with all nine digits, as DuckDB reads it. */
export function parseNumeric(text: string): string | undefined {
  const value = readNumeric(text, false);
  return value === undefined ? undefined : formatScaled(value);
}

function formatScaled(value: bigint): string {
  const size = value < 0n ? -value : value;
  return `${value < 0n ? '-' : ''}${size / UNIT}.${String(size % UNIT).padStart(SCALE, '0')}`;
}

/** As CAST to STRING writes it: without trailing zeros. */
export const formatNumeric = (value: bigint): string => formatScaled(value).replace(/\.?0+$/, '');

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
  if (!isNumeric(scaled)) return undefined;
  return value < 0 ? -scaled : scaled;
}
