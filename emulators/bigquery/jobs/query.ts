import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier } from '../duckdb-types.ts';
import { BigQueryError, invalid, required, unimplemented } from '../errors.ts';
import { integerAt, type Json, objectAt, textAt } from '../json.ts';
import { type DatasetRef, tableName } from '../names.ts';
import { type QueryScope, type Read, scopeOf } from '../scope.ts';
import type { Site } from '../site.ts';
import { tableSize } from '../sizes.ts';
import { type Statement, translate } from '../sql/translate.ts';
import { asQueryError } from '../sql-errors.ts';
import { duckdbName, isView, type StoredTable } from '../stored.ts';
import { checkDialect } from '../views.ts';
import { tablesNamed } from '../wildcard.ts';
import { runDdl } from './ddl.ts';
import { type Destination, destinationOf, prepare } from './destination.ts';
import type { Job } from './job.ts';
import { parametersOf } from './parameters.ts';

/** A query is billed for so many bytes of every table at least, and by the megabyte ({@link https://cloud.google.com/bigquery/pricing#on_demand_pricing}). */
const LEAST_BILLED = 10 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;

/** A query that has been understood, and what running it will read. */
export interface Plan {
  readonly statements: readonly Statement[];
  readonly scope: QueryScope;
  readonly bytes: number;
  readonly billed: number;
  readonly tables: readonly StoredTable[];
}

/** Understands a query without running it. @throws BigQueryError 400, 404, 501 */
export async function planQuery(site: Site, projectId: string, configuration: Json): Promise<Plan> {
  const sql = textAt(configuration, 'query');
  if (!sql) throw required('query');
  checkDialect(configuration);
  for (const name of ['tableDefinitions', 'scriptOptions', 'createSession', 'continuous'])
    if (configuration[name]) throw unimplemented(`${name} of a query`);
  const scope = scopeOf(site, {
    projectId,
    defaultDataset: datasetOf(configuration, projectId),
    parameters: parametersOf(configuration),
  });
  try {
    const statements = translate(sql, scope);
    if (statements.length === 0) throw invalid('Syntax error: Unexpected end of statement');
    const reads = [...statements.flatMap(statement => statement.reads), ...scope.beneath];
    return { statements, scope, ...(await sizeOf(site, reads)) };
  } catch (error) {
    throw asQueryError(error);
  }
}

function datasetOf(configuration: Json, projectId: string): DatasetRef | undefined {
  const given = objectAt(configuration, 'defaultDataset');
  const datasetId = given && textAt(given, 'datasetId');
  return datasetId === undefined
    ? undefined
    : { projectId: textAt(given!, 'projectId') ?? projectId, datasetId };
}

/** The bytes of the columns that are read, of every table once; what has been streamed is in its table then. */
async function sizeOf(
  site: Site,
  reads: readonly Read[],
): Promise<Pick<Plan, 'bytes' | 'billed' | 'tables'>> {
  const columns = new Map<number, { table: StoredTable; names: Set<string> }>();
  for (const { ref, columns: names } of reads) {
    for (const table of tablesNamed(site.store, ref)) {
      if (isView(table)) continue;
      const entry = columns.get(table.id) ?? { table, names: new Set() };
      for (const name of names) entry.names.add(name.toLowerCase());
      columns.set(table.id, entry);
    }
  }
  let [bytes, billed] = [0, 0];
  for (const { table, names } of columns.values()) {
    const size = await tableSize(site, table, names);
    bytes += size.bytes;
    if (size.bytes > 0) billed += Math.max(LEAST_BILLED, Math.ceil(size.bytes / MEGABYTE) * MEGABYTE);
  }
  return { bytes, billed, tables: [...columns.values()].map(({ table }) => table) };
}

/** What is told of a query before it has run; all there is of a dry run. */
export function planStatistics({ statements, bytes, billed, tables }: Plan, isDry: boolean): Json {
  const last = statements.at(-1)!;
  return {
    totalBytesProcessed: String(bytes),
    query: {
      statementType: statements.length > 1 ? 'SCRIPT' : typeOf(last),
      totalBytesProcessed: String(bytes),
      totalBytesBilled: isDry ? '0' : String(billed),
      cacheHit: false,
      referencedTables: tables.map(({ ref }) => ref),
      ...(isDry && last.schema && { schema: { fields: last.schema } }),
    },
  };
}

const TYPES: Readonly<Partial<Record<Statement['kind'], string>>> = { truncate: 'TRUNCATE_TABLE' };

const typeOf = ({ kind, duckdb }: Statement): string =>
  kind === 'create-table' && duckdb !== ''
    ? 'CREATE_TABLE_AS_SELECT'
    : (TYPES[kind] ?? kind.toUpperCase().replace('-', '_'));

/** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationquery} */
export async function runQuery(site: Site, job: Job, configuration: Json): Promise<void> {
  const plan = await planQuery(site, job.ref.projectId, configuration);
  const most = integerAt(configuration, 'maximumBytesBilled');
  if (most !== undefined && plan.billed > most)
    throw new BigQueryError(
      400,
      'bytesBilledLimitExceeded',
      `Query exceeded limit for bytes billed: ${most}. ${plan.billed} or higher required.`,
    );
  job.tell(planStatistics(plan, false));
  const destination = objectAt(configuration, 'destinationTable')
    ? destinationOf(configuration, job.ref.projectId, 'WRITE_EMPTY')
    : undefined;
  try {
    for (const statement of plan.statements) await run(site, job, statement, plan, destination);
  } catch (error) {
    throw asQueryError(error);
  }
  site.meter?.count('bigquery.scannedBytes', plan.billed);
}

async function run(
  site: Site,
  job: Job,
  statement: Statement,
  { scope, statements }: Plan,
  destination: Destination | undefined,
): Promise<void> {
  const isLast = statement === statements.at(-1);
  if (statement.ddl) return runDdl(site, job, statement, scope, isLast);
  if (statement.kind !== 'select') return runDml(site, job, statement, isLast);
  if (destination && isLast) return writeDestination(site, job, statement, destination);
  return select(site, job, statement);
}

/** Keeps the rows of a query apart, where pages of them are read from. */
async function select(site: Site, job: Job, { duckdb, schema = [] }: Statement): Promise<void> {
  const table = site.jobs.newResult();
  const rows = await site.store.engine.read(connection =>
    job.interruptible(connection, async () => {
      await connection.run(`CREATE TABLE ${table} AS ${duckdb}`);
      const [[count] = []] = (await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows();
      return Number(count);
    }),
  );
  job.result = { fields: schema, table, rows };
  await site.jobs.keepResult(job);
}

/** Within one transaction: a query may read the table that it replaces. */
async function writeDestination(
  site: Site,
  job: Job,
  { duckdb, schema = [] }: Statement,
  destination: Destination,
): Promise<void> {
  const existing = site.store.findTable(destination.ref);
  const work = (): Promise<void> =>
    site.jobs.effect(job, async change => {
      const { connection } = change;
      await job.interruptible(connection, () =>
        connection.run(`CREATE OR REPLACE TEMP TABLE found AS ${duckdb}`),
      );
      const table = await prepare(site, change, destination, schema);
      const names = schema.map(({ name }) => identifier(name)).join(', ');
      const target = identifier(duckdbName(table));
      const { rowsChanged } = await connection.run(
        `INSERT INTO ${target} (${names}) SELECT ${names} FROM found`,
      );
      await connection.run('DROP TABLE found');
      job.result = { fields: schema, table: target, rows: rowsChanged };
    });
  await (existing ? site.rows.whileSettled(existing, work) : work());
}

const DML_COUNTS: Readonly<Partial<Record<Statement['kind'], string>>> = {
  insert: 'insertedRowCount',
  update: 'updatedRowCount',
  delete: 'deletedRowCount',
  truncate: 'deletedRowCount',
};

async function runDml(site: Site, job: Job, statement: Statement, isLast: boolean): Promise<void> {
  const { kind, duckdb, target } = statement;
  const table = site.store.table(target!);
  if (kind !== 'insert') checkChangeable(site, table);
  await site.rows.flush(table);
  const work = async (connection: DuckDBConnection): Promise<void> => {
    const { rowsChanged } = await job.interruptible(connection, () => connection.run(duckdb));
    const count = DML_COUNTS[kind];
    job.tell({
      query: {
        numDmlAffectedRows: String(rowsChanged),
        ...(count !== undefined && { dmlStats: { [count]: String(rowsChanged) } }),
      },
    });
  };
  if (isLast) await site.jobs.effect(job, change => work(change.connection));
  else await site.store.engine.write(work);
}

/** @throws BigQueryError 400 where the service lets no statement change the table */
function checkChangeable({ rows }: Site, table: StoredTable): void {
  const name = tableName(table.ref).replace(':', '.');
  if (table.changes)
    throw new BigQueryError(
      400,
      'invalidQuery',
      `UPDATE, DELETE and MERGE are not supported over table ${name}, which takes change data capture`,
      'query',
    );
  if (rows.isStreaming(table))
    throw new BigQueryError(
      400,
      'invalidQuery',
      `UPDATE or DELETE statement over table ${name} would affect rows in the streaming buffer, which is not supported`,
      'query',
    );
}
