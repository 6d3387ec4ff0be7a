import { divideRounded, fitsDecimal } from '../../values/decimals.ts';
import { formatFloat } from './floats.ts';
import type { Native } from './native.ts';
import { formatNumeric } from './numeric.ts';

const UNIT = 10n ** 9n;
const { isFinite: finite } = Number;

/** A function of one FLOAT64 that may overflow or have no value. */
const unary = (name: string, run: (x: number) => number, bad: (x: number) => boolean): Native => ({
  name: `bq_${name.toLowerCase()}`,
  parameters: ['DOUBLE'],
  returns: 'DOUBLE',
  run: (x: number) => {
    const result = run(x);
    if (bad(x) || (finite(x) && !finite(result)))
      throw new Error(`Floating point error in function: ${name}(${formatFloat(x)})`);
    return result;
  },
});

const binary = (
  name: string,
  run: (x: number, y: number) => number,
  bad: (x: number, y: number) => boolean,
): Native => ({
  name: `bq_${name.toLowerCase()}`,
  parameters: ['DOUBLE', 'DOUBLE'],
  returns: 'DOUBLE',
  run: (x: number, y: number) => {
    const result = run(x, y);
    if (bad(x, y) || (finite(x) && finite(y) && !finite(result)))
      throw new Error(`Floating point error in function: ${name}(${formatFloat(x)}, ${formatFloat(y)})`);
    return result;
  },
});

/** Digits after the point kept, halves away from zero. Exact: by the decimal text of the double. */
function roundTo(value: number, digits: bigint, round: (size: number) => number): number {
  if (!finite(value) || value === 0) return value;
  const places = Number(digits < -400n ? -400n : digits > 400n ? 400n : digits);
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  const shifted = Number(`${mantissa}e${Number(exponent) + places}`);
  if (!finite(shifted)) return value;
  const [whole = '', power = '0'] = round(shifted).toExponential().split('e');
  const result = Number(`${whole}e${Number(power) - places}`);
  if (!finite(result))
    throw new Error(`Floating point error in function: ROUND(${formatFloat(value)}, ${digits})`);
  return value < 0 ? -result : result;
}

function roundNumeric(value: bigint, digits: bigint, half: boolean): bigint {
  if (digits >= 9n) return value;
  const unit = 10n ** (9n - (digits < -40n ? -40n : digits));
  const rounded = (half ? divideRounded(value, unit) : value / unit) * unit;
  if (!fitsDecimal(rounded)) throw new Error(`numeric overflow: ROUND(${formatNumeric(value)}, ${digits})`);
  return rounded;
}

const zero = (a: bigint, b: bigint, name: string): void => {
  if (b === 0n) throw new Error(`division by zero: ${name}(${a}, ${b})`);
};

export const NUMBERS: readonly Native[] = [
  unary('SQRT', Math.sqrt, x => x < 0),
  unary('EXP', Math.exp, () => false),
  unary('LN', Math.log, x => x <= 0),
  unary('LOG10', Math.log10, x => x <= 0),
  unary('CBRT', Math.cbrt, () => false),
  binary(
    'LOG',
    (x, y) => Math.log(x) / Math.log(y),
    (x, y) => x <= 0 || y <= 0 || y === 1,
  ),
  binary('POW', Math.pow, (x, y) => x < 0 && finite(y) && !Number.isInteger(y)),
  {
    name: 'bq_ieee_divide',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'DOUBLE',
    run: (a: number, b: number) => a / b,
  },
  {
    name: 'bq_div',
    parameters: ['BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: (a: bigint, b: bigint) => {
      zero(a, b, 'DIV');
      if (a === -(2n ** 63n) && b === -1n) throw new Error(`int64 overflow: DIV(${a}, ${b})`);
      return a / b;
    },
  },
  {
    name: 'bq_mod',
    parameters: ['BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: (a: bigint, b: bigint) => {
      zero(a, b, 'MOD');
      return a % b;
    },
  },
  {
    name: 'bq_numeric_mod',
    parameters: ['NUMERIC', 'NUMERIC'],
    returns: 'NUMERIC',
    run: (a: bigint, b: bigint) => {
      zero(a / UNIT, b, 'MOD');
      return a % b;
    },
  },
  {
    name: 'bq_round',
    parameters: ['DOUBLE', 'BIGINT'],
    returns: 'DOUBLE',
    run: (x: number, digits: bigint) => roundTo(x, digits, Math.round),
  },
  {
    name: 'bq_trunc',
    parameters: ['DOUBLE', 'BIGINT'],
    returns: 'DOUBLE',
    run: (x: number, digits: bigint) => roundTo(x, digits, Math.floor),
  },
  {
    name: 'bq_numeric_round',
    parameters: ['NUMERIC', 'BIGINT'],
    returns: 'NUMERIC',
    run: (x: bigint, digits: bigint) => roundNumeric(x, digits, true),
  },
  {
    name: 'bq_numeric_trunc',
    parameters: ['NUMERIC', 'BIGINT'],
    returns: 'NUMERIC',
    run: (x: bigint, digits: bigint) => roundNumeric(x, digits, false),
  },
  {
    name: 'bq_shift_left',
    parameters: ['BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: (x: bigint, bits: bigint) => {
      if (bits < 0n) throw new Error('Bitwise binary operator << offset cannot be negative');
      return bits > 63n ? 0n : BigInt.asIntN(64, x << bits);
    },
  },
  {
    name: 'bq_shift_right',
    parameters: ['BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    // No sign comes in from the left.
    run: (x: bigint, bits: bigint) => {
      if (bits < 0n) throw new Error('Bitwise binary operator >> offset cannot be negative');
      return bits > 63n ? 0n : BigInt.asIntN(64, BigInt.asUintN(64, x) >> bits);
    },
  },
];
