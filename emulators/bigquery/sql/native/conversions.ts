import { DAY, floorDivide } from '../../values/calendar.ts';
import { fitsDecimal, parseDouble } from '../../values/decimals.ts';
import { formatDate, formatTimestamp, SQL_TIMES } from '../../values/times.ts';
import { isZone } from '../../values/zones.ts';
import { formatFloat } from './floats.ts';
import type { Native, NativeType, NativeValue } from './native.ts';
import { divideNumeric, formatNumeric, multiplyNumeric, numericOfDouble, readNumeric } from './numeric.ts';

const MOST = 2n ** 63n;
const BOOLS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

function parseInt64(text: string): bigint | undefined {
  const [match, sign, digits = ''] = /^([+-]?)(\d+|0[xX][0-9a-fA-F]+)$/.exec(text.trim()) ?? [];
  if (match === undefined) return undefined;
  const value = BigInt(digits) * (sign === '-' ? -1n : 1n);
  return value >= -MOST && value < MOST ? value : undefined;
}

/** A number that is too large for a double is none; a text that says infinity is. */
function parseFloat64(text: string): number | undefined {
  const value = parseDouble(text.trim());
  return value !== undefined && !Number.isFinite(value) && /\d/.test(text) ? undefined : value;
}

/** A reader of text that says what it could not read. */
const parser = (
  name: string,
  returns: NativeType,
  what: string,
  read: (text: string) => NativeValue | undefined,
): Native => ({
  name,
  parameters: ['VARCHAR'],
  returns,
  run: (text: string) => {
    const value = read(text);
    if (value === undefined)
      throw new Error(
        `${what}${what.endsWith(': ') ? text : what.endsWith("'") ? `${text}'` : JSON.stringify(text)}`,
      );
    return value;
  },
});

const within = (value: bigint | undefined, problem: () => string): bigint => {
  if (value === undefined || !fitsDecimal(value)) throw new Error(problem());
  return value;
};

export const CONVERSIONS: readonly Native[] = [
  parser('bq_parse_int64', 'BIGINT', 'Bad int64 value: ', parseInt64),
  parser('bq_parse_float64', 'DOUBLE', 'Bad double value: ', parseFloat64),
  parser('bq_parse_bool', 'BOOLEAN', 'Bad bool value: ', text => BOOLS.get(text.trim().toLowerCase())),
  parser('bq_parse_numeric', 'NUMERIC', 'Invalid NUMERIC value: ', readNumeric),
  parser('bq_parse_date', 'BIGINT', "Invalid date: '", text => {
    const day = SQL_TIMES.parseDate(text) ?? dayOf(SQL_TIMES.parseDatetime(text));
    return day === undefined ? undefined : BigInt(day);
  }),
  parser('bq_parse_time', 'BIGINT', 'Invalid time string ', text => SQL_TIMES.parseTime(text)),
  parser('bq_parse_datetime', 'BIGINT', 'Invalid datetime string ', text => SQL_TIMES.parseDatetime(text)),
  {
    name: 'bq_parse_timestamp',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'BIGINT',
    run: (text: string, zone: string) => {
      if (!isZone(zone)) throw new Error(`Invalid time zone: ${zone}`);
      const value = SQL_TIMES.parseTimestamp(text, zone);
      if (value === undefined) throw new Error(`Invalid timestamp: '${text}'`);
      return value;
    },
  },
  {
    name: 'bq_date_string',
    parameters: ['BIGINT'],
    returns: 'VARCHAR',
    run: (day: bigint) => formatDate(Number(day)),
  },
  { name: 'bq_time_string', parameters: ['BIGINT'], returns: 'VARCHAR', run: SQL_TIMES.formatTime },
  { name: 'bq_datetime_string', parameters: ['BIGINT'], returns: 'VARCHAR', run: SQL_TIMES.formatDatetime },
  {
    name: 'bq_timestamp_string',
    parameters: ['BIGINT', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (micros: bigint, zone: string) => {
      const text = formatTimestamp(micros, zone);
      if (text === undefined) throw new Error(`Invalid time zone: ${zone}`);
      return text;
    },
  },
  { name: 'bq_numeric_string', parameters: ['NUMERIC'], returns: 'VARCHAR', run: formatNumeric },
  {
    name: 'bq_float_numeric',
    parameters: ['DOUBLE'],
    returns: 'NUMERIC',
    run: (value: number) =>
      within(numericOfDouble(value), () => `Casting FLOAT64 to NUMERIC: out of range: ${formatFloat(value)}`),
  },
  {
    name: 'bq_numeric_multiply',
    parameters: ['NUMERIC', 'NUMERIC'],
    returns: 'NUMERIC',
    run: (a: bigint, b: bigint) =>
      within(multiplyNumeric(a, b), () => `numeric overflow: ${formatNumeric(a)} * ${formatNumeric(b)}`),
  },
  {
    name: 'bq_numeric_divide',
    parameters: ['NUMERIC', 'NUMERIC'],
    returns: 'NUMERIC',
    run: (a: bigint, b: bigint) => {
      if (b === 0n) throw new Error(`division by zero: ${formatNumeric(a)} / 0`);
      return within(divideNumeric(a, b), () => `numeric overflow: ${formatNumeric(a)} / ${formatNumeric(b)}`);
    },
  },
];

const dayOf = (micros: bigint | undefined): number | undefined =>
  micros === undefined ? undefined : Number(floorDivide(micros, DAY));
