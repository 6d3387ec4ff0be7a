import { duckdbType, identifier, literal } from './duckdb-types.ts';
import { BigQueryError } from './errors.ts';
import type { Store } from './store.ts';
import { isView, relationOf, type StoredTable } from './stored.ts';
import type { Field, TableRef, TableSchema } from './types.ts';

const SUFFIX: Field = { name: '_TABLE_SUFFIX', type: 'STRING', mode: 'NULLABLE' };

const prefixOf = ({ tableId }: TableRef): string => tableId.slice(0, -1);

export const isWildcard = ({ tableId }: TableRef): boolean => tableId.endsWith('*');

/** The tables that a name with an asterisk at its end stands for; the one of any other name. Views are among them. */
export function tablesNamed(store: Store, ref: TableRef): StoredTable[] {
  if (isWildcard(ref)) return store.tables(ref).filter(table => table.ref.tableId.startsWith(prefixOf(ref)));
  const found = store.findTable(ref);
  return found ? [found] : [];
}

/**
 * Many tables as one, with the schema of the youngest: what another does not have is NULL in its rows
 * ({@link https://cloud.google.com/bigquery/docs/querying-wildcard-tables}).
 * @throws BigQueryError 400 where one is a view, or has a column of another type
 */
export function wildcardTable(store: Store, ref: TableRef): TableSchema | undefined {
  const tables = tablesNamed(store, ref);
  const views = tables.filter(isView);
  if (views.length > 0)
    throw invalidQuery(
      `Views cannot be queried through prefix. Matched views are: ${views.map(view => nameOf(view.ref)).join(', ')}`,
    );
  const youngest = tables.toSorted((a, b) => b.created - a.created || b.id - a.id)[0];
  if (!youngest) return undefined;
  const { fields } = youngest;
  const parts = tables.map(table => {
    const columns = fields.map(field => columnOf(table, field));
    const suffix = literal(table.ref.tableId.slice(prefixOf(ref).length));
    return `SELECT ${[...columns, `${suffix} AS ${identifier(SUFFIX.name)}`].join(', ')} FROM ${relationOf(table)} AS part`;
  });
  return { ref, kind: 'wildcard', duckdb: `(${parts.join(' UNION ALL ')})`, fields, pseudo: [SUFFIX] };
}

function columnOf({ ref, fields }: StoredTable, wanted: Field): string {
  const column = identifier(wanted.name);
  const found = fields.find(({ name }) => name.toLowerCase() === wanted.name.toLowerCase());
  if (!found)
    return wanted.mode === 'REPEATED'
      ? `CAST([] AS ${duckdbType(wanted)}) AS ${column}`
      : `CAST(NULL AS ${duckdbType(wanted)}) AS ${column}`;
  if (duckdbType(found) !== duckdbType(wanted))
    throw invalidQuery(
      `Cannot read field ${wanted.name} of type ${found.type} as ${wanted.type}: table ${nameOf(ref)}`,
    );
  return `${identifier(found.name)} AS ${column}`;
}

const nameOf = ({ projectId, datasetId, tableId }: TableRef): string =>
  `${projectId}:${datasetId}.${tableId}`;
const invalidQuery = (message: string): BigQueryError =>
  new BigQueryError(400, 'invalidQuery', message, 'query');
