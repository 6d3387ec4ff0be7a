const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

export const count = (value: number): string => WHOLE.format(value);

/** A measured value, as exact as people read. */
export const measured = (value: number): string =>
  Math.abs(value) >= 1_000_000 ? COMPACT.format(value) : SHORT.format(value);

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
  return `${SHORT.format(Number((value / 1000 ** power).toPrecision(3)))} ${UNITS[power]}`;
}

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const STEPS = [
  [60, 's'],
  [60, 'min'],
  [24, 'h'],
  [365, 'd'],
] as const;

/** How long ago, as of `now`; times ahead, which only clocks can make, are now. */
export function ago(time: number, now: number): string {
  let value = Math.floor((now - time) / 1000);
  if (value < 5) return 'just now';
  for (const [size, unit] of STEPS) {
    if (value < size) return `${value} ${unit} ago`;
    value = Math.floor(value / size);
  }
  return `${value} y ago`;
}

const DAY = 86_400_000;
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const OLD = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** A moment: the time of day when recent, with the date when not, with the year when long ago. */
export function moment(time: number, now: number): string {
  const age = Math.abs(now - time);
  return (age < DAY / 2 ? CLOCK : age < 180 * DAY ? DATE : OLD).format(time);
}
