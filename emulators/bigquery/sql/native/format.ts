import type { Native } from './native.ts';

const SPECIFIER = /%([-+ 0#']*)(\d+|\*)?(?:\.(\d+|\*))?([A-Za-z%])/g;
const INTEGERS = 'dioxXu';
const FLOATS = 'eEfFgG';

interface Flags {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/**
 * FORMAT. The arguments come as text, with their types; null where NULL. @throws Error for a specifier that its argument does not fit
 */
function format(text: string, args: readonly (string | null)[], kinds: readonly string[]): string | null {
  let next = 0;
  let isNull = false;
  const take = (specifier: string): { value: string | null; kind: string } => {
    if (next >= args.length)
      throw new Error(`Too few arguments to FORMAT for pattern ${JSON.stringify(text)}`);
    const index = next++;
    if (args[index] === null && specifier !== 't' && specifier !== 'T') isNull = true;
    return { value: args[index] ?? null, kind: kinds[index]! };
  };
  const size = (written: string | undefined): number | undefined =>
    written === '*' ? Number(take('d').value) : written === undefined ? undefined : Number(written);
  const result = text.replace(
    SPECIFIER,
    (whole, flags: string, width: string | undefined, precision: string | undefined, specifier: string) => {
      if (specifier === '%') return '%';
      const wanted = size(width) ?? 0;
      const how: Flags = {
        flags: wanted < 0 ? `${flags}-` : flags,
        width: Math.abs(wanted),
        precision: size(precision),
      };
      const { value, kind } = take(specifier);
      return specifier === 't' || specifier === 'T'
        ? fill(printed(value, kind, specifier === 'T'), how)
        : value === null
          ? ''
          : one(whole, specifier, value, kind, how);
    },
  );
  if (text.replace(SPECIFIER, '').includes('%'))
    throw new Error(`Invalid FORMAT string ${JSON.stringify(text)}`);
  if (next < args.length)
    throw new Error(
      `Too many arguments to FORMAT for pattern ${JSON.stringify(text)}; Expected ${next + 1}; Got ${args.length + 1}`,
    );
  return isNull ? null : result;
}

const invalid = (whole: string, kind: string): never => {
  throw new Error(`Invalid type for FORMAT specifier ${whole}: ${kind}`);
};

function one(whole: string, specifier: string, value: string, kind: string, how: Flags): string {
  if (specifier === 's') {
    if (kind !== 'STRING' && kind !== 'JSON') invalid(whole, kind);
    return fill(how.precision === undefined ? value : [...value].slice(0, how.precision).join(''), {
      ...how,
      flags: how.flags.replace('0', ''),
    });
  }
  if (INTEGERS.includes(specifier)) {
    if (kind !== 'INT64') invalid(whole, kind);
    return integer(BigInt(value), specifier, how);
  }
  if (!FLOATS.includes(specifier)) return invalid(whole, kind);
  if (kind !== 'FLOAT64' && kind !== 'INT64' && kind !== 'NUMERIC') invalid(whole, kind);
  return floating(Number(value.replace(/inf$/, 'Infinity')), specifier, how);
}

function integer(value: bigint, specifier: string, how: Flags): string {
  const size = value < 0n ? -value : value;
  const radix = specifier === 'o' ? 8 : specifier === 'x' || specifier === 'X' ? 16 : 10;
  let digits = size.toString(radix).padStart(how.precision ?? 0, '0');
  if (specifier === 'X') digits = digits.toUpperCase();
  if (how.flags.includes("'")) digits = grouped(digits);
  if (how.flags.includes('#') && radix !== 10) digits = (radix === 8 ? '0' : `0${specifier}`) + digits;
  return signed(value < 0n, digits, how);
}

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

function floating(value: number, specifier: string, how: Flags): string {
  const size = Math.abs(value);
  const lower = specifier.toLowerCase();
  const upper = specifier !== lower;
  let digits: string;
  if (!Number.isFinite(value)) digits = Number.isNaN(value) ? 'nan' : 'inf';
  else if (lower === 'f')
    digits =
      size >= 1e21
        ? `${BigInt(size)}${how.precision === 0 ? '' : `.${'0'.repeat(how.precision ?? 6)}`}`
        : size.toFixed(how.precision ?? 6);
  else if (lower === 'e') digits = exponent(size.toExponential(how.precision ?? 6));
  else digits = general(size, how.precision ?? 6, how.flags.includes('#'));
  if (how.flags.includes("'")) {
    const [whole = '', ...rest] = digits.split('.');
    digits = [grouped(whole), ...rest].join('.');
  }
  return signed(
    value < 0 || Object.is(value, -0),
    upper ? digits.toUpperCase() : digits,
    Number.isFinite(value) ? how : { ...how, flags: how.flags.replace('0', '') },
  );
}

/** C writes exponents with two digits. */
const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

function general(size: number, precision: number, keep: boolean): string {
  const digits = precision === 0 ? 1 : precision;
  const power = size === 0 ? 0 : Number(size.toExponential(digits - 1).split('e')[1]);
  const text =
    power < -4 || power >= digits
      ? exponent(size.toExponential(digits - 1))
      : size.toFixed(digits - 1 - power);
  return keep ? text : text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
}

function signed(negative: boolean, digits: string, how: Flags): string {
  const sign = negative ? '-' : how.flags.includes('+') ? '+' : how.flags.includes(' ') ? ' ' : '';
  if (how.flags.includes('0') && !how.flags.includes('-'))
    return sign + digits.padStart(how.width - sign.length, '0');
  return fill(sign + digits, how);
}

const fill = (text: string, { flags, width }: Flags): string => {
  const missing = ' '.repeat(Math.max(0, width - [...text].length));
  return flags.includes('-') ? text + missing : missing + text;
};

/** `%t` is text to read, `%T` a literal of the type. */
function printed(value: string | null, kind: string, literal: boolean): string {
  if (value === null) return 'NULL';
  if (kind === 'FLOAT64' && /^-?\d+$/.test(value)) return `${value}.0`;
  if (!literal || kind === 'INT64' || kind === 'BOOL') return value;
  if (kind === 'FLOAT64')
    return /[a-z]/i.test(value.replace(/e[+-]/, '')) ? `CAST("${value.toLowerCase()}" AS FLOAT64)` : value;
  return kind === 'STRING'
    ? JSON.stringify(value)
    : kind === 'BYTES'
      ? `b${JSON.stringify(value)}`
      : `${kind} ${JSON.stringify(value)}`;
}

export const FORMATS: readonly Native[] = [
  {
    name: 'bq_format',
    parameters: ['VARCHAR', 'STRINGS', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string, args: readonly (string | null)[], kinds: string) =>
      format(text, args, kinds === '' ? [] : kinds.split(',')),
  },
];
