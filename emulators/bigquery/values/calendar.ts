/** The proleptic Gregorian calendar from the year 1 to 9999, in days and microseconds since 1970. */

/** Microseconds of a day. */
export const DAY = 86_400_000_000n;
/** 0001-01-01 and 9999-12-31, between which every date and time lies. */
export const FIRST_DAY = -719_162;
export const LAST_DAY = 2_932_896;

const FIRST = BigInt(FIRST_DAY) * DAY;
const END = BigInt(LAST_DAY + 1) * DAY;
export const isInstant = (micros: bigint): boolean => micros >= FIRST && micros < END;

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Days since 1970-01-01; undefined where there is no such day. By arithmetic: Date is slower, and has its own mind about years
 * below 100.
 */
export function daysOf(year: number, month: number, day: number): number | undefined {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
  if (year < 1 || year > 9999 || day < 1 || day > last) return undefined;
  // Years that begin in March end with the leap day.
  const from = month > 2 ? year : year - 1;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    365 * from + Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400) + ofYear - 719_468
  );
}

/** Seconds since midnight; undefined where no clock shows that. */
export function secondsOf(hour: number, minute: number, second: number): number | undefined {
  return hour > 23 || minute > 59 || second > 59 ? undefined : (hour * 60 + minute) * 60 + second;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
