import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { isObject, type Json } from '../json.ts';
import { defaultJson } from '../sql/default-value.ts';
import type { Field, FieldType } from '../types.ts';
import { isInstant } from './calendar.ts';
import { parseDecimal, parseDouble } from './decimals.ts';
import { normalizeJson } from './json-text.ts';
import { parsePoint } from './points.ts';
import { ROW_TIMES } from './times.ts';

/** What is wrong with a row: where, and what. `location` is the path of a field. */
export class RowError extends Error {
  override readonly name = 'RowError';
  readonly location: string;
  constructor(location: string, message: string) {
    super(message);
    this.location = location;
  }
}

/** Makes of a JSON value what DuckDB keeps. @throws RowError */
export type Reader = (value: unknown) => DuckDBValue;

export interface ReadOptions {
  /** Fields that the schema does not have are left out instead of refused. */
  readonly ignoreUnknown: boolean;
}

/** Reads a row by the columns of a schema, in their order. @throws RowError */
export type RowReader = (row: Json, options: ReadOptions) => DuckDBValue[];

/**
 * Compiles a schema once for all of its rows, in which a column that is missing has its default, and one that is null has none
 * ({@link https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json#details_of_loading_json_data}).
 */
export function rowReader(fields: readonly Field[], now: () => number = Date.now): RowReader {
  const read = membersReader(fields, '');
  const fallbacks = fields.flatMap(field => {
    const text = field.defaultValueExpression;
    return text === undefined ? [] : [[field.name, defaultJson(field, text)] as const];
  });
  if (fallbacks.length === 0) return read;
  return (given, options) => {
    const missing = fallbacks.filter(([name]) => !Object.hasOwn(given, name));
    const at = new Date(now());
    // Before the row's own, which may be named in other letters.
    return read(
      { ...Object.fromEntries(missing.map(([name, value]) => [name, value(at)])), ...given },
      options,
    );
  };
}

function membersReader(fields: readonly Field[], path: string): RowReader {
  const names = fields.map(({ name }) => name);
  const known = new Set(names);
  const byLowerCase = new Map(names.map(name => [name.toLowerCase(), name]));
  const readers = fields.map(field => fieldReader(field, `${path}${field.name}`));

  return (given, options) => {
    let row = given;
    for (const name in given) {
      if (known.has(name)) continue;
      // Names are compared without case; it is rare enough to cost a copy only then.
      row = renamed(given);
      break;
    }
    function renamed(json: Json): Json {
      const copy: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(json)) {
        const column = known.has(name) ? name : byLowerCase.get(name.toLowerCase());
        if (column !== undefined) copy[column] = value;
        else if (!options.ignoreUnknown)
          throw new RowError(`${path}${name}`, `no such field: ${path}${name}.`);
      }
      return copy;
    }
    const values: DuckDBValue[] = new Array(readers.length);
    for (let at = 0; at < readers.length; at++) {
      values[at] = readers[at]!(row[names[at]!], options);
    }
    return values;
  };
}

export type FieldReader = (value: unknown, options: ReadOptions) => DuckDBValue;

function fieldReader(field: Field, path: string): FieldReader {
  const { mode, type } = field;
  const one = type === 'RECORD' ? recordReader(field, path) : scalarReader(field, path);
  const notNull = (): RowError =>
    new RowError(path, `Only optional fields can be set to NULL. Field: ${path}; Value: NULL`);
  if (mode === 'REPEATED')
    return (value, options) => {
      if (value === undefined) return new DuckDBListValue([]);
      if (value === null) throw notNull();
      const items = Array.isArray(value) ? value : [value];
      return new DuckDBListValue(
        items.map(item => {
          if (item === null || item === undefined) throw notNull();
          return one(item, options);
        }),
      );
    };
  return (value, options) => {
    if (value === undefined || value === null) {
      if (mode === 'NULLABLE') return null;
      if (value === null) throw notNull();
      throw new RowError('', `Missing required field: Msg_0_CLOUD_QUERY_TABLE.${path.toLowerCase()}.`);
    }
    if (Array.isArray(value)) throw new RowError(path, `Array specified for non-repeated field: ${path}.`);
    return one(value, options);
  };
}

function recordReader(field: Field, path: string): FieldReader {
  const members = field.fields ?? [];
  const read = membersReader(members, `${path}.`);
  return (value, options) => {
    if (!isObject(value)) throw new RowError(path, `This field: ${path} is not a record.`);
    const values = read(value, options);
    const entries: Record<string, DuckDBValue> = {};
    for (const [at, { name }] of members.entries()) entries[name] = values[at]!;
    return new DuckDBStructValue(entries);
  };
}

/** Wants scalars only: objects are refused before. */
type Scalar = (value: string | number | boolean, fail: (what: string) => never) => DuckDBValue;

/** Reads values of a scalar column, which are not NULL. @param path for messages */
export function scalarReader({ type, maxLength }: Field, path: string): FieldReader {
  const read = SCALARS[type as Exclude<FieldType, 'RECORD'>];
  const longest = maxLength === undefined ? undefined : Number(maxLength);
  return value => {
    const fail = (what: string): never => {
      throw new RowError(path, what);
    };
    if (typeof value === 'object') fail(`This field: ${path} is not a record.`);
    const kept = read(value as string | number | boolean, fail);
    if (longest !== undefined) checkLength(kept, longest, path);
    return kept;
  };
}

function checkLength(kept: DuckDBValue, longest: number, path: string): void {
  const length =
    typeof kept === 'string' ? [...kept].length : kept instanceof DuckDBBlobValue ? kept.bytes.length : 0;
  if (length > longest)
    throw new RowError(
      path,
      `Field ${path} has a maximum length of ${longest} but the value is ${length} long.`,
    );
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['false', false],
  ['f', false],
]);

const decimal =
  (type: 'NUMERIC' | 'BIGNUMERIC', scale: number): Scalar =>
  (value, fail) => {
    const scaled = typeof value === 'boolean' ? undefined : parseDecimal(String(value), scale);
    if (scaled !== undefined) return new DuckDBDecimalValue(scaled, 38, scale);
    const hint =
      type === 'BIGNUMERIC' ? ` (here it has 20 digits before the point and ${scale} behind it)` : '';
    return fail(`Invalid ${type} value: ${value}${hint}`);
  };

const SCALARS: Readonly<Record<Exclude<FieldType, 'RECORD'>, Scalar>> = {
  STRING: (value, fail) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean') return fail('Conversion from bool to string is unsupported.');
    return String(value);
  },
  INTEGER: (value, fail) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    if (typeof value === 'boolean') return fail('Conversion from bool to int64 is unsupported.');
    const text = String(value).trim();
    if (!/^[+-]?\d{1,30}$/.test(text)) return fail(`Cannot convert value to integer (bad value): ${value}`);
    const integer = BigInt(text.replace('+', ''));
    if (integer < INT64_MIN || integer > INT64_MAX)
      return fail(`Cannot convert value to integer (bad value): ${value}`);
    return integer;
  },
  FLOAT: (value, fail) => {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return fail('Conversion from bool to float is unsupported.');
    return parseDouble(value.trim()) ?? fail(`Cannot convert value to floating point (bad value): ${value}`);
  },
  NUMERIC: decimal('NUMERIC', 9),
  BIGNUMERIC: decimal('BIGNUMERIC', 18),
  BOOLEAN: (value, fail) => {
    if (typeof value === 'boolean') return value;
    const named = BOOLEANS.get(String(value).toLowerCase());
    return named ?? fail(`Cannot convert value to boolean (bad value): ${value}`);
  },
  BYTES: (value, fail) => {
    if (typeof value !== 'string' || !BASE64.test(value))
      return fail(`Could not decode base64 string to bytes. Value: ${value}`);
    return new DuckDBBlobValue(Buffer.from(value, 'base64'));
  },
  TIMESTAMP: (value, fail) => {
    const instant =
      typeof value === 'string'
        ? (ROW_TIMES.parseTimestamp(value.trim()) ?? secondsToMicros(value))
        : secondsToMicros(String(value));
    if (instant === undefined)
      return fail(
        `Could not parse '${value}' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]`,
      );
    return new DuckDBTimestampTZValue(instant);
  },
  DATE: (value, fail) => {
    const day = typeof value === 'string' ? ROW_TIMES.parseDate(value.trim()) : undefined;
    if (day === undefined) return fail(`Invalid date: '${value}'`);
    return new DuckDBDateValue(day);
  },
  TIME: (value, fail) => {
    const time = typeof value === 'string' ? ROW_TIMES.parseTime(value.trim()) : undefined;
    if (time === undefined) return fail(`Invalid time string "${value}"`);
    return new DuckDBTimeValue(time);
  },
  DATETIME: (value, fail) => {
    const instant = typeof value === 'string' ? ROW_TIMES.parseDatetime(value.trim()) : undefined;
    if (instant === undefined) return fail(`Invalid datetime string "${value}"`);
    return new DuckDBTimestampValue(instant);
  },
  GEOGRAPHY: (value, fail) => {
    const point = typeof value === 'string' ? parsePoint(value) : undefined;
    return (
      point ??
      fail(
        `Invalid geography value: ${value}. Millrace's local suite keeps points only: POINT(longitude latitude)`,
      )
    );
  },
  // Text that is equal as JSON is kept as the same text, whether it comes as a row or through PARSE_JSON.
  JSON: (value, fail) => {
    try {
      return normalizeJson(String(value));
    } catch {
      return fail(`Invalid JSON value: ${value}`);
    }
  },
};

/** Seconds since 1970, with a fraction or an exponent. */
function secondsToMicros(text: string): bigint | undefined {
  const instant = parseDecimal(text.trim(), 6);
  return instant !== undefined && isInstant(instant) ? instant : undefined;
}
