import { EvaluationError } from './errors.ts';
import { type Signatures, signature, signatures } from './signatures.ts';
import { Duration, Instant } from './values.ts';

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;
const MILLISECOND = 1_000_000n;

/** Nanoseconds of each unit that duration.value() knows. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['w', 7n * DAY],
  ['d', DAY],
  ['h', 3600n * SECOND],
  ['m', 60n * SECOND],
  ['s', SECOND],
  ['ms', MILLISECOND],
  ['ns', 1n],
]);

/** Never negative, unlike %. */
const modulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;
const dayOf = ({ nanos }: Instant): bigint => (nanos - modulo(nanos, DAY)) / DAY;
const dateOf = (time: Instant): Date => new Date(Number(dayOf(time)) * 86_400_000);
const part = (of: bigint, unit: bigint) => (time: Instant) => modulo(time.nanos, of) / unit;
const fromDate = (read: (date: Date) => number) => (time: Instant) => BigInt(read(dateOf(time)));

function dayOfYear(date: Date): number {
  return Math.round((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / 86_400_000) + 1;
}

export const timestampMethods: Signatures = signatures({
  date: signature([], 'timestamp', (time: Instant) => new Instant(dayOf(time) * DAY)),
  day: signature(
    [],
    'int',
    fromDate(date => date.getUTCDate()),
  ),
  // From Monday, 1, to Sunday, 7.
  dayOfWeek: signature(
    [],
    'int',
    fromDate(date => date.getUTCDay() || 7),
  ),
  dayOfYear: signature([], 'int', fromDate(dayOfYear)),
  hours: signature([], 'int', part(DAY, 3600n * SECOND)),
  minutes: signature([], 'int', part(3600n * SECOND, 60n * SECOND)),
  month: signature(
    [],
    'int',
    fromDate(date => date.getUTCMonth() + 1),
  ),
  nanos: signature([], 'int', part(SECOND, 1n)),
  seconds: signature([], 'int', part(60n * SECOND, SECOND)),
  time: signature([], 'duration', (time: Instant) => new Duration(modulo(time.nanos, DAY))),
  toMillis: signature([], 'int', ({ nanos }: Instant) => (nanos - modulo(nanos, MILLISECOND)) / MILLISECOND),
  year: signature(
    [],
    'int',
    fromDate(date => date.getUTCFullYear()),
  ),
});

export const durationMethods: Signatures = signatures({
  nanos: signature([], 'int', ({ nanos }: Duration) => nanos % SECOND),
  seconds: signature([], 'int', ({ nanos }: Duration) => nanos / SECOND),
});

function durationValue(amount: bigint, unit: string): Duration {
  const nanos = UNITS.get(unit);
  if (nanos === undefined)
    throw new EvaluationError(`"${unit}" is no unit of time; there are ${[...UNITS.keys()].join(', ')}`);
  return new Duration(amount * nanos);
}

function durationTime(hours: bigint, minutes: bigint, seconds: bigint, nanos: bigint): Duration {
  return new Duration((hours * 3600n + minutes * 60n + seconds) * SECOND + nanos);
}

function timestampDate(year: bigint, month: bigint, day: bigint): Instant {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day))
    throw new EvaluationError(`${year}-${month}-${day} is no date`);
  return new Instant(BigInt(date.getTime()) * MILLISECOND);
}

export const durationFunctions: Signatures = signatures({
  abs: signature(
    ['duration'],
    'duration',
    ({ nanos }: Duration) => new Duration(nanos < 0n ? -nanos : nanos),
  ),
  time: signature(['int', 'int', 'int', 'int'], 'duration', durationTime),
  value: signature(['int', 'string'], 'duration', durationValue),
});

export const timestampFunctions: Signatures = signatures({
  date: signature(['int', 'int', 'int'], 'timestamp', timestampDate),
  value: signature(['int'], 'timestamp', (millis: bigint) => new Instant(millis * MILLISECOND)),
});
