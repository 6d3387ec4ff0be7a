/** The parts of dates and times, and which function takes which. */
export const WEEKDAYS = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
] as const;
const WEEKS = ['WEEK', ...WEEKDAYS.map(day => `WEEK(${day})`), 'ISOWEEK'];
const CLOCK = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
const CALENDAR = ['DAY', ...WEEKS, 'MONTH', 'QUARTER', 'YEAR', 'ISOYEAR'];

/** By the parameter's name in a signature, or by what is done with the type. */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  date_part: CALENDAR,
  datetime_part: [...CLOCK, ...CALENDAR],
  timestamp_part: [...CLOCK, ...CALENDAR],
  elapsed_part: [...CLOCK, 'DAY'],
  time_part: CLOCK,
  'shift DATE': ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'],
  'shift DATETIME': [...CLOCK, 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'],
  'shift TIMESTAMP': [...CLOCK, 'DAY'],
  'shift TIME': CLOCK,
};

/** Length of the parts that always last the same, in microseconds. */
export const MICROS: Readonly<Record<string, bigint>> = {
  MICROSECOND: 1n,
  MILLISECOND: 1000n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: 86_400_000_000n,
  WEEK: 604_800_000_000n,
};

/** The weekday a week begins on, from 0 for Sunday; undefined for what is no week. */
export function weekStart(part: string): number | undefined {
  if (part === 'WEEK') return 0;
  if (part === 'ISOWEEK') return 1;
  const day = /^WEEK\((.*)\)$/.exec(part)?.[1];
  const index = (WEEKDAYS as readonly (string | undefined)[]).indexOf(day);
  return index === -1 ? undefined : index;
}
