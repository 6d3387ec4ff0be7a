import { DAY, floorDivide } from '../../values/calendar.ts';
import { formatDate } from '../../values/times.ts';
import { formatOffset } from '../../values/zones.ts';

/** The fields of a moment as clocks and calendars show it. */
export interface Moment {
  /** Since 1970, in the zone's own time. */
  readonly local: bigint;
  readonly instant: bigint;
  readonly offset: bigint;
  readonly zone: string;
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const pad = (value: number | bigint, width = 2, fill = '0'): string => String(value).padStart(width, fill);
const dateOf = ({ local }: Moment): Date => new Date(Number(floorDivide(local, DAY)) * 86_400_000);
const secondsOf = ({ local }: Moment): number => Number((local - floorDivide(local, DAY) * DAY) / 1_000_000n);
const microsOf = ({ local }: Moment): bigint => local - floorDivide(local, 1_000_000n) * 1_000_000n;
const hour = (moment: Moment): number => Math.floor(secondsOf(moment) / 3600);
const hour12 = (moment: Moment): number => ((hour(moment) + 11) % 12) + 1;
const dayOfYear = (date: Date): number => {
  const first = new Date(date);
  first.setUTCMonth(0, 1);
  return (date.getTime() - first.getTime()) / 86_400_000;
};

/** Year and week by ISO 8601: the week with the year's first Thursday is its first. */
function isoWeek(date: Date): { year: number; week: number; day: number } {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * 86_400_000);
  const week = Math.floor(dayOfYear(thursday) / 7) + 1;
  return { year: thursday.getUTCFullYear(), week, day: (week - 1) * 7 + ((date.getUTCDay() + 6) % 7) + 1 };
}

/** The week of the year whose weeks begin on `start`; days before the first such day are in week 0. */
const week = (date: Date, start: number): number =>
  Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() - start + 7) % 7)) / 7);

const colonless = (offset: bigint): string => {
  const text = formatOffset(offset).replace(':', '');
  return text.length === 3 ? `${text}00` : text;
};

/** What a zone is called: `UTC`, or how far it is from it. */
function zoneName({ offset }: Moment): string {
  if (offset === 0n) return 'UTC';
  const text = formatOffset(offset);
  return `UTC${text.replace(/^([+-])0/, '$1')}`;
}

type Element = (moment: Moment) => string;

const CALENDAR: Readonly<Record<string, Element>> = {
  A: moment => DAYS[dateOf(moment).getUTCDay()]!,
  a: moment => DAYS[dateOf(moment).getUTCDay()]!.slice(0, 3),
  B: moment => MONTHS[dateOf(moment).getUTCMonth()]!,
  b: moment => MONTHS[dateOf(moment).getUTCMonth()]!.slice(0, 3),
  h: moment => MONTHS[dateOf(moment).getUTCMonth()]!.slice(0, 3),
  C: moment => pad(Math.floor(dateOf(moment).getUTCFullYear() / 100)),
  d: moment => pad(dateOf(moment).getUTCDate()),
  e: moment => pad(dateOf(moment).getUTCDate(), 2, ' '),
  F: moment => formatDate(Number(floorDivide(moment.local, DAY))),
  G: moment => String(isoWeek(dateOf(moment)).year),
  g: moment => pad(isoWeek(dateOf(moment)).year % 100),
  J: moment => pad(isoWeek(dateOf(moment)).day, 3),
  j: moment => pad(dayOfYear(dateOf(moment)) + 1, 3),
  m: moment => pad(dateOf(moment).getUTCMonth() + 1),
  Q: moment => String(Math.floor(dateOf(moment).getUTCMonth() / 3) + 1),
  U: moment => pad(week(dateOf(moment), 0)),
  u: moment => String(((dateOf(moment).getUTCDay() + 6) % 7) + 1),
  V: moment => pad(isoWeek(dateOf(moment)).week),
  W: moment => pad(week(dateOf(moment), 1)),
  w: moment => String(dateOf(moment).getUTCDay()),
  Y: moment => String(dateOf(moment).getUTCFullYear()),
  E4Y: moment => pad(dateOf(moment).getUTCFullYear(), 4),
  y: moment => pad(dateOf(moment).getUTCFullYear() % 100),
};

const fraction = (moment: Moment, digits: number): string => {
  const seconds = pad(secondsOf(moment) % 60);
  const text = pad(microsOf(moment), 6).slice(0, digits);
  return digits === 0 ? seconds : `${seconds}.${text.padEnd(digits, '0')}`;
};

const CLOCK: Readonly<Record<string, Element>> = {
  H: moment => pad(hour(moment)),
  I: moment => pad(hour12(moment)),
  k: moment => pad(hour(moment), 2, ' '),
  l: moment => pad(hour12(moment), 2, ' '),
  M: moment => pad(Math.floor(secondsOf(moment) / 60) % 60),
  P: moment => (hour(moment) < 12 ? 'am' : 'pm'),
  p: moment => (hour(moment) < 12 ? 'AM' : 'PM'),
  S: moment => pad(secondsOf(moment) % 60),
  ...Object.fromEntries(
    Array.from({ length: 10 }, (_, digits) => [`E${digits}S`, (moment: Moment) => fraction(moment, digits)]),
  ),
  'E*S': moment => (microsOf(moment) === 0n ? fraction(moment, 0) : fraction(moment, 6).replace(/0+$/, '')),
};

const ZONE: Readonly<Record<string, Element>> = {
  s: ({ instant }) => String(floorDivide(instant, 1_000_000n)),
  Z: zoneName,
  z: ({ offset }) => colonless(offset),
  Ez: ({ offset }) => colonless(offset).replace(/(\d{2})$/, ':$1'),
};

const PLAIN: Readonly<Record<string, Element>> = { '%': () => '%', n: () => '\n', t: () => '\t' };

/** Elements that stand for several: of dates, of clocks, of both. */
const MACROS: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
};

export const ELEMENT = /%(E[0-9*]S|E4Y|Ez|.)/gs;

/** Which elements a type has. */
const KINDS: Readonly<Record<string, Readonly<Record<string, Element>>>> = {
  DATE: { ...CALENDAR, ...PLAIN },
  TIME: { ...CLOCK, ...PLAIN },
  DATETIME: { ...CALENDAR, ...CLOCK, ...PLAIN },
  TIMESTAMP: { ...CALENDAR, ...CLOCK, ...ZONE, ...PLAIN },
};

/** `%T` and its like written out. */
export const expandMacros = (format: string): string =>
  format.replace(ELEMENT, (whole, name: string) => MACROS[name] ?? whole);

/** @throws Error for an element that the type does not have */
export function formatMoment(kind: string, format: string, moment: Moment): string {
  const known = KINDS[kind]!;
  return expandMacros(format).replace(ELEMENT, (whole, name: string) => {
    const element = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!element)
      throw new Error(`The format element ${whole} is not supported for ${kind} by the BigQuery emulator`);
    return element(moment);
  });
}
