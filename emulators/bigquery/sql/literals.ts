import { literal as quoted } from '../duckdb-types.ts';
import { formatDecimal, parseDecimal } from '../values/decimals.ts';
import { normalizeJson } from '../values/json-text.ts';
import { formatDate, SQL_TIMES } from '../values/times.ts';
import type { LiteralType } from './ast.ts';
import { scalar, type Type } from './data-types.ts';
import { refuse, unsupported } from './errors.ts';
import { constant, type Value } from './value.ts';

const MOST = 2n ** 63n;

/** How each type's literal is written for DuckDB; undefined where the text is none. */
const WRITERS: Readonly<
  Record<Exclude<LiteralType, 'NULL'>, (text: string, zone: string) => string | undefined>
> = {
  BOOL: text => text,
  INT64: text => {
    const negative = text.startsWith('-');
    const size = BigInt(negative ? text.slice(1) : text);
    if (size > (negative ? MOST : MOST - 1n)) return undefined;
    return negative ? `(-${size})::BIGINT` : `${size}::BIGINT`;
  },
  FLOAT64: text => (Number.isFinite(Number(text)) ? `'${text}'::DOUBLE` : undefined),
  NUMERIC: text => {
    const value = parseDecimal(text.trim(), 9);
    return value === undefined ? undefined : `'${formatDecimal(value, 9)}'::DECIMAL(38,9)`;
  },
  BIGNUMERIC: () => undefined,
  // DuckDB reads a statement up to its first NUL.
  STRING: text =>
    text.includes('\0') ? `(${text.split('\0').map(quoted).join(' || chr(0) || ')})` : quoted(text),
  BYTES: text =>
    `'${[...text].map(byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`).join('')}'::BLOB`,
  DATE: text => {
    const day = SQL_TIMES.parseDate(text);
    return day === undefined ? undefined : `DATE '${formatDate(day)}'`;
  },
  DATETIME: text => {
    const micros = SQL_TIMES.parseDatetime(text);
    return micros === undefined ? undefined : `TIMESTAMP '${SQL_TIMES.formatDatetime(micros)}'`;
  },
  TIME: text => {
    const micros = SQL_TIMES.parseTime(text);
    return micros === undefined ? undefined : `TIME '${SQL_TIMES.formatTime(micros)}'`;
  },
  TIMESTAMP: (text, zone) => {
    const micros = SQL_TIMES.parseTimestamp(text, zone);
    return micros === undefined ? undefined : `TIMESTAMPTZ '${SQL_TIMES.formatDatetime(micros)}+00'`;
  },
  JSON: text => {
    try {
      return `${quoted(normalizeJson(text))}::JSON`;
    } catch {
      return undefined;
    }
  },
};

/** What BigQuery says of a literal that is none of its type. */
const PROBLEMS: Readonly<Partial<Record<LiteralType, string>>> = {
  INT64: 'Invalid integer literal: ',
  FLOAT64: 'Invalid floating point literal: ',
};

/** A literal of a statement, or a parameter's value. */
export function literalValue(at: number, type: LiteralType, text: string, zone: string): Value {
  const literal = { type, value: text };
  if (type === 'NULL') return constant(at, scalar('INT64'), 'NULL', { literal });
  if (type === 'BIGNUMERIC') unsupported(at, 'A literal of type BIGNUMERIC');
  const sql = WRITERS[type](text, zone);
  if (sql === undefined)
    refuse(
      at,
      `${PROBLEMS[type] ?? `Invalid ${type} literal: `}${PROBLEMS[type] ? text : JSON.stringify(text)}`,
    );
  return constant(at, scalar(type), sql!, { literal });
}

/** A literal of one type as one of another; undefined where it does not become that type. */
export function literalAs(value: Value, type: Type, zone: string): Value | undefined {
  const { literal, at } = value;
  if (!literal || !COERCIBLE[literal.type]?.includes(type.kind as LiteralType)) return undefined;
  const target = type.kind as Exclude<LiteralType, 'NULL'>;
  const text =
    literal.type === 'INT64'
      ? String(BigInt(literal.value.replace(/^-/, '')) * (literal.value.startsWith('-') ? -1n : 1n))
      : literal.value;
  if (type.kind === 'BIGNUMERIC') return undefined;
  const sql = WRITERS[target](text, zone);
  if (sql === undefined && literal.type !== 'STRING') return undefined;
  if (sql === undefined) refuse(at, `Could not cast literal ${JSON.stringify(text)} to type ${type.kind}`);
  return constant(at, type, sql!, { literal: { type: target, value: text } });
}

/** Which types a literal takes on without a CAST. (Reference: literal coercion.) */
const COERCIBLE: Readonly<Partial<Record<LiteralType, readonly LiteralType[]>>> = {
  INT64: ['NUMERIC', 'FLOAT64'],
  FLOAT64: ['NUMERIC'],
  STRING: ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP'],
};
