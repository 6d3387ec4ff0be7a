import { isUtf8 } from 'node:buffer';
import type { SchemaElement } from 'hyparquet';
import { parseFloat16 } from 'hyparquet/src/convert.js';

/** In the place of a value that cannot be read: its record is rejected. */
export class Unreadable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A value as it is stored, as JSON can hold it, or Unreadable. */
export type Plain = (stored: unknown) => unknown;

/**
 * How the values of a column become JSON:
 * integers are numbers, beyond 2^53 text; decimals are numbers up to 15 digits, beyond that text; NaN is null; dates are
 * YYYY-MM-DD; timestamps are RFC 3339 in UTC, or without a zone where the file gives none; times of day are HH:MM:SS;
 * what is marked as text is text, as JSON is parsed; other bytes are base64.
 */
export function plainOf(element: SchemaElement): Plain {
  const { type = '', converted_type: converted = '', logical_type: logical } = element;
  const read = LOGICAL[logical?.type ?? ''] ?? CONVERTED[converted] ?? PHYSICAL[type] ?? asBytes;
  return read(element);
}

type Reader = (element: SchemaElement) => Plain;
type Unit = 'MILLIS' | 'MICROS' | 'NANOS';
const DIGITS: Readonly<Record<Unit, number>> = { MILLIS: 3, MICROS: 6, NANOS: 9 };

const asText: Reader = () => stored => {
  const bytes = stored as Uint8Array;
  return isUtf8(bytes) ? bufferOf(bytes).toString('utf8') : new Unreadable('not valid UTF-8');
};
const asBytes: Reader = () => stored => bufferOf(stored as Uint8Array).toString('base64');
const asJson: Reader = element => {
  const text = asText(element);
  return stored => {
    const json = text(stored);
    if (json instanceof Unreadable) return json;
    try {
      return JSON.parse(json as string);
    } catch (error) {
      return new Unreadable(`not valid JSON: ${(error as Error).message}`);
    }
  };
};
const asInteger: Reader = () => stored => integer(stored as number | bigint);
const asUnsigned =
  (bits: number): Reader =>
  () =>
  stored =>
    integer(BigInt.asUintN(bits, BigInt(stored as number | bigint)));
const asFloat: Reader = () => stored => float(stored as number);
const asDate: Reader = () => stored => instant(BigInt(stored as number) * 86_400_000n, 'MILLIS', '', 'date');
const asTimestamp =
  (unit: Unit, zone: string): Reader =>
  () =>
  stored =>
    instant(stored as bigint, unit, zone, 'timestamp');
const asTime =
  (unit: Unit): Reader =>
  () =>
  stored => {
    const value = BigInt(stored as number | bigint);
    const day = 86_400n * 10n ** BigInt(DIGITS[unit]);
    if (value < 0n || value >= day) return new Unreadable(`${value} is no time of day`);
    return (instant(value, unit, '', 'timestamp') as string).slice('1970-01-01T'.length);
  };
const asDecimal: Reader =
  ({ scale = 0, logical_type: logical }) =>
  stored =>
    decimal(
      stored instanceof Uint8Array ? signed(stored) : BigInt(stored as number | bigint),
      logical?.type === 'DECIMAL' ? (logical.scale ?? 0) : scale,
    );

const LOGICAL: Readonly<Record<string, Reader | undefined>> = {
  STRING: asText,
  ENUM: asText,
  JSON: asJson,
  DATE: asDate,
  DECIMAL: asDecimal,
  FLOAT16: () => stored => float(parseFloat16(stored as Uint8Array) ?? Number.NaN),
  UUID: () => stored => uuid(bufferOf(stored as Uint8Array).toString('hex')),
  INTEGER: element => {
    const { logical_type: logical } = element;
    const unsigned = logical?.type === 'INTEGER' && !logical.isSigned;
    return (unsigned ? asUnsigned(logical.bitWidth) : asInteger)(element);
  },
  TIME: element => {
    const { logical_type: logical } = element;
    return asTime(logical?.type === 'TIME' ? logical.unit : 'MILLIS')(element);
  },
  TIMESTAMP: element => {
    const { logical_type: logical } = element;
    if (logical?.type !== 'TIMESTAMP') return asInteger(element);
    return asTimestamp(logical.unit, logical.isAdjustedToUTC ? 'Z' : '')(element);
  },
};

const CONVERTED: Readonly<Record<string, Reader | undefined>> = {
  UTF8: asText,
  ENUM: asText,
  JSON: asJson,
  DATE: asDate,
  DECIMAL: asDecimal,
  TIME_MILLIS: asTime('MILLIS'),
  TIME_MICROS: asTime('MICROS'),
  TIMESTAMP_MILLIS: asTimestamp('MILLIS', 'Z'),
  TIMESTAMP_MICROS: asTimestamp('MICROS', 'Z'),
  UINT_8: asUnsigned(8),
  UINT_16: asUnsigned(16),
  UINT_32: asUnsigned(32),
  UINT_64: asUnsigned(64),
};

const PHYSICAL: Readonly<Record<string, Reader | undefined>> = {
  BOOLEAN: () => stored => stored === true,
  INT32: asInteger,
  INT64: asInteger,
  FLOAT: asFloat,
  DOUBLE: asFloat,
  // hyparquet makes nanoseconds of it.
  INT96: asTimestamp('NANOS', 'Z'),
};

function integer(value: number | bigint): unknown {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function float(value: number): unknown {
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? value : new Unreadable('infinite');
}

const EARLIEST = Date.parse('0000-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** The fraction has the unit's digits unless they are noughts. */
function instant(value: bigint, unit: Unit, zone: string, shape: 'date' | 'timestamp'): unknown {
  const perSecond = 10n ** BigInt(DIGITS[unit]);
  const rest = ((value % perSecond) + perSecond) % perSecond;
  const ms = Number((value - rest) / perSecond) * 1000;
  if (!(ms >= EARLIEST && ms <= LATEST)) {
    return new Unreadable(`${value} (${unit.toLowerCase()} since 1970) lies outside the years 0 to 9999`);
  }
  const text = new Date(ms).toISOString();
  if (shape === 'date') return text.slice(0, 10);
  const fraction = rest === 0n ? '' : `.${rest.toString().padStart(DIGITS[unit], '0')}`;
  return `${text.slice(0, 19)}${fraction}${zone}`;
}

function decimal(unscaled: bigint, scale: number): unknown {
  if (!(scale >= 0 && scale <= 100)) return new Unreadable(`a decimal with the scale ${scale}`);
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const text = `${unscaled < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
  return digits.length <= 15 ? Number(text) : text;
}

/** Big-endian two's complement. */
function signed(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bufferOf(bytes).toString('hex')}`));
}

function uuid(hex: string): unknown {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return hex.length === 32 ? parts.join('-') : new Unreadable('not a UUID');
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
