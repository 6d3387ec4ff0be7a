import type { Field, FieldType } from './types.ts';

/**
 * How DuckDB keeps each type. Every value that BigQuery can hold is kept exactly, or refused: BIGNUMERIC has 76 digits in the
 * service and 38 here (20 before the point), TIMESTAMP is microseconds in UTC in both, GEOGRAPHY is the text of a point (WKT).
 */
const DUCKDB_TYPES: Readonly<Record<Exclude<FieldType, 'RECORD'>, string>> = {
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  GEOGRAPHY: 'VARCHAR',
  JSON: 'JSON',
};

/** The type of a column in DuckDB: `STRUCT("a" BIGINT)[]`. A REPEATED column is never NULL, but an empty list. */
export function duckdbType(field: Pick<Field, 'type' | 'mode' | 'fields'>): string {
  const { type, mode, fields = [] } = field;
  const one =
    type === 'RECORD'
      ? `STRUCT(${fields.map(member => `${identifier(member.name)} ${duckdbType(member)}`).join(', ')})`
      : DUCKDB_TYPES[type];
  return mode === 'REPEATED' ? `${one}[]` : one;
}

/** A name as DuckDB's SQL takes it, whatever is in it. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Text as DuckDB's SQL takes it, whatever is in it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const ALIASES: Readonly<Record<string, FieldType>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  INT: 'INTEGER',
  SMALLINT: 'INTEGER',
  BIGINT: 'INTEGER',
  TINYINT: 'INTEGER',
  BYTEINT: 'INTEGER',
};

/** The type by any of its names, in any case; undefined where there is none of that name here. */
export function canonicalType(name: string): FieldType | undefined {
  const upper = name.toUpperCase();
  if (Object.hasOwn(ALIASES, upper)) return ALIASES[upper];
  return upper === 'RECORD' || Object.hasOwn(DUCKDB_TYPES, upper) ? (upper as FieldType) : undefined;
}
