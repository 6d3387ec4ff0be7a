/** Time zones by name (`Europe/Berlin`) or by their distance from UTC (`+02:00`, `-3`). */

import { DAY, floorDivide } from './calendar.ts';

const OFFSET = /^([+-])(\d{1,2})(?::?(\d{2}))?$/;

/** How far a zone's clocks are always ahead of UTC, in seconds; undefined for a zone by name, and where none is that far. */
export function fixedOffset(zone: string): number | undefined {
  if (zone === 'UTC') return 0;
  const [match, sign, hours, minutes = '0'] = OFFSET.exec(zone) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (match === undefined || total > 14 * 60 || Number(minutes) > 59) return undefined;
  return total * (sign === '-' ? -60 : 60);
}

/** How far a zone's clocks are ahead of UTC at an instant, in microseconds; undefined where there is no such zone. */
export function offsetAt(instant: bigint, zone: string): bigint | undefined {
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return BigInt(fixed) * 1_000_000n;
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

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) formats.set(zone, makeFormat(zone));
  return formats.get(zone);
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  // Intl takes offsets that no zone has.
  if (/^[+-]/.test(timeZone)) return undefined;
  const fields = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...fields, timeZone, hourCycle: 'h23' });
  } catch {
    return undefined;
  }
}

export const isZone = (zone: string): boolean => offsetAt(0n, zone) !== undefined;

/** The instant when clocks of that zone show a civil time; undefined where there is no such zone. */
export function toInstant(local: bigint, zone: string): bigint | undefined {
  const first = offsetAt(local, zone);
  if (first === undefined) return undefined;
  const before = offsetAt(local - DAY - first, zone)!;
  const instant = local - offsetAt(local - first, zone)!;
  // In the gap of a change to summer time both readings fail; the offset before it counts.
  return instant + offsetAt(instant, zone)! === local ? instant : local - before;
}

/** `+00`, `-03:30` */
export function formatOffset(offset: bigint): string {
  const two = (value: bigint): string => String(value).padStart(2, '0');
  const minutes = (offset < 0n ? -offset : offset) / 60_000_000n;
  const rest = minutes % 60n === 0n ? '' : `:${two(minutes % 60n)}`;
  return `${offset < 0n ? '-' : '+'}${two(minutes / 60n)}${rest}`;
}
