import type {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBValue,
} from '@duckdb/node-api';
import type { Field, FieldType } from '../types.ts';
import { formatDecimal, formatDouble } from './decimals.ts';
import { formatDate, ROW_TIMES } from './times.ts';

/** A value as the API answers it: text, nested rows, or lists of cells. */
export type CellValue = string | null | Row | readonly Cell[];
export interface Cell {
  readonly v: CellValue;
}
/** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list} */
export interface Row {
  readonly f: readonly Cell[];
}

export interface CellOptions {
  /** How timestamps are written: seconds with a fraction, whole microseconds, or as in RFC 3339. */
  readonly timestamps: 'FLOAT64' | 'INT64' | 'ISO8601_STRING';
}

/** Writes rows of a schema, as DuckDB gave them. */
export function rowWriter(
  fields: readonly Field[],
  options: CellOptions,
): (row: readonly DuckDBValue[]) => Row {
  const writers = fields.map(field => fieldWriter(field, options));
  return row => ({ f: writers.map((write, at) => ({ v: write(row[at] ?? null) })) });
}

type Writer = (value: DuckDBValue) => CellValue;

function fieldWriter(field: Field, options: CellOptions): Writer {
  const one = field.type === 'RECORD' ? recordWriter(field, options) : scalarWriter(field.type, options);
  if (field.mode !== 'REPEATED') return value => (value === null ? null : one(value));
  // A REPEATED value that is NULL is an empty array in every answer of the service.
  return value =>
    value === null
      ? []
      : (value as DuckDBListValue).items.map(item => ({ v: item === null ? null : one(item) }));
}

function recordWriter({ fields = [] }: Field, options: CellOptions): Writer {
  const writers = fields.map(field => [field.name, fieldWriter(field, options)] as const);
  return value => {
    const { entries } = value as DuckDBStructValue;
    return { f: writers.map(([name, write]) => ({ v: write(entries[name] ?? null) })) };
  };
}

function scalarWriter(type: Exclude<FieldType, 'RECORD'>, { timestamps }: CellOptions): Writer {
  return type === 'TIMESTAMP' ? TIMESTAMPS[timestamps] : SCALARS[type];
}

const text: Writer = value => String(value);
const decimal: Writer = value => {
  const { value: scaled, scale } = value as DuckDBDecimalValue;
  return formatDecimal(scaled, scale);
};

const TIMESTAMPS: Readonly<Record<CellOptions['timestamps'], Writer>> = {
  FLOAT64: value => formatDouble(Number((value as DuckDBTimestampTZValue).micros) / 1e6),
  INT64: value => String((value as DuckDBTimestampTZValue).micros),
  ISO8601_STRING: value => `${ROW_TIMES.formatDatetime((value as DuckDBTimestampTZValue).micros)}Z`,
};

const SCALARS: Readonly<Record<Exclude<FieldType, 'RECORD' | 'TIMESTAMP'>, Writer>> = {
  STRING: text,
  BYTES: value => Buffer.from((value as DuckDBBlobValue).bytes).toString('base64'),
  INTEGER: text,
  FLOAT: value => formatDouble(value as number),
  NUMERIC: decimal,
  BIGNUMERIC: decimal,
  BOOLEAN: text,
  DATE: value => formatDate((value as DuckDBDateValue).days),
  TIME: value => ROW_TIMES.formatTime((value as DuckDBTimeValue).micros),
  DATETIME: value => ROW_TIMES.formatDatetime((value as DuckDBTimestampValue).micros),
  GEOGRAPHY: text,
  // The service answers JSON in its own spacing: none.
  JSON: value => compact(String(value)),
};

function compact(json: string): string {
  let out = '';
  for (const part of json.match(/"(?:[^"\\]|\\.)*"|\s+|[^"\s]+/g) ?? []) if (part.trim() !== '') out += part;
  return out;
}
