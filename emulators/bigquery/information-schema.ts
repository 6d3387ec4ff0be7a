import { duckdbType, identifier, literal } from './duckdb-types.ts';
import { objectAt } from './json.ts';
import type { DatasetRef } from './names.ts';
import { PARTITION_FIELDS, partitionRows } from './partition-rows.ts';
import { partitioningOf } from './partitions.ts';
import type { Store } from './store.ts';
import { isView, type StoredTable } from './stored.ts';
import type { Field, FieldType, TableSchema } from './types.ts';

/** A column of a relation: its type, and its value in a row about something. */
type Columns<About> = Readonly<
  Record<string, readonly [FieldType, (about: About) => string | number | boolean | null]>
>;

interface TableColumn {
  readonly table: StoredTable;
  readonly field: Field;
  readonly position: number;
}

const timestamp = (ms: number): string => new Date(ms).toISOString();
const catalogue = ({ ref }: StoredTable): string => ref.projectId;
const dataset = ({ ref }: StoredTable): string => ref.datasetId;
const tableId = ({ ref }: StoredTable): string => ref.tableId;
const yes = (is: boolean): string => (is ? 'YES' : 'NO');

/** {@link https://cloud.google.com/bigquery/docs/information-schema-tables} */
const TABLES: Columns<StoredTable> = {
  table_catalog: ['STRING', catalogue],
  table_schema: ['STRING', dataset],
  table_name: ['STRING', tableId],
  table_type: ['STRING', table => (isView(table) ? 'VIEW' : 'BASE TABLE')],
  is_insertable_into: ['STRING', table => yes(!isView(table))],
  is_typed: ['STRING', () => 'NO'],
  creation_time: ['TIMESTAMP', table => timestamp(table.created)],
};

/** {@link https://cloud.google.com/bigquery/docs/information-schema-views} */
const VIEWS: Columns<StoredTable> = {
  table_catalog: ['STRING', catalogue],
  table_schema: ['STRING', dataset],
  table_name: ['STRING', tableId],
  view_definition: ['STRING', ({ settings }) => String(objectAt(settings, 'view')?.['query'] ?? '')],
  check_option: ['STRING', () => null],
  use_standard_sql: ['STRING', () => 'YES'],
};

/** {@link https://cloud.google.com/bigquery/docs/information-schema-columns} */
const COLUMNS: Columns<TableColumn> = {
  table_catalog: ['STRING', ({ table }) => catalogue(table)],
  table_schema: ['STRING', ({ table }) => dataset(table)],
  table_name: ['STRING', ({ table }) => tableId(table)],
  column_name: ['STRING', ({ field }) => field.name],
  ordinal_position: ['INTEGER', ({ position }) => position],
  is_nullable: ['STRING', ({ field }) => yes(field.mode === 'NULLABLE')],
  data_type: ['STRING', ({ field }) => standardType(field)],
  is_generated: ['STRING', () => 'NEVER'],
  is_hidden: ['STRING', () => 'NO'],
  is_system_defined: ['STRING', () => 'NO'],
  is_partitioning_column: ['STRING', ({ table, field }) => yes(isPartitioning(table, field))],
  clustering_ordinal_position: ['INTEGER', ({ table, field }) => clusteringPosition(table, field)],
  column_default: ['STRING', ({ field }) => field.defaultValueExpression ?? null],
};

/** {@link https://cloud.google.com/bigquery/docs/information-schema-datasets-schemata} */
const SCHEMATA: Columns<{
  readonly ref: DatasetRef;
  readonly created: number;
  readonly modified: number;
  readonly location: string;
}> = {
  catalog_name: ['STRING', ({ ref }) => ref.projectId],
  schema_name: ['STRING', ({ ref }) => ref.datasetId],
  schema_owner: ['STRING', () => null],
  creation_time: ['TIMESTAMP', ({ created }) => timestamp(created)],
  last_modified_time: ['TIMESTAMP', ({ modified }) => timestamp(modified)],
  location: ['STRING', ({ location }) => location],
};

/**
 * A relation of INFORMATION_SCHEMA as its rows are now; undefined where there is none of that name here.
 * @param dataset what it is about; the project alone for SCHEMATA
 */
export function informationSchema(
  store: Store,
  dataset: DatasetRef | { readonly projectId: string },
  name: string,
): TableSchema | undefined {
  const relation = name.toUpperCase();
  const ref = { datasetId: '', ...dataset, tableId: relation };
  const result = (fields: Field[], rows: string[]): TableSchema => ({
    ref,
    kind: 'information-schema',
    duckdb: relationOf(fields, rows),
    fields,
  });
  if (relation === 'SCHEMATA') {
    const datasets = store.datasets(dataset.projectId).map(one => ({
      ...one,
      location: String(one.settings['location']),
    }));
    return result(
      fieldsOf(SCHEMATA),
      datasets.map(one => rowOf(SCHEMATA, one)),
    );
  }
  if (!('datasetId' in dataset)) return undefined;
  const tables = store.tables(dataset);
  if (relation === 'TABLES')
    return result(
      fieldsOf(TABLES),
      tables.map(one => rowOf(TABLES, one)),
    );
  if (relation === 'VIEWS')
    return result(
      fieldsOf(VIEWS),
      tables.filter(isView).map(one => rowOf(VIEWS, one)),
    );
  if (relation === 'COLUMNS')
    return result(
      fieldsOf(COLUMNS),
      tables.flatMap(table =>
        table.fields.map((field, at) => rowOf(COLUMNS, { table, field, position: at + 1 })),
      ),
    );
  if (relation === 'PARTITIONS')
    return { ref, kind: 'information-schema', duckdb: partitionRows(tables), fields: PARTITION_FIELDS };
  return undefined;
}

const fieldsOf = <About>(columns: Columns<About>): Field[] =>
  Object.entries(columns).map(([name, [type]]) => ({ name, type, mode: 'NULLABLE' }));

function rowOf<About>(columns: Columns<About>, about: About): string {
  const values = Object.values(columns).map(([, value]) => value(about));
  return `(${values.map(value => (value === null ? 'NULL' : literal(String(value)))).join(', ')})`;
}

/** A query in parentheses. */
function relationOf(fields: readonly Field[], rows: readonly string[]): string {
  const columns = fields.map(
    field => `CAST(${identifier(field.name)} AS ${duckdbType(field)}) AS ${identifier(field.name)}`,
  );
  const names = fields.map(({ name }) => identifier(name)).join(', ');
  // VALUES cannot be empty.
  const none = `(${fields.map(() => 'NULL').join(', ')})`;
  const values = rows.length > 0 ? rows.join(', ') : none;
  return `(SELECT ${columns.join(', ')} FROM (VALUES ${values}) AS "rows"(${names})${rows.length > 0 ? '' : ' WHERE false'})`;
}

const STANDARD: Readonly<Partial<Record<FieldType, string>>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
};

/** A type as GoogleSQL writes it: `ARRAY<STRUCT<a INT64>>`. */
function standardType({ type, mode, fields = [] }: Field): string {
  const one =
    type === 'RECORD'
      ? `STRUCT<${fields.map(field => `${field.name} ${standardType(field)}`).join(', ')}>`
      : (STANDARD[type] ?? type);
  return mode === 'REPEATED' ? `ARRAY<${one}>` : one;
}

function isPartitioning({ settings }: StoredTable, { name }: Field): boolean {
  const partitioning = partitioningOf(settings);
  return (
    partitioning !== undefined &&
    partitioning.kind !== 'ingestion' &&
    partitioning.field.toLowerCase() === name.toLowerCase()
  );
}

function clusteringPosition({ settings }: StoredTable, { name }: Field): number | null {
  const fields = objectAt(settings, 'clustering')?.['fields'];
  const at = Array.isArray(fields)
    ? fields.findIndex(one => String(one).toLowerCase() === name.toLowerCase())
    : -1;
  return at < 0 ? null : at + 1;
}
