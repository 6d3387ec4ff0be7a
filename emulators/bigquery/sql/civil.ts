/** Dates and times of the proleptic Gregorian calendar as GoogleSQL reads and writes them; days and microseconds since 1970. */

export const DAY = 86_400_000_000n;
/** 0001-01-01 and 9999-12-31. */
export const FIRST_DAY = -719_162;
export const LAST_DAY = 2_932_896;

const DATE = String.raw`(\d{1,4})-(\d{1,2})-(\d{1,2})`;
const CLOCK = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,6}))?`;
const DATE_ONLY = new RegExp(`^${DATE}$`);
const TIME_ONLY = new RegExp(`^${CLOCK}$`);
const CIVIL = new RegExp(`^${DATE}(?:[Tt ]${CLOCK})?$`);
const INSTANT = new RegExp(
  String.raw`^${DATE}(?:[Tt ]${CLOCK})?(?:([Zz])|([+-]\d{1,2}(?::\d{2})?)| (\S+))?$`,
);

type Parts = readonly (string | undefined)[];

/** Days since 1970-01-01; undefined where there is no such day between the years 1 and 9999. */
export function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return undefined;
  const count = date.getTime() / 86_400_000;
  return count >= FIRST_DAY && count <= LAST_DAY ? count : undefined;
}

/** Microseconds since midnight. */
export function microsOf(hour: number, minute: number, second: number, micros = 0n): bigint | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n + micros;
}

function clock([hour = '0', minute = '0', second = '0', fraction = '']: Parts): bigint | undefined {
  return microsOf(Number(hour), Number(minute), Number(second), BigInt(fraction.padEnd(6, '0')));
}

function civil(parts: Parts): bigint | undefined {
  const day = daysOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  const time = clock(parts.slice(4, 8));
  return day === undefined || time === undefined ? undefined : BigInt(day) * DAY + time;
}

export function parseDate(text: string): number | undefined {
  const parts = DATE_ONLY.exec(text.trim());
  return parts ? daysOf(Number(parts[1]), Number(parts[2]), Number(parts[3])) : undefined;
}

export function parseTime(text: string): bigint | undefined {
  const parts = TIME_ONLY.exec(text.trim());
  return parts ? clock(parts.slice(1)) : undefined;
}

/** Microseconds since 1970, without a zone. */
export function parseDatetime(text: string): bigint | undefined {
  const parts = CIVIL.exec(text.trim());
  return parts ? civil(parts) : undefined;
}

/** Microseconds since 1970 in UTC; `zone` is for text that names none. */
export function parseTimestamp(text: string, zone: string): bigint | undefined {
  const parts = INSTANT.exec(text.trim());
  const local = parts && civil(parts);
  if (!parts || local === undefined || local === null) return undefined;
  const instant = toInstant(local, parts[8] ? 'UTC' : (parts[9] ?? parts[10] ?? zone));
  return instant !== undefined && isInRange(instant) ? instant : undefined;
}

export const isInRange = (micros: bigint): boolean =>
  micros >= BigInt(FIRST_DAY) * DAY && micros < BigInt(LAST_DAY + 1) * DAY;

/** The instant when clocks of that zone show a civil time; undefined where there is no such zone. */
export function toInstant(local: bigint, zone: string): bigint | undefined {
  const first = offsetAt(local, zone);
  if (first === undefined) return undefined;
  const before = offsetAt(local - DAY - first, zone)!;
  const instant = local - offsetAt(local - first, zone)!;
  // In the gap of a change to summer time both readings fail; the offset before it counts.
  return instant + offsetAt(instant, zone)! === local ? instant : local - before;
}

const OFFSET = /^([+-])(\d{1,2})(?::?(\d{2}))?$/;
const formats = new Map<string, Intl.DateTimeFormat | undefined>();

/** How far a zone's clocks are ahead of UTC at an instant, in microseconds; undefined where there is no such zone. */
export function offsetAt(instant: bigint, zone: string): bigint | undefined {
  if (zone === 'UTC') return 0n;
  const fixed = OFFSET.exec(zone);
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
    if (minutes > 14 * 60 || Number(fixed[3] ?? 0) > 59) return undefined;
    return BigInt(minutes) * 60_000_000n * (fixed[1] === '-' ? -1n : 1n);
  }
  const format = formatOf(zone);
  if (!format) return undefined;
  const seconds = floorDivide(instant, 1_000_000n);
  const parts = Object.fromEntries(
    format.formatToParts(Number(seconds) * 1000).map(({ type, value }) => [type, Number(value)]),
  );
  const date = new Date(0);
  date.setUTCFullYear(parts['year']!, parts['month']! - 1, parts['day']!);
  date.setUTCHours(parts['hour']! % 24, parts['minute']!, parts['second']!);
  return (BigInt(date.getTime() / 1000) - seconds) * 1_000_000n;
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) {
    let format: Intl.DateTimeFormat | undefined;
    try {
      const fields = {
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      } as const;
      format = new Intl.DateTimeFormat('en-US', { ...fields, timeZone: zone, hourCycle: 'h23' });
    } catch {
      format = undefined;
    }
    formats.set(zone, format);
  }
  return formats.get(zone);
}

export const isZone = (zone: string): boolean => offsetAt(0n, zone) !== undefined;

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

const two = (value: number | bigint): string => String(value).padStart(2, '0');

/** `YYYY-MM-DD` */
export function formatDate(day: number): string {
  const date = new Date(day * 86_400_000);
  return `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

/** `HH:MM:SS`, with three or six digits of a second where there are any. */
export function formatTime(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const whole = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = String(micros % 1_000_000n).padStart(6, '0');
  if (fraction === '000000') return whole;
  return `${whole}.${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}`;
}

/** `YYYY-MM-DD HH:MM:SS[.SSS[SSS]]` */
export function formatDatetime(micros: bigint): string {
  const day = floorDivide(micros, DAY);
  return `${formatDate(Number(day))} ${formatTime(micros - day * DAY)}`;
}

/** `YYYY-MM-DD HH:MM:SS[.SSS[SSS]]+00`, as clocks of that zone show it; undefined where there is no such zone. */
export function formatTimestamp(micros: bigint, zone: string): string | undefined {
  const offset = offsetAt(micros, zone);
  return offset === undefined ? undefined : `${formatDatetime(micros + offset)}${formatOffset(offset)}`;
}

/** `+00`, `-03:30` */
export function formatOffset(offset: bigint): string {
  const minutes = (offset < 0n ? -offset : offset) / 60_000_000n;
  const rest = minutes % 60n === 0n ? '' : `:${two(minutes % 60n)}`;
  return `${offset < 0n ? '-' : '+'}${two(minutes / 60n)}${rest}`;
}
