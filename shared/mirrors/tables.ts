import type { Column as TableColumn, TableSpec, ViewSpec } from '../bigquery/tables.ts';
import type { Mirror } from './mirror.ts';
import { columnsOf } from './schema-views.ts';

/** Names of a mirror's tables and views; those with `_raw_` and `_schema_` are firestore-bigquery-export's. */
export const tableNames = ({ table }: Pick<Mirror, 'table'>) => ({
  changelog: `${table}_raw_changelog`,
  latest: `${table}_raw_latest`,
  once: `${table}_changelog`,
  schema: (name: string, of: 'changelog' | 'latest') => `${table}_schema_${name}_${of}`,
});

const text = (name: string, description: string, mode: TableColumn['mode'] = 'NULLABLE'): TableColumn => ({
  name,
  type: 'STRING',
  mode,
  description,
});

function columns(mirror: Mirror): TableColumn[] {
  return [
    { name: 'timestamp', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'When the change was committed' },
    text('event_id', 'The event that told of it; of an import, derived from document and time', 'REQUIRED'),
    text('document_name', 'Full name of the document', 'REQUIRED'),
    text('document_id', 'Id of the document'),
    text('operation', 'CREATE, UPDATE, DELETE or IMPORT', 'REQUIRED'),
    text('data', 'The document after the change, as JSON; NULL when it was deleted'),
    ...(mirror.pathParams ? [text('path_params', 'What stood in the places of {name}, as JSON')] : []),
  ];
}

/** Every change, as delivered: a delivery that is repeated may stand in it twice. */
export function changelogTable(mirror: Mirror): TableSpec {
  return {
    dataset: mirror.dataset,
    table: tableNames(mirror).changelog,
    description: `Changes of ${mirror.collection}, as they were delivered`,
    columns: [
      ...columns(mirror),
      ...(mirror.oldData ? [text('old_data', 'The document before the change, as JSON')] : []),
    ],
    ...(mirror.partitioning && { partitioning: { type: mirror.partitioning, field: 'timestamp' } }),
    clustering: mirror.clustering,
  };
}

/** The documents as they are: one row each, kept by change data capture. */
export function latestTable(mirror: Mirror): TableSpec {
  return {
    dataset: mirror.dataset,
    table: tableNames(mirror).latest,
    description: `The documents of ${mirror.collection} as they are`,
    columns: columns(mirror),
    clustering: ['document_name'],
    primaryKey: ['document_name'],
  };
}

/** The changelog with each change once, and the views with columns. */
export function mirrorViews(mirror: Mirror, project: string): ViewSpec[] {
  const names = tableNames(mirror);
  const full = (table: string): string => `\`${project}.${mirror.dataset}.${table}\``;
  const once: ViewSpec = {
    dataset: mirror.dataset,
    view: names.once,
    description: `Changes of ${mirror.collection}, each once`,
    // An event's timestamp is the same in all its copies; among the columns of the partition, filters on it reach the table.
    query: `SELECT * EXCEPT (copy) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY timestamp, event_id, document_name ORDER BY operation) AS copy FROM ${full(names.changelog)}) WHERE copy = 1`,
  };
  const own = ['document_name', 'document_id', 'timestamp', 'event_id', 'operation'];
  const schemas = mirror.schemas.flatMap(({ name, fields }) => {
    const selected = [
      ...own,
      ...(mirror.pathParams ? ['path_params'] : []),
      ...columnsOf(fields).map(column => `${column.sql} AS \`${column.name}\``),
    ].join(', ');
    return (['changelog', 'latest'] as const).map(of => ({
      dataset: mirror.dataset,
      view: names.schema(name, of),
      description: `${mirror.collection} with the columns of the schema ${name}`,
      query: `SELECT ${selected} FROM ${full(of === 'latest' ? names.latest : names.once)}`,
    }));
  });
  return [once, ...schemas];
}
