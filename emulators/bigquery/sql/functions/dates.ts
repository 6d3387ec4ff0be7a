import { literal } from '../../duckdb-types.ts';
import { isZone } from '../../values/zones.ts';
import type { Expression } from '../ast.ts';
import { partOf } from '../call.ts';
import { coerce } from '../coerce.ts';
import type { Context } from '../context.ts';
import { DATE, DATETIME, duckdbTypeOf, INT64, STRING, TIME, type Type, typeName } from '../data-types.ts';
import { refuse } from '../errors.ts';
import { lower } from '../expression.ts';
import type { Argument } from '../overloads.ts';
import { combine, type Value } from '../value.ts';
import { letIn } from '../write.ts';
import { MICROS, PARTS, weekStart } from './parts.ts';
import type { Writer } from './writers.ts';

const EPOCH = `DATE '1970-01-01'`;
const daysOf = (sql: string): string => `date_diff('day', ${EPOCH}, ${sql})`;
const dateOf = (days: string): string => `(${EPOCH} + CAST(${days} AS INTEGER))`;

/** What the clocks of a zone show at a TIMESTAMP: a DATETIME. */
export function localTime(sql: string, zone: Value | undefined, fallback: string): string {
  const name = zone ? zone.literal?.value : fallback;
  if (name === undefined) return `make_timestamp(bq_to_local(epoch_us(${sql}), ${zone!.sql}))`;
  if (!isZone(name)) refuse(zone?.at ?? 0, `Invalid time zone: ${name}`);
  return isNamed(name)
    ? `timezone(${literal(name)}, ${sql})`
    : `make_timestamp(bq_to_local(epoch_us(${sql}), ${literal(name)}))`;
}

/** The TIMESTAMP when the clocks of a zone show a DATETIME. */
export function instantOf(sql: string, zone: Value | undefined, fallback: string): string {
  const name = zone ? zone.literal?.value : fallback;
  if (name === 'UTC') return `timezone('UTC', ${sql})`;
  if (name !== undefined && !isZone(name)) refuse(zone?.at ?? 0, `Invalid time zone: ${name}`);
  return `make_timestamptz(bq_to_instant(epoch_us(${sql}), ${zone ? zone.sql : literal(fallback)}))`;
}

/** DuckDB has no offsets as zones. */
const isNamed = (zone: string): boolean => /^[A-Za-z]+(?:\/[A-Za-z_/+-]+)?$/.test(zone);

const EXTRACTS: Readonly<Record<string, string>> = {
  MICROSECOND: '(microsecond($) % 1000000)',
  MILLISECOND: '(millisecond($) % 1000)',
  SECOND: 'second($)',
  MINUTE: 'minute($)',
  HOUR: 'hour($)',
  DAYOFWEEK: '(dayofweek($) + 1)',
  DAY: 'day($)',
  DAYOFYEAR: 'dayofyear($)',
  ISOWEEK: 'weekofyear($)',
  MONTH: 'month($)',
  QUARTER: 'quarter($)',
  YEAR: 'year($)',
  ISOYEAR: 'isoyear($)',
};
const CLOCK = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
const WHOLES: Readonly<Record<string, Type>> = { DATE, TIME, DATETIME };

/** EXTRACT(part FROM value AT TIME ZONE zone). Throws Refusal. */
export function lowerExtract(
  { at, part: written, of, zone: zoned }: Extract<Expression, { kind: 'extract' }>,
  context: Context,
): Value {
  const part = partOf(written);
  const value = lower(of, context);
  const zone =
    zoned &&
    (coerce(lower(zoned, context), STRING) ?? refuse(zoned.at, 'AT TIME ZONE must be of type STRING'));
  const { kind } = value.type;
  if (!['DATE', 'DATETIME', 'TIME', 'TIMESTAMP'].includes(kind))
    refuse(at, `EXTRACT does not support arguments of type ${typeName(value.type)}`);
  if (zone && kind !== 'TIMESTAMP')
    refuse(zone.at, 'EXTRACT from a value of type other than TIMESTAMP does not support AT TIME ZONE');
  const known =
    part !== undefined &&
    (EXTRACTS[part] !== undefined || weekStart(part) !== undefined || WHOLES[part] !== undefined);
  if (!known)
    refuse(written.at, `A valid date part name is required${part === undefined ? '' : ` but found ${part}`}`);
  const fits =
    kind === 'TIME'
      ? CLOCK.includes(part)
      : kind === 'DATE'
        ? !CLOCK.includes(part) && WHOLES[part] === undefined
        : part !== 'DATETIME' || kind === 'TIMESTAMP';
  if (!fits) refuse(written.at, `EXTRACT from ${kind} does not support the ${part} date part`);
  const civil = kind === 'TIMESTAMP' ? localTime(value.sql, zone, context.translation.zone) : value.sql;
  const parts = [value, ...(zone ? [zone] : [])];
  const whole = WHOLES[part!];
  if (whole) return combine(at, whole, `CAST(${civil} AS ${duckdbTypeOf(whole)})`, parts);
  return letIn(
    [combine(value.at, value.type, civil, parts, { simple: value.simple && kind !== 'TIMESTAMP' })],
    ([bound]) => {
      const start = part === 'ISOWEEK' ? undefined : weekStart(part!);
      // Days before the first such weekday of the year are in week 0.
      const sql =
        start === undefined
          ? EXTRACTS[part!]!.replace('$', () => bound!.sql)
          : `((dayofyear(${bound!.sql}) + 6 - (dayofweek(${bound!.sql}) - ${start} + 7) % 7) // 7)`;
      return combine(at, INT64, `CAST(${sql} AS BIGINT)`, [bound!]);
    },
  );
}

/** Refuses a part that the function does not take. */
function checkedPart({ part = '', at }: Argument, list: string, name: string): string {
  if (PARTS[list]!.includes(part)) return part;
  const known = Object.values(PARTS).some(parts => parts.includes(part));
  return refuse(
    at,
    known
      ? `${name} does not support the ${part} date part`
      : `A valid date part name is required but found ${part}`,
  );
}

/** The begin of the part that a DATE or DATETIME lies in, as a DATETIME (a date for parts from DAY on, when one is given). */
function truncated(sql: string, part: string): string {
  if (part === 'MICROSECOND') return sql;
  if (part === 'ISOYEAR') return `date_trunc('week', make_date(isoyear(${sql}), 1, 4))`;
  const start = weekStart(part);
  if (start === undefined) return `date_trunc('${part.toLowerCase()}', ${sql})`;
  return `(CAST(date_trunc('day', ${sql}) AS TIMESTAMP) - to_days(CAST((dayofweek(${sql}) - ${start} + 7) % 7 AS INTEGER)))`;
}

const bound = (
  values: readonly Value[],
  write: (sql: readonly string[]) => Pick<Value, 'type' | 'sql'>,
  at: number,
): Value =>
  letIn(values, simple => {
    const { type, sql } = write(simple.map(each => each.sql));
    return combine(at, type, sql, simple);
  });

const listFor = (type: Type): string => `${type.kind.toLowerCase()}_part`;

export const DATE_WRITERS: Readonly<Record<string, Writer>> = {
  now: ({ at, name, args, type, context }) => {
    const { scope, zone: fallback } = context.translation;
    const now = `TIMESTAMPTZ '${scope.now.toISOString().replace('T', ' ').replace('Z', '+00')}'`;
    const zone = args[0]?.value;
    if (name === 'CURRENT_TIMESTAMP') return combine(at, type, now, [], { simple: true });
    return combine(
      at,
      type,
      `CAST(${localTime(now, zone, fallback)} AS ${duckdbTypeOf(type)})`,
      zone ? [zone] : [],
    );
  },
  civil: ({ at, args, type, context }) => {
    const [value, zone] = args.map(arg => arg.value);
    const sql = `CAST(${localTime(value!.sql, zone, context.translation.zone)} AS ${duckdbTypeOf(type)})`;
    return combine(at, type, sql, [value!, ...(zone ? [zone] : [])]);
  },
  timestampOfText: ({ at, args, type, context }) => {
    const [text, zone] = args.map(arg => arg.value);
    const sql = `make_timestamptz(bq_parse_timestamp(${text!.sql}, ${zone?.sql ?? literal(context.translation.zone)}))`;
    return combine(at, type, sql, [text!, ...(zone ? [zone] : [])]);
  },
  timestampOfCivil: ({ at, args, type, context }) => {
    const [value, zone] = args.map(arg => arg.value);
    return combine(at, type, instantOf(`CAST(${value!.sql} AS TIMESTAMP)`, zone, context.translation.zone), [
      value!,
      ...(zone ? [zone] : []),
    ]);
  },
  timestampText: ({ at, args, type, context }) => {
    const [value, zone] = args.map(arg => arg.value);
    const sql = `bq_timestamp_string(epoch_us(${value!.sql}), ${zone?.sql ?? literal(context.translation.zone)})`;
    return combine(at, type, sql, [value!, ...(zone ? [zone] : [])]);
  },
  truncate: ({ at, name, args, type, context }) => {
    const part = checkedPart(args[1]!, listFor(type), name);
    const value = args[0]!.value!;
    const zone = args[2]?.value;
    if (type.kind === 'TIMESTAMP') {
      const local = combine(at, DATETIME, localTime(value.sql, zone, context.translation.zone), [
        value,
        ...(zone ? [zone] : []),
      ]);
      return letIn([local], ([civil]) => {
        const begin = `CAST(${truncated(civil!.sql, part)} AS TIMESTAMP)`;
        return combine(at, type, instantOf(begin, zone, context.translation.zone), [civil!]);
      });
    }
    if (type.kind === 'TIME') {
      const unit = MICROS[part]!;
      return bound(
        [value],
        ([time]) => ({
          type,
          sql: `(TIME '00:00:00' + to_microseconds(epoch_us(${time}) // ${unit} * ${unit}))`,
        }),
        at,
      );
    }
    return bound(
      [value],
      ([civil]) => ({ type, sql: `CAST(${truncated(civil!, part)} AS ${duckdbTypeOf(type)})` }),
      at,
    );
  },
  difference: ({ at, name, args }) => {
    const [a, b] = args.map(arg => arg.value!);
    const part = checkedPart(args[2]!, listFor(a!.type), name);
    return bound(
      [a!, b!],
      ([later, earlier]) => {
        if (weekStart(part) !== undefined)
          return {
            type: INT64,
            sql: `(date_diff('day', ${truncated(earlier!, part)}, ${truncated(later!, part)}) // 7)`,
          };
        if (part === 'ISOYEAR')
          return { type: INT64, sql: `CAST(isoyear(${later}) - isoyear(${earlier}) AS BIGINT)` };
        return { type: INT64, sql: `date_diff('${part.toLowerCase()}', ${earlier}, ${later})` };
      },
      at,
    );
  },
  elapsed: ({ at, name, args }) => {
    const [later, earlier] = args.map(arg => arg.value!);
    const part = checkedPart(args[2]!, 'elapsed_part', name);
    return combine(at, INT64, `((epoch_us(${later!.sql}) - epoch_us(${earlier!.sql})) // ${MICROS[part]})`, [
      later!,
      earlier!,
    ]);
  },
  shift: ({ at, name, args, type, safe }) => {
    const [value, count] = args.map(arg => arg.value!);
    const part = checkedPart(args[1]!, `shift ${type.kind}`, name);
    const many = name.endsWith('_SUB') ? `(- ${count!.sql})` : count!.sql;
    const wrap = (sql: string): string => (safe ? `try(${sql})` : sql);
    const sql = shifted(value!.sql, type, many, part, wrap);
    return combine(at, type, sql, [value!, count!]);
  },
  lastDay: ({ at, name, args, type }) => {
    const part = args[1] ? checkedPart(args[1], 'date_part', name) : 'MONTH';
    if (part === 'ISOYEAR' || part === 'DAY')
      refuse(args[1]!.at, `${name} does not support the ${part} date part`);
    const unit = weekStart(part) === undefined ? part : 'WEEK';
    return bound(
      [args[0]!.value!],
      ([value]) => {
        const begin = daysOf(`CAST(${truncated(value!, part)} AS DATE)`);
        return { type, sql: dateOf(`bq_date_add(${begin}, 1, '${unit}') - 1`) };
      },
      at,
    );
  },
  formatTime: ({ at, args, type, context }) => {
    const [format, value, zone] = args.map(arg => arg.value);
    const { kind } = value!.type;
    const micros = kind === 'DATE' ? `epoch_us(CAST(${value!.sql} AS TIMESTAMP))` : `epoch_us(${value!.sql})`;
    const sql = `bq_format_with('${kind}', ${format!.sql}, ${micros}, ${zone?.sql ?? literal(context.translation.zone)})`;
    return combine(at, type, sql, [format!, value!, ...(zone ? [zone] : [])]);
  },
  parseTimestamp: ({ at, args, type, safe, context }) => {
    const [format, text, zone] = args.map(arg => arg.value);
    const sql = `make_timestamptz(bq_parse_with('TIMESTAMP', ${format!.sql}, ${text!.sql}, ${zone?.sql ?? literal(context.translation.zone)}))`;
    return combine(at, type, safe ? `try(${sql})` : sql, [format!, text!, ...(zone ? [zone] : [])]);
  },
};

function shifted(
  sql: string,
  type: Type,
  count: string,
  part: string,
  wrap: (sql: string) => string,
): string {
  if (type.kind === 'DATE') return dateOf(wrap(`bq_date_add(${daysOf(sql)}, ${count}, '${part}')`));
  if (type.kind === 'TIME')
    return `(TIME '00:00:00' + to_microseconds(bq_time_add(epoch_us(${sql}), ${count}, '${part}')))`;
  const micros = wrap(`bq_datetime_add(epoch_us(${sql}), ${count}, '${part}')`);
  return type.kind === 'DATETIME' ? `make_timestamp(${micros})` : `make_timestamptz(${micros})`;
}
