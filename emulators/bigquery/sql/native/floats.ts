import type { Native } from './native.ts';

/** Arithmetic of FLOAT64: too large a result is an error, not infinity; NaN compares with nothing. */
const finite = (result: number, a: number, b: number, symbol: string): number => {
  if (Number.isFinite(result) || !Number.isFinite(a) || !Number.isFinite(b)) return result;
  throw new Error(`Floating point overflow: ${formatFloat(a)} ${symbol} ${formatFloat(b)}`);
};

export const FLOATS: readonly Native[] = [
  {
    name: 'bq_float_add',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'DOUBLE',
    run: (a: number, b: number) => finite(a + b, a, b, '+'),
  },
  {
    name: 'bq_float_subtract',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'DOUBLE',
    run: (a: number, b: number) => finite(a - b, a, b, '-'),
  },
  {
    name: 'bq_float_multiply',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'DOUBLE',
    run: (a: number, b: number) => finite(a * b, a, b, '*'),
  },
  {
    name: 'bq_float_divide',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'DOUBLE',
    run: (a: number, b: number) => {
      if (b === 0) throw new Error(`division by zero: ${formatFloat(a)} / ${formatFloat(b)}`);
      return finite(a / b, a, b, '/');
    },
  },
  {
    name: 'bq_float_equal',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'BOOLEAN',
    run: (a: number, b: number) => a === b,
  },
  {
    name: 'bq_float_less',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'BOOLEAN',
    run: (a: number, b: number) => a < b,
  },
  {
    name: 'bq_float_less_or_equal',
    parameters: ['DOUBLE', 'DOUBLE'],
    returns: 'BOOLEAN',
    run: (a: number, b: number) => a <= b,
  },
  {
    name: 'bq_float_string',
    parameters: ['DOUBLE'],
    returns: 'VARCHAR',
    run: (value: number) => formatFloat(value),
  },
  {
    name: 'bq_finite',
    parameters: ['DOUBLE', 'VARCHAR'],
    returns: 'DOUBLE',
    // The result of a function whose arguments were finite.
    run: (value: number, name: string) => {
      if (Math.abs(value) === Number.POSITIVE_INFINITY)
        throw new Error(`Floating point error in function: ${name}`);
      return value;
    },
  },
];

/** As CAST to STRING writes a double: fifteen digits where they are enough to read it back, else seventeen. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const short = value.toPrecision(15);
  const digits = Number(short) === value ? 15 : 17;
  const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (power >= -4 && power < digits) return trim(value.toFixed(Math.max(0, digits - 1 - power)));
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${trim(mantissa)}e${power < 0 ? '-' : '+'}${size}`;
}
