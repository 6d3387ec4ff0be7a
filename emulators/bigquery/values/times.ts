/** Civil dates and times of the proleptic Gregorian calendar, in microseconds and days since 1970, as BigQuery reads and writes them. */

const DAY_MICROS = 86_400_000_000n;
/** 0001-01-01 and 9999-12-31, between which every date and time lies. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
/** A client may write nanoseconds: they have to be zero, since microseconds are all that is kept. */
const CLOCK = String.raw`(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})0{0,3})?)?`;
const DATE_ONLY = new RegExp(`^${DATE}$`);
const TIME_ONLY = new RegExp(`^${CLOCK}$`);
const CIVIL = new RegExp(`^${DATE}(?:[Tt ]${CLOCK})?$`);
const INSTANT = new RegExp(String.raw`^${DATE}(?:[Tt ]${CLOCK})?(?: ?([Zz]|UTC|[+-]\d{1,2}(?::?\d{2})?))?$`);

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Days since 1970-01-01; undefined where there is no such day. By arithmetic: Date is slower, and has its own mind about years
 * below 100.
 */
function days(yearText: string, monthText: string, dayText: string): number | undefined {
  const [year, month, day] = [Number(yearText), Number(monthText), Number(dayText)];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
  if (year < 1 || day < 1 || day > last) return undefined;
  // Years that begin in March end with the leap day.
  const from = month > 2 ? year : year - 1;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    365 * from + Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400) + ofYear - 719_468
  );
}

/** Microseconds of so many seconds and a fraction, without a detour over large numbers where a double holds them. */
function microsOf(seconds: number, fraction: string | undefined): bigint {
  const rest = fraction === undefined ? 0 : Number(fraction.padEnd(6, '0'));
  const total = seconds * 1_000_000 + rest;
  return Number.isSafeInteger(total) ? BigInt(total) : BigInt(seconds) * 1_000_000n + BigInt(rest);
}

/** Seconds since midnight; undefined where no clock shows that. */
function secondsOf(hour: string, minute: string, second: string | undefined): number | undefined {
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second ?? 0)];
  return hours > 23 || minutes > 59 || seconds > 59 ? undefined : (hours * 60 + minutes) * 60 + seconds;
}

/** The place of the parts of a clock in what a pattern has found. */
const HOUR = 4;

/** @param offset seconds that the clock is ahead of UTC */
function civilMicros(parts: readonly string[], offset: number): bigint | undefined {
  const day = days(parts[1]!, parts[2]!, parts[3]!);
  const time = parts[HOUR] === undefined ? 0 : secondsOf(parts[HOUR], parts[HOUR + 1]!, parts[HOUR + 2]);
  if (day === undefined || time === undefined) return undefined;
  return microsOf(day * 86_400 + time - offset, parts[HOUR + 3]);
}

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export function parseDate(text: string): number | undefined {
  const parts = DATE_ONLY.exec(text);
  return parts ? days(parts[1]!, parts[2]!, parts[3]!) : undefined;
}

/** Microseconds since midnight of `HH:MM[:SS[.SSSSSS]]`. */
export function parseTime(text: string): bigint | undefined {
  const [match, hour = '', minute = '', second, fraction] = TIME_ONLY.exec(text) ?? [];
  const seconds = match === undefined ? undefined : secondsOf(hour, minute, second);
  return seconds === undefined ? undefined : microsOf(seconds, fraction);
}

/** Microseconds since 1970, without a zone. */
export function parseDatetime(text: string): bigint | undefined {
  const parts = CIVIL.exec(text);
  return parts ? civilMicros(parts, 0) : undefined;
}

/** Microseconds since 1970 in UTC; a time without an offset is UTC. Names of zones other than UTC are not taken. */
export function parseTimestamp(text: string): bigint | undefined {
  const parts = INSTANT.exec(text);
  const offset = parts ? offsetSeconds(parts[8]) : undefined;
  const instant = offset === undefined ? undefined : civilMicros(parts!, offset);
  return instant !== undefined && isInstant(instant) ? instant : undefined;
}

const FIRST = BigInt(FIRST_DAY) * DAY_MICROS;
const END = BigInt(LAST_DAY + 1) * DAY_MICROS;
export const isInstant = (instant: bigint): boolean => instant >= FIRST && instant < END;

function offsetSeconds(zone: string | undefined): number | undefined {
  const sign = zone?.[0];
  if (sign !== '+' && sign !== '-') return 0;
  const [, hours, minutes = '0'] = /^.(\d{1,2}):?(\d{2})?$/.exec(zone!)!;
  const total = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || total > 14 * 60) return undefined;
  return total * (sign === '-' ? -60 : 60);
}

/** `YYYY-MM-DD`. */
export function formatDate(day: number): string {
  const date = new Date(day * 86_400_000);
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

/** `HH:MM:SS`, with six digits of a second where there are any. */
export function formatTime(time: bigint): string {
  const seconds = Number(time / 1_000_000n);
  const fraction = time % 1_000_000n;
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === 0n ? clock : `${clock}.${String(fraction).padStart(6, '0')}`;
}

/** `YYYY-MM-DDTHH:MM:SS[.SSSSSS]`. */
export function formatDatetime(instant: bigint): string {
  const time = ((instant % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  return `${formatDate(Number((instant - time) / DAY_MICROS))}T${formatTime(time)}`;
}

const two = (number: number): string => String(number).padStart(2, '0');
