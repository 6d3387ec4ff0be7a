/** Decimals as integers times ten to the power of minus `scale`, and how they and doubles are written. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Digits that DuckDB's widest decimal holds, and so NUMERIC. */
const MOST_DIGITS = 38;
const MOST = 10n ** BigInt(MOST_DIGITS);
export const fitsDecimal = (scaled: bigint): boolean => scaled < MOST && scaled > -MOST;

/** Halves go away from zero. `divisor` is positive. */
export function divideRounded(value: bigint, divisor: bigint): bigint {
  const size = value < 0n ? -value : value;
  const rounded = (size + divisor / 2n) / divisor;
  return value < 0n ? -rounded : rounded;
}

/**
 * The value times ten to the power of `scale`; undefined where the text is no number or one that does not fit. Digits behind the
 * last are `'EXACT'`ly none, or `'ROUNDED'`.
 */
export function parseDecimal(
  text: string,
  scale: number,
  digits: 'EXACT' | 'ROUNDED' = 'EXACT',
): bigint | undefined {
  const [match, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (match === undefined || (whole === '' && fraction === '')) return undefined;
  const size = BigInt(`${whole}${fraction}`);
  const shift = scale - fraction.length + Number(exponent);
  if (size === 0n) return 0n;
  if (shift > MOST_DIGITS) return undefined;
  const divisor = 10n ** BigInt(Math.max(0, -shift));
  if (digits === 'EXACT' && size % divisor !== 0n) return undefined;
  const scaled = shift >= 0 ? size * 10n ** BigInt(shift) : divideRounded(size, divisor);
  if (!fitsDecimal(scaled)) return undefined;
  return sign === '-' ? -scaled : scaled;
}

/** Plain digits without trailing zeros. */
export function formatDecimal(scaled: bigint, scale: number): string {
  const negative = scaled < 0n;
  const digits = String(negative ? -scaled : scaled).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

const FLOATS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
};
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number, which is infinite where it is too large, or the name of one in any case; undefined for any other text. */
export function parseDouble(text: string): number | undefined {
  const name = text.toLowerCase();
  if (Object.hasOwn(FLOATS, name)) return FLOATS[name];
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** As the service writes a double: `1.0`, `0.1`, `1.5E10`, `NaN`, `Infinity`. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
