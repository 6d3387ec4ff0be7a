import { duckdbTypeOf, type Type } from './data-types.ts';

/**
 * How a value of one type is turned into another by CAST: `FROM>TO: DuckDB text`, `$` for the value. A pair that is not here
 * cannot be cast. (Reference: conversion rules.)
 */
const TABLE = `
INT64>BOOL: ($ <> 0)
INT64>NUMERIC: CAST($ AS DECIMAL(38,9))
INT64>FLOAT64: CAST($ AS DOUBLE)
INT64>STRING: CAST($ AS VARCHAR)
NUMERIC>INT64: CAST($ AS BIGINT)
NUMERIC>FLOAT64: CAST(CAST($ AS VARCHAR) AS DOUBLE)
NUMERIC>STRING: bq_numeric_string($)
BIGNUMERIC>FLOAT64: CAST(CAST($ AS VARCHAR) AS DOUBLE)
FLOAT64>INT64: CAST(round($) AS BIGINT)
FLOAT64>NUMERIC: bq_float_numeric($)
FLOAT64>STRING: bq_float_string($)
BOOL>INT64: CAST($ AS BIGINT)
BOOL>STRING: CAST($ AS VARCHAR)
STRING>BOOL: bq_parse_bool($)
STRING>INT64: bq_parse_int64($)
STRING>NUMERIC: bq_parse_numeric($)
STRING>FLOAT64: bq_parse_float64($)
STRING>BYTES: encode($)
STRING>DATE: (DATE '1970-01-01' + CAST(bq_parse_date($) AS INTEGER))
STRING>DATETIME: make_timestamp(bq_parse_datetime($))
STRING>TIME: (TIME '00:00:00' + to_microseconds(bq_parse_time($)))
STRING>TIMESTAMP: make_timestamptz(bq_parse_timestamp($, 'UTC'))
BYTES>STRING: decode($)
DATE>STRING: bq_date_string(date_diff('day', DATE '1970-01-01', $))
DATE>DATETIME: CAST($ AS TIMESTAMP)
DATE>TIMESTAMP: timezone('UTC', CAST($ AS TIMESTAMP))
DATETIME>STRING: bq_datetime_string(epoch_us($))
DATETIME>DATE: CAST($ AS DATE)
DATETIME>TIME: CAST($ AS TIME)
DATETIME>TIMESTAMP: timezone('UTC', $)
TIME>STRING: bq_time_string(epoch_us($))
TIMESTAMP>STRING: bq_timestamp_string(epoch_us($), 'UTC')
TIMESTAMP>DATE: CAST(timezone('UTC', $) AS DATE)
TIMESTAMP>DATETIME: timezone('UTC', $)
TIMESTAMP>TIME: CAST(timezone('UTC', $) AS TIME)
`;

const CASTS: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split('\n')
    .map(line => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
);

/** What happens without a CAST, for columns as for literals. */
const IMPLICIT: ReadonlySet<string> = new Set([
  'INT64>NUMERIC',
  'INT64>BIGNUMERIC',
  'INT64>FLOAT64',
  'NUMERIC>BIGNUMERIC',
  'NUMERIC>FLOAT64',
  'BIGNUMERIC>FLOAT64',
  'DATE>DATETIME',
]);

export const isImplicit = (from: Type, to: Type): boolean => IMPLICIT.has(`${from.kind}>${to.kind}`);

/** The DuckDB text that casts between scalar types; undefined where BigQuery has no such cast. */
export function castScalar(from: Type, to: Type, sql: string): string | undefined {
  if (from.kind === to.kind) return sql;
  if (to.kind === 'BIGNUMERIC' && isImplicit(from, to)) return `CAST(${sql} AS ${duckdbTypeOf(to)})`;
  return CASTS.get(`${from.kind}>${to.kind}`)?.replaceAll('$', () => sql);
}

/** `FROM` and `TO` of each cast there is, for the page of the subset. */
export const castPairs = (): string[] => [...CASTS.keys()];
