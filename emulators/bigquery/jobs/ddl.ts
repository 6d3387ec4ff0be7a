import { addFields } from '../alterations.ts';
import { deployDatasets } from '../datasets.ts';
import { identifier } from '../duckdb-types.ts';
import { BigQueryError, duplicate, invalid, notFound } from '../errors.ts';
import type { Json } from '../json.ts';
import { datasetName, tableName } from '../names.ts';
import type { QueryScope } from '../scope.ts';
import type { Site } from '../site.ts';
import type { Ddl, Statement } from '../sql/translate.ts';
import type { Change } from '../store.ts';
import { duckdbName, isView, type StoredTable } from '../stored.ts';
import { definitionOf } from '../table-definition.ts';
import type { TableRef } from '../types.ts';
import type { Job } from './job.ts';

type Kind<K extends Ddl['kind']> = Extract<Ddl, { readonly kind: K }>;
/** What a statement has done, as `ddlOperationPerformed` tells it. */
type Performed = 'CREATE' | 'REPLACE' | 'SKIP' | 'DROP' | 'ALTER';

/** Carries out a statement that makes, changes or drops something. @throws BigQueryError 400, 404, 409 */
export async function runDdl(
  site: Site,
  job: Job,
  statement: Statement,
  scope: QueryScope,
  isLast: boolean,
): Promise<void> {
  const ddl = statement.ddl!;
  const commit = async (
    work: (change: Change) => Promise<Performed>,
    ref: TableRef | undefined,
  ): Promise<void> => {
    const told = async (change: Change): Promise<void> => {
      const performed = await work(change);
      job.tell({ query: { ddlOperationPerformed: performed, ...(ref && { ddlTargetTable: ref }) } });
    };
    await (isLast ? site.jobs.effect(job, told) : site.store.change(told));
  };
  if (ddl.kind === 'create-schema' || ddl.kind === 'drop-schema')
    return commit(change => schemaStatement(site, change, ddl, job.ref.projectId), undefined);
  const ref = scope.resolve(ddl.path);
  if (!ref)
    throw new BigQueryError(
      400,
      'invalidQuery',
      `Table "${ddl.path.join('.')}" must be qualified with a dataset (e.g. dataset.table).`,
      'query',
    );
  const existing = site.store.findTable(ref);
  const work = (): Promise<void> => commit(change => tableStatement(site, change, ddl, statement, ref), ref);
  return existing ? site.rows.whileSettled(existing, work) : work();
}

async function schemaStatement(
  { store, rows }: Site,
  change: Change,
  ddl: Kind<'create-schema'> | Kind<'drop-schema'>,
  projectId: string,
): Promise<Performed> {
  const [datasetId, project = projectId] = [...ddl.path].reverse();
  const ref = { projectId: project, datasetId: datasetId! };
  const existing = store.findDataset(ref);
  if (ddl.kind === 'create-schema') {
    if (existing && ddl.ifNotExists) return 'SKIP';
    if (existing) throw duplicate(`Dataset ${datasetName(ref)}`);
    await deployDatasets(store, change, [ref]);
    return 'CREATE';
  }
  if (!existing && ddl.ifExists) return 'SKIP';
  if (!existing) throw notFound(`Dataset ${datasetName(ref)}`);
  const tables = store.tables(ref);
  if (tables.length > 0 && !ddl.cascade)
    throw new BigQueryError(400, 'resourceInUse', `Dataset ${datasetName(ref)} is still in use`);
  for (const table of tables) {
    rows.forget(table);
    await change.deleteTable(table);
  }
  await change.deleteDataset(ref);
  return 'DROP';
}

type TableDdl = Exclude<Ddl, Kind<'create-schema'> | Kind<'drop-schema'>>;

async function tableStatement(
  site: Site,
  change: Change,
  ddl: TableDdl,
  statement: Statement,
  ref: TableRef,
): Promise<Performed> {
  const existing = site.store.findTable(ref);
  switch (ddl.kind) {
    case 'create-table':
      return create(existing, ddl, async () => {
        const json = {
          ...optionsOf(ddl.options),
          ...partitioningOf(ddl),
          ...(ddl.clustering.length > 0 && { clustering: { fields: ddl.clustering } }),
          schema: { fields: statement.schema ?? [] },
        };
        if (ddl.filled)
          await change.connection.run(`CREATE OR REPLACE TEMP TABLE found AS ${statement.duckdb}`);
        const table = await make(site, change, existing, ref, json);
        if (!ddl.filled) return;
        const names = table.fields.map(({ name }) => identifier(name)).join(', ');
        await change.connection.run(
          `INSERT INTO ${identifier(duckdbName(table))} (${names}) SELECT * FROM found`,
        );
        await change.connection.run('DROP TABLE found');
      });
    case 'create-view':
      return create(existing, ddl, async () => {
        const view = { query: ddl.query, useLegacySql: false };
        await make(site, change, existing, ref, { ...optionsOf(ddl.options), view });
      });
    case 'drop-table':
    case 'drop-view':
      return drop(site, change, existing, ddl, ref);
    case 'alter-table': {
      if (!existing && ddl.ifExists) return 'SKIP';
      if (!existing) throw notFound(`Table ${tableName(ref)}`);
      const known = new Set(existing.fields.map(({ name }) => name.toLowerCase()));
      const wanted = ddl.add.filter(
        ({ ifNotExists, field }) => !(ifNotExists && known.has(field.name.toLowerCase())),
      );
      const twice = wanted.find(({ field }) => known.has(field.name.toLowerCase()));
      if (twice) throw invalid(`Column already exists: ${twice.field.name}`);
      await addFields(
        site,
        change,
        existing,
        wanted.map(({ field }) => field),
      );
      return 'ALTER';
    }
  }
}

async function create(
  existing: StoredTable | undefined,
  { ifNotExists, replace }: Kind<'create-table'> | Kind<'create-view'>,
  work: () => Promise<void>,
): Promise<Performed> {
  if (existing && ifNotExists) return 'SKIP';
  if (existing && !replace) throw duplicate(`Table ${tableName(existing.ref)}`);
  await work();
  return existing ? 'REPLACE' : 'CREATE';
}

async function make(
  site: Site,
  change: Change,
  existing: StoredTable | undefined,
  ref: TableRef,
  json: Json,
): Promise<StoredTable> {
  const { fields, settings } = definitionOf(site, ref, json);
  if (existing) {
    site.rows.forget(existing);
    await change.deleteTable(existing);
  }
  return change.createTable(ref, fields, settings);
}

async function drop(
  { rows }: Site,
  change: Change,
  existing: StoredTable | undefined,
  { kind, ifExists }: Kind<'drop-table' | 'drop-view'>,
  ref: TableRef,
): Promise<Performed> {
  if (!existing && ifExists) return 'SKIP';
  if (!existing) throw notFound(`Table ${tableName(ref)}`);
  if (isView(existing) !== (kind === 'drop-view'))
    throw invalid(
      `${tableName(ref)} is ${isView(existing) ? 'a view: use DROP VIEW' : 'a table: use DROP TABLE'}`,
    );
  rows.forget(existing);
  await change.deleteTable(existing);
  return 'DROP';
}

/** Partitions in the terms of a table resource. */
function partitioningOf({ partitioning, options }: Kind<'create-table'>): Json {
  if (!partitioning) return {};
  if ('range' in partitioning) return { rangePartitioning: partitioning };
  const days = options['partition_expiration_days'];
  return {
    timePartitioning: {
      ...partitioning,
      ...(typeof days === 'number' && { expirationMs: String(Math.round(days * 86_400_000)) }),
    },
  };
}

/** Names of options in SQL and in a table resource; those that partitions take are theirs. */
const OPTIONS: Readonly<Record<string, string | undefined>> = {
  description: 'description',
  friendly_name: 'friendlyName',
  labels: 'labels',
  expiration_timestamp: 'expirationTime',
  require_partition_filter: 'requirePartitionFilter',
  max_staleness: 'maxStaleness',
  partition_expiration_days: undefined,
};

/** @throws BigQueryError 400 for an option that is not here */
function optionsOf(options: Kind<'create-table'>['options']): Json {
  const json: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name))
      throw new BigQueryError(400, 'invalidQuery', `Unknown option: ${name}`, 'query');
    const key = OPTIONS[name];
    if (key === undefined || value === null) continue;
    if (Array.isArray(value)) json[key] = Object.fromEntries(value);
    else if (key === 'expirationTime') json[key] = String(new Date(String(value)).getTime());
    else json[key] = value;
  }
  return json;
}
