import {
  DAY,
  daysOf,
  FIRST_DAY,
  floorDivide,
  isInstant,
  LAST_DAY,
  secondsOf,
} from '../../values/calendar.ts';
import { offsetAt, toInstant } from '../../values/zones.ts';
import { MICROS } from '../functions/parts.ts';
import type { Native } from './native.ts';

const MONTHS: Readonly<Record<string, bigint>> = { MONTH: 1n, QUARTER: 3n, YEAR: 12n };

/** Adds calendar months; a day that the month does not have becomes its last. */
function addMonths(day: number, months: bigint): number | undefined {
  const date = new Date(day * 86_400_000);
  const total = BigInt(date.getUTCFullYear() * 12 + date.getUTCMonth()) + months;
  const year = Number(floorDivide(total, 12n));
  const month = Number(total - BigInt(year) * 12n);
  if (year < 1 || year > 9999) return undefined;
  const last = new Date(0);
  last.setUTCFullYear(year, month + 1, 0);
  return daysOf(year, month + 1, Math.min(date.getUTCDate(), last.getUTCDate()));
}

const within = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} is out of the range 0001-01-01 to 9999-12-31`);
  return value;
};

function addToDate(day: bigint, count: bigint, part: string): bigint {
  const months = MONTHS[part];
  if (months !== undefined)
    return BigInt(within(addMonths(Number(day), months * count), 'The resulting date'));
  const sum = day + count * (part === 'WEEK' ? 7n : 1n);
  return within(sum >= BigInt(FIRST_DAY) && sum <= BigInt(LAST_DAY) ? sum : undefined, 'The resulting date');
}

function addToDatetime(micros: bigint, count: bigint, part: string): bigint {
  const months = MONTHS[part];
  if (months === undefined) {
    const sum = micros + count * MICROS[part]!;
    return within(isInstant(sum) ? sum : undefined, 'The resulting time');
  }
  const day = floorDivide(micros, DAY);
  return addToDate(day, count, part) * DAY + (micros - day * DAY);
}

const zoned = <T>(value: T | undefined, zone: string): T => {
  if (value === undefined) throw new Error(`Invalid time zone: ${zone}`);
  return value;
};

export const TIMES: readonly Native[] = [
  {
    name: 'bq_step',
    parameters: ['BIGINT'],
    returns: 'BIGINT',
    run: (step: bigint) => {
      if (step === 0n) throw new Error('Sequence step cannot be 0.');
      return step;
    },
  },
  { name: 'bq_date_add', parameters: ['BIGINT', 'BIGINT', 'VARCHAR'], returns: 'BIGINT', run: addToDate },
  {
    name: 'bq_datetime_add',
    parameters: ['BIGINT', 'BIGINT', 'VARCHAR'],
    returns: 'BIGINT',
    run: addToDatetime,
  },
  {
    name: 'bq_time_add',
    parameters: ['BIGINT', 'BIGINT', 'VARCHAR'],
    returns: 'BIGINT',
    run: (micros: bigint, count: bigint, part: string) =>
      (((micros + count * MICROS[part]!) % DAY) + DAY) % DAY,
  },
  {
    name: 'bq_make_date',
    parameters: ['BIGINT', 'BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: (year: bigint, month: bigint, day: bigint) => {
      const count = daysOf(Number(year), Number(month), Number(day));
      if (count === undefined) throw new Error(`Input calculates to invalid date: ${year}-${month}-${day}`);
      return BigInt(count);
    },
  },
  {
    name: 'bq_make_time',
    parameters: ['BIGINT', 'BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: (hour: bigint, minute: bigint, second: bigint) => {
      const valid = hour >= 0n && minute >= 0n && second >= 0n;
      const seconds = valid ? secondsOf(Number(hour), Number(minute), Number(second)) : undefined;
      if (seconds === undefined)
        throw new Error(`Input calculates to invalid time: ${hour}:${minute}:${second}`);
      return BigInt(seconds) * 1_000_000n;
    },
  },
  { name: 'bq_floor_divide', parameters: ['BIGINT', 'BIGINT'], returns: 'BIGINT', run: floorDivide },
  {
    name: 'bq_instant',
    parameters: ['BIGINT', 'BIGINT'],
    returns: 'BIGINT',
    run: (count: bigint, unit: bigint) => {
      if (!isInstant(count * unit)) throw new Error(`TIMESTAMP value is out of allowed range: ${count}`);
      return count * unit;
    },
  },
  {
    name: 'bq_to_local',
    parameters: ['BIGINT', 'VARCHAR'],
    returns: 'BIGINT',
    run: (micros: bigint, zone: string) => micros + zoned(offsetAt(micros, zone), zone),
  },
  {
    name: 'bq_to_instant',
    parameters: ['BIGINT', 'VARCHAR'],
    returns: 'BIGINT',
    run: (local: bigint, zone: string) => zoned(toInstant(local, zone), zone),
  },
];
