/** Dates and times as text, in the two ways that BigQuery reads and writes them: {@link ROW_TIMES} and {@link SQL_TIMES}. */

import { DAY, daysOf, floorDivide, isInstant, secondsOf } from './calendar.ts';
import { fixedOffset, formatOffset, offsetAt, toInstant } from './zones.ts';

/** Readers give undefined for text that is none. Dates are days since 1970, the others microseconds since then or since midnight. */
export interface TimeDialect {
  readonly parseDate: (text: string) => number | undefined;
  readonly parseTime: (text: string) => bigint | undefined;
  readonly parseDatetime: (text: string) => bigint | undefined;
  /** @param zone of text that names none; UTC by default */
  readonly parseTimestamp: (text: string, zone?: string) => bigint | undefined;
  readonly formatTime: (time: bigint) => string;
  readonly formatDatetime: (micros: bigint) => string;
}

/** Regular expressions for the parts of a text, and what stands between them where it is written. */
interface Grammar {
  /** Around all of it. */
  readonly space: string;
  readonly year: string;
  /** With groups for hour, minute, second and fraction. */
  readonly clock: string;
  /** With one group. */
  readonly zone: string;
  readonly separator: 'T' | ' ';
  /** Whether milliseconds are written with three digits. */
  readonly short: boolean;
}

/** Rows of the API and of files. Zones have no names there but UTC. */
export const ROW_TIMES = dialect({
  space: '',
  year: String.raw`\d{4}`,
  // A client may write nanoseconds: they have to be zero, since microseconds are all that is kept.
  clock: String.raw`(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})0{0,3})?)?`,
  zone: String.raw`(?: ?([Zz]|UTC|[+-]\d{1,2}(?::?\d{2})?))?`,
  separator: 'T',
  short: false,
});

/** Literals and casts of GoogleSQL ({@link https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type}). */
export const SQL_TIMES = dialect({
  space: String.raw`\s*`,
  year: String.raw`\d{1,4}`,
  clock: String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,6}))?`,
  zone: String.raw`([Zz]|[+-]\d{1,2}(?::\d{2})?| \S+)?`,
  separator: ' ',
  short: true,
});

type Parts = readonly (string | undefined)[];

function dialect({ space, year, clock, zone, separator, short }: Grammar): TimeDialect {
  const whole = (pattern: string): RegExp => new RegExp(`^${space}${pattern}${space}$`);
  const date = String.raw`(${year})-(\d{1,2})-(\d{1,2})`;
  const civil = `${date}(?:[Tt ]${clock})?`;
  const [dateOnly, timeOnly, datetime, timestamp] = [date, clock, civil, `${civil}${zone}`].map(whole);
  const formatTime = (time: bigint): string => timeText(time, short);
  return {
    parseDate: text => {
      const parts = dateOnly!.exec(text);
      return parts ? dayOf(parts) : undefined;
    },
    parseTime: text => {
      const [match, ...parts] = timeOnly!.exec(text) ?? [];
      const seconds = match === undefined ? undefined : clockOf(parts);
      return seconds === undefined ? undefined : microsOf(seconds, parts[3]);
    },
    parseDatetime: text => {
      const parts = datetime!.exec(text);
      return parts ? civilMicros(parts, 0) : undefined;
    },
    parseTimestamp: (text, fallback = 'UTC') => {
      const parts = timestamp!.exec(text);
      const instant = parts ? instantOf(parts, fallback) : undefined;
      return instant !== undefined && isInstant(instant) ? instant : undefined;
    },
    formatTime,
    formatDatetime: micros => {
      const day = floorDivide(micros, DAY);
      return `${formatDate(Number(day))}${separator}${formatTime(micros - day * DAY)}`;
    },
  };
}

const dayOf = (parts: Parts): number | undefined =>
  daysOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));

const clockOf = ([hour = '0', minute = '0', second = '0']: Parts): number | undefined =>
  secondsOf(Number(hour), Number(minute), Number(second));

/** @param offset seconds that the clock is ahead of UTC */
function civilMicros(parts: Parts, offset: number): bigint | undefined {
  const day = dayOf(parts);
  const time = clockOf(parts.slice(4, 7));
  return day === undefined || time === undefined
    ? undefined
    : microsOf(day * 86_400 + time - offset, parts[7]);
}

function instantOf(parts: Parts, fallback: string): bigint | undefined {
  const named = parts[8] ?? fallback;
  const zone = /^z$/i.test(named) ? 'UTC' : named.trimStart();
  const offset = fixedOffset(zone);
  if (offset !== undefined) return civilMicros(parts, offset);
  const local = civilMicros(parts, 0);
  return local === undefined ? undefined : toInstant(local, zone);
}

/** Microseconds of so many seconds and a fraction, without a detour over large numbers where a double holds them. */
function microsOf(seconds: number, fraction = ''): bigint {
  const rest = Number(fraction.padEnd(6, '0'));
  const total = seconds * 1_000_000 + rest;
  return Number.isSafeInteger(total) ? BigInt(total) : BigInt(seconds) * 1_000_000n + BigInt(rest);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `YYYY-MM-DD` */
export function formatDate(day: number): string {
  const date = new Date(day * 86_400_000);
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

/** `HH:MM:SS`, with six digits of a second where there are any, or three if these are enough and wanted. */
function timeText(time: bigint, short: boolean): string {
  const seconds = Number(time / 1_000_000n);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = String(time % 1_000_000n).padStart(6, '0');
  if (fraction === '000000') return clock;
  return `${clock}.${short && fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}`;
}

/** `YYYY-MM-DD HH:MM:SS[.SSS[SSS]]+00`, as clocks of that zone show it; undefined where there is no such zone. */
export function formatTimestamp(micros: bigint, zone: string): string | undefined {
  const offset = offsetAt(micros, zone);
  return offset === undefined
    ? undefined
    : `${SQL_TIMES.formatDatetime(micros + offset)}${formatOffset(offset)}`;
}
