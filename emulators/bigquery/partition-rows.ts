import { duckdbType, identifier, literal } from './duckdb-types.ts';
import { PARTITION_TIME } from './hidden.ts';
import { integerAt, objectAt } from './json.ts';
import { partitioningOf } from './partitions.ts';
import { sumOfBytes } from './sizes.ts';
import { isView, relationOf, type StoredTable } from './stored.ts';
import type { Field, FieldType } from './types.ts';

/** {@link https://cloud.google.com/bigquery/docs/information-schema-partitions} */
const COLUMNS: Readonly<Record<string, FieldType>> = {
  table_catalog: 'STRING',
  table_schema: 'STRING',
  table_name: 'STRING',
  partition_id: 'STRING',
  total_rows: 'INTEGER',
  total_logical_bytes: 'INTEGER',
  total_billable_bytes: 'INTEGER',
  last_modified_time: 'TIMESTAMP',
  storage_tier: 'STRING',
};

export const PARTITION_FIELDS: readonly Field[] = Object.entries(COLUMNS).map(([name, type]) => ({
  name,
  type,
  mode: 'NULLABLE',
}));

/** The partitions that hold rows, and one row for each table without partitions, as a query in parentheses. */
export function partitionRows(tables: readonly StoredTable[]): string {
  const none = PARTITION_FIELDS.map(
    field => `CAST(NULL AS ${duckdbType(field)}) AS ${identifier(field.name)}`,
  );
  const parts = tables.filter(table => !isView(table)).map(rowsOf);
  return `(${[`SELECT ${none.join(', ')} WHERE false`, ...parts].join(' UNION ALL ')})`;
}

function rowsOf(table: StoredTable): string {
  const { ref, fields, modified } = table;
  const id = partitionId(table);
  const bytes = sumOfBytes(fields);
  const texts = [ref.projectId, ref.datasetId, ref.tableId].map(literal);
  const values = [...texts, id ?? 'NULL', 'count(*)', bytes, bytes];
  const time = `CAST(${literal(new Date(modified).toISOString())} AS TIMESTAMPTZ)`;
  const select = `SELECT ${[...values, time, "'ACTIVE'"].join(', ')} FROM ${relationOf(table)} AS counted`;
  return id === undefined ? select : `${select} GROUP BY ${id}`;
}

const FORMATS: Readonly<Record<string, string>> = {
  HOUR: '%Y%m%d%H',
  DAY: '%Y%m%d',
  MONTH: '%Y%m',
  YEAR: '%Y',
};

/** An expression of DuckDB: the id of a row's partition. Undefined where the table has none. */
function partitionId({ settings }: StoredTable): string | undefined {
  const partitioning = partitioningOf(settings);
  if (!partitioning) return undefined;
  if (partitioning.kind !== 'range') {
    const column = partitioning.kind === 'ingestion' ? PARTITION_TIME : partitioning.field;
    const format = literal(FORMATS[partitioning.unit]!);
    return `coalesce(strftime(CAST(${identifier(column)} AS TIMESTAMP), ${format}), '__NULL__')`;
  }
  const range = objectAt(objectAt(settings, 'rangePartitioning')!, 'range')!;
  const [start, end, interval] = ['start', 'end', 'interval'].map(name => integerAt(range, name)!);
  const column = identifier(partitioning.field);
  const first = `${start} + (${column} - ${start}) // ${interval} * ${interval}`;
  return `CASE WHEN ${column} IS NULL THEN '__NULL__' WHEN ${column} < ${start} OR ${column} >= ${end} THEN '__UNPARTITIONED__' ELSE CAST(${first} AS VARCHAR) END`;
}
