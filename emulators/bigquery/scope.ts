import { hiddenColumns, PARTITION_DATE, PARTITION_TIME } from './hidden.ts';
import { informationSchema } from './information-schema.ts';
import { type Json, objectAt } from './json.ts';
import type { DatasetRef } from './names.ts';
import { partitioningOf, requiresFilter } from './partitions.ts';
import type { Site } from './site.ts';
import { type Scope, translate } from './sql/translate.ts';
import { isView, relationOf, type StoredTable } from './stored.ts';
import type { Field, TableRef, TableSchema } from './types.ts';
import { isWildcard, wildcardTable } from './wildcard.ts';

/** Views upon views, as the service bounds them ({@link https://cloud.google.com/bigquery/quotas#view_limits}). */
const DEEPEST_VIEW = 16;

export interface ScopeOptions {
  /** Of names without a project. */
  readonly projectId: string;
  /** Of names without a dataset. */
  readonly defaultDataset: DatasetRef | undefined;
  readonly parameters: Scope['parameters'];
}

/** Columns of a table that somebody reads. */
export interface Read {
  readonly ref: TableRef;
  readonly columns: readonly string[];
}

/** What a statement may name, and what its views read beneath. */
export interface QueryScope extends Scope {
  readonly beneath: readonly Read[];
  /** A path as written, made whole; undefined where the dataset is missing. */
  resolve(path: readonly string[]): TableRef | undefined;
}

export function scopeOf(site: Site, options: ScopeOptions, depth = 0): QueryScope {
  const { projectId, defaultDataset, parameters } = options;
  const { store } = site;
  const beneath: Read[] = [];

  function resolve(path: readonly string[]): TableRef | undefined {
    const [tableId, datasetId, project = projectId] = [...path].reverse();
    if (tableId === undefined || path.length > 3) return undefined;
    if (datasetId === undefined) return defaultDataset && { ...defaultDataset, tableId };
    return { projectId: project, datasetId, tableId };
  }

  function table(path: readonly string[]): TableSchema | undefined {
    if (path.at(-2)?.toUpperCase() === 'INFORMATION_SCHEMA') return relation(path);
    const ref = resolve(path);
    if (ref && isWildcard(ref)) return wildcardTable(store, ref);
    const found = ref && store.findTable(ref);
    if (!found) return undefined;
    return isView(found) ? view(found) : tableSchema(found);
  }

  function relation(path: readonly string[]): TableSchema | undefined {
    const [dataset, project = projectId] = path.slice(0, -2).reverse();
    const name = path.at(-1)!;
    if (dataset === undefined) return informationSchema(store, defaultDataset ?? { projectId }, name);
    const ref = { projectId: project, datasetId: dataset };
    // What has been streamed has to be in its table before it is counted.
    if (name.toUpperCase() === 'PARTITIONS')
      beneath.push(...store.tables(ref).map(table => ({ ref: table.ref, columns: [] })));
    if (store.findDataset(ref)) return informationSchema(store, ref, name);
    // `project.INFORMATION_SCHEMA.SCHEMATA`: there may be datasets of it.
    return store.datasets(dataset).length > 0
      ? informationSchema(store, { projectId: dataset }, name)
      : undefined;
  }

  function view({ ref, settings, fields }: StoredTable): TableSchema {
    if (depth >= DEEPEST_VIEW) throw new Error(`Too many nested views: more than ${DEEPEST_VIEW}`);
    const { duckdb, schema, reads } = translateView(site, ref, String(viewOf(settings)['query']), depth + 1);
    beneath.push(...reads);
    return { ref, kind: 'view', duckdb: `(${duckdb})`, fields: schema ?? fields };
  }

  return { table, resolve, parameters, now: new Date(store.now), beneath };
}

const viewOf = (settings: Json): Json => objectAt(settings, 'view') ?? {};

/** The query of a view, by names of its own project. @throws SqlError */
export function translateView(
  site: Site,
  { projectId }: TableRef,
  query: string,
  depth = 1,
): {
  readonly duckdb: string;
  readonly schema: readonly Field[] | undefined;
  readonly reads: readonly Read[];
} {
  const scope = scopeOf(site, { projectId, defaultDataset: undefined, parameters: {} }, depth);
  const [statement, ...more] = translate(query, scope);
  if (statement?.kind !== 'select' || more.length > 0)
    throw new Error('The query of a view has to be one SELECT');
  const { duckdb, schema, reads } = statement;
  return { duckdb, schema, reads: [...reads, ...scope.beneath] };
}

const PSEUDO: Readonly<Record<string, Field>> = {
  [PARTITION_TIME]: { name: PARTITION_TIME, type: 'TIMESTAMP', mode: 'NULLABLE' },
  [PARTITION_DATE]: { name: PARTITION_DATE, type: 'DATE', mode: 'NULLABLE' },
};

function tableSchema(table: StoredTable): TableSchema {
  const { ref, fields, settings } = table;
  const pseudo = hiddenColumns(table).flatMap(({ name }) => PSEUDO[name] ?? []);
  const partitioning = requiresFilter(settings) ? partitioningOf(settings) : undefined;
  const filter = partitioning && (partitioning.kind === 'ingestion' ? PARTITION_TIME : partitioning.field);
  return {
    ref,
    kind: 'table',
    duckdb: relationOf(table),
    fields,
    ...(pseudo.length > 0 && { pseudo }),
    ...(filter !== undefined && { requiredFilter: filter }),
  };
}
