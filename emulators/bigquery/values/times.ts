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

type Parts = readonly (string | undefined)[];

/** Days since 1970-01-01; undefined where there is no such day. */
function days(year: string, month: string, day: string): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  const count = date.getTime() / 86_400_000;
  return count >= FIRST_DAY && count <= LAST_DAY ? count : undefined;
}

/** Microseconds since midnight; undefined where no clock shows that. */
function micros([hour = '0', minute = '0', second = '0', fraction = '']: Parts): bigint | undefined {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

function civilMicros(parts: Parts): bigint | undefined {
  const day = days(parts[1]!, parts[2]!, parts[3]!);
  const time = micros(parts.slice(4, 8));
  return day === undefined || time === undefined ? undefined : BigInt(day) * DAY_MICROS + time;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export function parseDate(text: string): number | undefined {
  const parts = DATE_ONLY.exec(text);
  return parts ? days(parts[1]!, parts[2]!, parts[3]!) : undefined;
}

/** Microseconds since midnight of `HH:MM[:SS[.SSSSSS]]`. */
export function parseTime(text: string): bigint | undefined {
  const parts = TIME_ONLY.exec(text);
  return parts ? micros(parts.slice(1)) : undefined;
}

/** Microseconds since 1970, without a zone. */
export function parseDatetime(text: string): bigint | undefined {
  const parts = CIVIL.exec(text);
  return parts ? civilMicros(parts) : undefined;
}

/** Microseconds since 1970 in UTC; a time without an offset is UTC. Names of zones other than UTC are not taken. */
export function parseTimestamp(text: string): bigint | undefined {
  const parts = INSTANT.exec(text);
  if (!parts) return undefined;
  const local = civilMicros(parts);
  const offset = offsetMicros(parts[8]);
  if (local === undefined || offset === undefined) return undefined;
  const instant = local - offset;
  return isInstant(instant) ? instant : undefined;
}

export const isInstant = (instant: bigint): boolean =>
  instant >= BigInt(FIRST_DAY) * DAY_MICROS && instant < BigInt(LAST_DAY + 1) * DAY_MICROS;

function offsetMicros(zone: string | undefined): bigint | undefined {
  if (zone === undefined || !/[+-]/.test(zone)) return 0n;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone)!;
  const total = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || total > 14 * 60) return undefined;
  return BigInt(total) * 60_000_000n * (sign === '-' ? -1n : 1n);
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
