import type { BigQuery, TableMetadata } from '@google-cloud/bigquery';
import { messageOf } from '../errors/errors.ts';
import type { Log } from '../step/log.ts';

/** Types of columns that are made here, by the names of the REST API. */
export type ColumnType = 'BOOLEAN' | 'FLOAT' | 'INTEGER' | 'JSON' | 'RECORD' | 'STRING' | 'TIMESTAMP';

/** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema} */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  readonly description?: string;
  /** Of a RECORD. */
  readonly fields?: readonly Column[];
}

/** A table as it should be. */
export interface TableSpec {
  readonly dataset: string;
  readonly table: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly partitioning?: { readonly type: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR'; readonly field: string };
  readonly clustering?: readonly string[];
  readonly primaryKey?: readonly string[];
}

export interface ViewSpec {
  readonly dataset: string;
  readonly view: string;
  readonly description: string;
  /** GoogleSQL. */
  readonly query: string;
}

const NOT_FOUND = 404;
const ALREADY_EXISTS = 409;
const PRECONDITION_FAILED = 412;
const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

/**
 * Makes a table, or gives it the columns that it lacks; nothing that is there is ever taken away or changed. Safe to be done by
 * several at once.
 * @returns the columns that it has then: a column that was there before may be of another type than the one asked for
 * @throws the client's error, also where there is no such dataset
 */
export async function ensureTable(bigquery: BigQuery, spec: TableSpec): Promise<readonly Column[]> {
  const table = bigquery.dataset(spec.dataset).table(spec.table);
  for (let attempt = 0; ; attempt++) {
    try {
      const metadata = (await table.getMetadata())[0] as TableMetadata;
      const present = columnsOf(metadata);
      const wanted = withMissing(present, spec.columns);
      if (wanted === present) return present;
      // Somebody else may add columns at the same time: theirs must not be taken away again.
      await table.setMetadata({ etag: metadata.etag, schema: { fields: wanted } } as TableMetadata);
      return wanted;
    } catch (error) {
      if (codeOf(error) === PRECONDITION_FAILED && attempt < 3) continue;
      if (codeOf(error) !== NOT_FOUND) throw error;
    }
    try {
      await bigquery.dataset(spec.dataset).createTable(spec.table, metadataOf(spec));
      return spec.columns;
    } catch (error) {
      if (codeOf(error) !== ALREADY_EXISTS || attempt >= 3) throw error;
    }
  }
}

function metadataOf(spec: TableSpec): TableMetadata {
  const { columns, description, partitioning, clustering, primaryKey } = spec;
  return {
    description,
    schema: { fields: columns },
    ...(partitioning && { timePartitioning: partitioning }),
    ...(clustering && { clustering: { fields: clustering } }),
    ...(primaryKey && { tableConstraints: { primaryKey: { columns: primaryKey } } }),
  } as TableMetadata;
}

const columnsOf = ({ schema }: TableMetadata): readonly Column[] =>
  ((schema as { fields?: readonly Column[] } | undefined)?.fields ?? []).map(normal);

/** A mode that is not said is NULLABLE, and types have two names. */
const normal = (column: Column): Column => ({
  ...column,
  type: OTHER_NAMES[column.type] ?? column.type,
  mode: column.mode ?? 'NULLABLE',
  ...(column.fields && { fields: column.fields.map(normal) }),
});

const OTHER_NAMES: Readonly<Record<string, ColumnType>> = {
  BOOL: 'BOOLEAN',
  FLOAT64: 'FLOAT',
  INT64: 'INTEGER',
  STRUCT: 'RECORD',
};

/** What is there, and at its end what was missing; the same list where nothing was. */
export function withMissing(present: readonly Column[], wanted: readonly Column[]): readonly Column[] {
  let changed = false;
  const known = new Map(wanted.map(column => [column.name.toLowerCase(), column]));
  const kept = present.map(column => {
    const asked = known.get(column.name.toLowerCase());
    known.delete(column.name.toLowerCase());
    if (column.type !== 'RECORD' || asked?.type !== 'RECORD') return column;
    const fields = withMissing(column.fields ?? [], asked.fields ?? []);
    if (fields === column.fields) return column;
    changed = true;
    return { ...column, fields };
  });
  // Rows that are there have nothing in a new column.
  const added = [...known.values()].map(column => ({
    ...column,
    mode: column.mode === 'REQUIRED' ? ('NULLABLE' as const) : column.mode,
  }));
  return changed || added.length > 0 ? [...kept, ...added] : present;
}

/** Makes views, or gives them their queries. One that cannot be made holds back no row: it is told, and tried by the next instance. */
export async function ensureViews(bigquery: BigQuery, views: readonly ViewSpec[], log: Log): Promise<void> {
  for (const view of views) {
    await ensureView(bigquery, view).catch((error: unknown) =>
      log.warn(`The view ${view.dataset}.${view.view} could not be made: ${messageOf(error)}`),
    );
  }
}

async function ensureView(
  bigquery: BigQuery,
  { dataset, view, description, query }: ViewSpec,
): Promise<void> {
  const table = bigquery.dataset(dataset).table(view);
  const metadata = { description, view: { query, useLegacySql: false } };
  try {
    const present = (await table.getMetadata())[0] as TableMetadata;
    if ((present.view as { query?: string } | undefined)?.query === query) return;
    await table.setMetadata(metadata);
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw error;
    await bigquery
      .dataset(dataset)
      .createTable(view, metadata)
      .catch((failure: unknown) => {
        if (codeOf(failure) !== ALREADY_EXISTS) throw failure;
      });
  }
}
