import { DAY, daysOf, isInstant } from '../../values/calendar.ts';
import { offsetAt, toInstant } from '../../values/zones.ts';
import type { Native } from './native.ts';
import { DAYS, ELEMENT, expandMacros, formatMoment, MONTHS } from './time-elements.ts';

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: bigint;
  afternoon: boolean | undefined;
  twelve: boolean;
  dayOfYear: number | undefined;
  zone: string | undefined;
  instant: bigint | undefined;
}

interface Element {
  readonly pattern: RegExp;
  readonly set: (fields: Fields, text: string) => void;
}

const number = (digits: number, set: (fields: Fields, value: number) => void): Element => ({
  pattern: new RegExp(`\\s*(\\d{1,${digits}})`, 'y'),
  set: (fields, text) => set(fields, Number(text)),
});
const word = (names: readonly string[], set: (fields: Fields, index: number) => void): Element => ({
  // Full names and the first three letters, in any case.
  pattern: new RegExp(`(${[...names, ...names.map(name => name.slice(0, 3))].join('|')})`, 'iy'),
  set: (fields, text) =>
    set(
      fields,
      names.findIndex(name => name.toLowerCase().startsWith(text.slice(0, 3).toLowerCase())),
    ),
});
const month = word(MONTHS, (fields, index) => {
  fields.month = index + 1;
});
const weekday = word(DAYS, () => {});
const half: Element = {
  pattern: /(am|pm)/iy,
  set: (fields, text) => {
    fields.afternoon = text.toLowerCase() === 'pm';
  },
};
const seconds = (digits: string): Element => ({
  pattern: new RegExp(`(\\d{1,2}(?:\\.\\d{${digits}})?)`, 'y'),
  set: (fields, text) => {
    const [whole = '', fraction = ''] = text.split('.');
    fields.second = Number(whole);
    fields.micros = BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  },
});
const offset: Element = {
  pattern: /([+-]\d{1,2}:?\d{2}|Z)/y,
  set: (fields, text) => {
    fields.zone = text === 'Z' ? 'UTC' : text;
  },
};
const twelve = number(2, (fields, value) => {
  fields.hour = value;
  fields.twelve = true;
  if (value < 1 || value > 12) fields.hour = 99;
});
const hour = number(2, (fields, value) => {
  fields.hour = value;
});
const day = number(2, (fields, value) => {
  fields.day = value;
});

const CALENDAR: Readonly<Record<string, Element>> = {
  A: weekday,
  a: weekday,
  B: month,
  b: month,
  h: month,
  d: day,
  e: day,
  j: number(3, (fields, value) => {
    fields.dayOfYear = value;
  }),
  m: number(2, (fields, value) => {
    fields.month = value;
  }),
  Y: number(4, (fields, value) => {
    fields.year = value;
  }),
  E4Y: {
    pattern: /(\d{4})/y,
    set: (fields, text) => {
      fields.year = Number(text);
    },
  },
  y: number(2, (fields, value) => {
    fields.year = value < 69 ? 2000 + value : 1900 + value;
  }),
};
const CLOCK: Readonly<Record<string, Element>> = {
  H: hour,
  k: hour,
  I: twelve,
  l: twelve,
  M: number(2, (fields, value) => {
    fields.minute = value;
  }),
  S: number(2, (fields, value) => {
    fields.second = value;
  }),
  P: half,
  p: half,
  'E*S': seconds('0,'),
  ...Object.fromEntries(
    Array.from({ length: 10 }, (_, digits) => [`E${digits}S`, seconds(`1,${Math.max(digits, 1)}`)]),
  ),
};
const ZONE: Readonly<Record<string, Element>> = {
  z: offset,
  Ez: offset,
  Z: {
    pattern: /([A-Za-z_]+(?:\/[A-Za-z_+-]+)*)/y,
    set: (fields, text) => {
      fields.zone = text;
    },
  },
  s: {
    pattern: /(-?\d{1,12})/y,
    set: (fields, text) => {
      fields.instant = BigInt(text) * 1_000_000n;
    },
  },
};
const KINDS: Readonly<Record<string, Readonly<Record<string, Element>>>> = {
  DATE: CALENDAR,
  TIME: CLOCK,
  DATETIME: { ...CALENDAR, ...CLOCK },
  TIMESTAMP: { ...CALENDAR, ...CLOCK, ...ZONE },
};

/** Microseconds since 1970, or since midnight of a TIME; what the text does not say is that of 1970-01-01 00:00:00. @throws Error */
function parseMoment(kind: string, written: string, text: string, zone: string): bigint {
  const fail = (): never => {
    throw new Error(`Failed to parse input string ${JSON.stringify(text)}`);
  };
  const format = expandMacros(written);
  const fields: Fields = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    micros: 0n,
    afternoon: undefined,
    twelve: false,
    dayOfYear: undefined,
    zone: undefined,
    instant: undefined,
  };
  const skip = (from: number): number => {
    let to = from;
    while (/\s/.test(text[to] ?? '')) to += 1;
    return to;
  };
  let at = skip(0);
  for (let from = 0; from < format.length; ) {
    const character = format[from]!;
    if (character !== '%') {
      if (/\s/.test(character)) at = skip(at);
      else if (text[at] === character) at += 1;
      else fail();
      from += 1;
      continue;
    }
    ELEMENT.lastIndex = from;
    const name = ELEMENT.exec(format)?.[1] ?? fail();
    from = ELEMENT.lastIndex;
    if (name === '%') {
      if (text[at] !== '%') fail();
      at += 1;
    } else if (name === 'n' || name === 't') at = skip(at);
    else {
      const known = KINDS[kind]!;
      const element = Object.hasOwn(known, name) ? known[name] : undefined;
      if (!element)
        throw new Error(
          `The format element %${name} is not supported for parsing a ${kind} by the BigQuery emulator`,
        );
      element.pattern.lastIndex = at;
      const found = element.pattern.exec(text) ?? fail();
      element.set(fields, found[1]!);
      at = element.pattern.lastIndex;
    }
  }
  if (skip(at) < text.length) fail();
  return assemble(kind, fields, zone) ?? fail();
}

function assemble(kind: string, fields: Fields, fallback: string): bigint | undefined {
  if (fields.instant !== undefined) return isInstant(fields.instant) ? fields.instant : undefined;
  const { year, month: months, minute, second, micros, dayOfYear, twelve: half12, afternoon } = fields;
  const hours = half12
    ? (fields.hour % 12) + (fields.hour > 12 ? 99 : 0) + (afternoon ? 12 : 0)
    : fields.hour;
  const days =
    dayOfYear === undefined ? daysOf(year, months, fields.day) : daysOf(year, 1, 1)! + dayOfYear - 1;
  if (
    days === undefined ||
    hours > 23 ||
    minute > 59 ||
    second > 60 ||
    (dayOfYear !== undefined && (dayOfYear < 1 || dayOfYear > 366))
  )
    return undefined;
  const clock = BigInt(hours * 3600 + minute * 60 + second) * 1_000_000n + micros;
  if (kind === 'TIME') return clock < DAY ? clock : undefined;
  const local = BigInt(days) * DAY + clock;
  if (kind !== 'TIMESTAMP') return isInstant(local) ? local : undefined;
  const instant = toInstant(local, fields.zone ?? fallback);
  if (instant === undefined) throw new Error(`Invalid time zone: ${fields.zone ?? fallback}`);
  return isInstant(instant) ? instant : undefined;
}

export const TIME_TEXTS: readonly Native[] = [
  {
    name: 'bq_format_with',
    parameters: ['VARCHAR', 'VARCHAR', 'BIGINT', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (kind: string, format: string, micros: bigint, zone: string) => {
      const offset_ = kind === 'TIMESTAMP' ? offsetAt(micros, zone) : 0n;
      if (offset_ === undefined) throw new Error(`Invalid time zone: ${zone}`);
      return formatMoment(kind, format, { instant: micros, local: micros + offset_, offset: offset_, zone });
    },
  },
  {
    name: 'bq_parse_with',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR', 'VARCHAR'],
    returns: 'BIGINT',
    run: parseMoment,
  },
];
