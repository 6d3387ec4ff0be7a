/** Names of the types as BigQuery's REST API writes them in a schema; the standard SQL spellings are taken too, see canonicalType. */
export type FieldType =
  | 'STRING'
  | 'BYTES'
  | 'INTEGER'
  | 'FLOAT'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOLEAN'
  | 'TIMESTAMP'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'GEOGRAPHY'
  | 'JSON'
  | 'RECORD';

export type Mode = 'NULLABLE' | 'REQUIRED' | 'REPEATED';

/** A column, as {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema}. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly mode: Mode;
  /** Of a RECORD alone. */
  readonly fields?: readonly Field[];
  readonly description?: string;
  readonly defaultValueExpression?: string;
  /** Characters or bytes, as text like every int64 of the API. */
  readonly maxLength?: string;
  readonly precision?: string;
  readonly scale?: string;
}

export interface TableRef {
  readonly projectId: string;
  readonly datasetId: string;
  readonly tableId: string;
}

/** What SQL sees of a table, a view, a relation of INFORMATION_SCHEMA, or of tables by a wildcard. */
export interface TableSchema {
  readonly ref: TableRef;
  readonly kind: 'table' | 'view' | 'information-schema' | 'wildcard';
  /**
   * What DuckDB reads it by, to be put behind FROM with an alias: a quoted name, or a query in parentheses (of a view, which is
   * expanded anew in every statement). Of a table that DML may change, always a quoted name.
   */
  readonly duckdb: string;
  readonly fields: readonly Field[];
  /** Columns that can be named but that `*` leaves out: _PARTITIONTIME and _PARTITIONDATE of a table partitioned by ingestion, _TABLE_SUFFIX of a wildcard. */
  readonly pseudo?: readonly Field[];
  /** The column that a filter has to be on in every statement, where the table asks for one. */
  readonly requiredFilter?: string;
}

/** A value for `@name` or `?`, as {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter}, with its type. */
export interface TypedParameter {
  /** `name` is empty; an array is REPEATED, a struct a RECORD. An array of arrays cannot be. */
  readonly type: Field;
  readonly value: ParameterValue;
}

/** null; text of a scalar as the API writes it; the elements of an array; the members of a struct. */
export type ParameterValue =
  | null
  | string
  | readonly ParameterValue[]
  | { readonly [name: string]: ParameterValue };
