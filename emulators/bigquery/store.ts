import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier } from './duckdb-types.ts';
import type { Engine } from './engine.ts';
import { notFound } from './errors.ts';
import type { Json } from './json.ts';
import { type DatasetRef, datasetName, tableName } from './names.ts';
import {
  changesName,
  createStatement,
  duckdbName,
  isView,
  pendingName,
  relationOf,
  type StoredDataset,
  type StoredJob,
  type StoredStream,
  type StoredTable,
} from './stored.ts';
import type { Field, TableRef } from './types.ts';

type Kind = 'dataset' | 'table' | 'job' | 'stream';
interface Kinds {
  readonly dataset: StoredDataset;
  readonly table: StoredTable;
  readonly job: StoredJob;
  readonly stream: StoredStream;
}

const jobName = (projectId: string, jobId: string): string => `${projectId}:${jobId}`;

/**
 * Resources, in memory and in a table of DuckDB: what a statement changes, and what is known of it, become durable in one
 * transaction.
 */
export class Store {
  readonly engine: Engine;
  readonly #now: () => number;
  readonly #resources: { readonly [K in Kind]: Map<string, Kinds[K]> } = {
    dataset: new Map(),
    table: new Map(),
    job: new Map(),
    stream: new Map(),
  };
  #lastId = 0;

  private constructor(engine: Engine, now: () => number) {
    this.engine = engine;
    this.#now = now;
  }

  static async open(engine: Engine, now: () => number): Promise<Store> {
    const store = new Store(engine, now);
    await engine.write(async connection => {
      await connection.run('CREATE SCHEMA IF NOT EXISTS millrace');
      await connection.run(
        'CREATE TABLE IF NOT EXISTS millrace.resources (kind VARCHAR, key VARCHAR, value VARCHAR)',
      );
    });
    const rows = await engine.rows('SELECT kind, key, value FROM millrace.resources');
    for (const [kind, key, value] of rows as [Kind, string, string][]) {
      const resource = JSON.parse(value);
      store.#resources[kind].set(key, resource);
      if (kind === 'table') store.#lastId = Math.max(store.#lastId, (resource as StoredTable).id);
    }
    return store;
  }

  get now(): number {
    return this.#now();
  }

  newId(): number {
    return ++this.#lastId;
  }

  datasets(projectId: string): StoredDataset[] {
    return [...this.#resources.dataset.values()]
      .filter(({ ref }) => ref.projectId === projectId)
      .sort((a, b) => (a.ref.datasetId < b.ref.datasetId ? -1 : 1));
  }

  findDataset(ref: DatasetRef): StoredDataset | undefined {
    return this.#resources.dataset.get(datasetName(ref));
  }

  /** @throws BigQueryError 404 */
  dataset(ref: DatasetRef): StoredDataset {
    const found = this.findDataset(ref);
    if (!found) throw notFound(`Dataset ${datasetName(ref)}`);
    return found;
  }

  /** Tables and views of a dataset, by name; not those that have expired. */
  tables({ projectId, datasetId }: DatasetRef): StoredTable[] {
    return [...this.#resources.table.values()]
      .filter(({ ref }) => ref.projectId === projectId && ref.datasetId === datasetId)
      .filter(table => !this.#hasExpired(table))
      .sort((a, b) => (a.ref.tableId < b.ref.tableId ? -1 : 1));
  }

  findTable(ref: TableRef): StoredTable | undefined {
    const table = this.#resources.table.get(tableName(ref));
    return table && !this.#hasExpired(table) ? table : undefined;
  }

  /** @throws BigQueryError 404 */
  table(ref: TableRef): StoredTable {
    const found = this.findTable(ref);
    if (found) return found;
    this.dataset(ref);
    throw notFound(`Table ${tableName(ref)}`);
  }

  /** By its number, also where it has expired. */
  tableById(id: number): StoredTable | undefined {
    return this.#resources.table.values().find(table => table.id === id);
  }

  #hasExpired({ settings }: StoredTable): boolean {
    const expires = settings['expirationTime'];
    return expires !== undefined && Number(expires) <= this.#now();
  }

  jobs(projectId: string): StoredJob[] {
    return [...this.#resources.job.values()].filter(job => job.projectId === projectId);
  }

  findJob(projectId: string, jobId: string): StoredJob | undefined {
    return this.#resources.job.get(jobName(projectId, jobId));
  }

  findStream(name: string): StoredStream | undefined {
    return this.#resources.stream.get(name);
  }

  /** The streams of a table. */
  streams({ id }: StoredTable): StoredStream[] {
    return [...this.#resources.stream.values()].filter(({ table }) => table === id);
  }

  /** Changes resources and rows together; what it has put is seen once all of it is durable. */
  change<T>(work: (change: Change) => Promise<T>): Promise<T> {
    const steps: (() => void)[] = [];
    return this.engine.write(
      connection =>
        work(
          new Change(connection, this, async (kind, key, value) => {
            await connection.run('DELETE FROM millrace.resources WHERE kind = $1 AND key = $2', [kind, key]);
            if (value)
              await connection.run('INSERT INTO millrace.resources VALUES ($1, $2, $3)', [
                kind,
                key,
                JSON.stringify(value),
              ]);
            const resources = this.#resources[kind] as Map<string, unknown>;
            steps.push(() => (value ? resources.set(key, value) : resources.delete(key)));
          }),
        ),
      () => {
        for (const step of steps) step();
      },
    );
  }
}

type Put = (kind: Kind, key: string, value: Kinds[Kind] | undefined) => Promise<void>;

/** A transaction under way. */
export class Change {
  readonly connection: DuckDBConnection;
  readonly #store: Store;
  readonly #put: Put;

  constructor(connection: DuckDBConnection, store: Store, put: Put) {
    this.connection = connection;
    this.#store = store;
    this.#put = put;
  }

  async putDataset(dataset: StoredDataset): Promise<void> {
    await this.#put('dataset', datasetName(dataset.ref), dataset);
  }

  async deleteDataset(ref: DatasetRef): Promise<void> {
    await this.#put('dataset', datasetName(ref), undefined);
  }

  /** A new table, empty; or a view, which DuckDB knows nothing of. */
  async createTable(ref: TableRef, fields: readonly Field[], settings: Json): Promise<StoredTable> {
    const { now } = this.#store;
    const table = { ref, id: this.#store.newId(), fields, settings, created: now, modified: now, version: 1 };
    if (!isView(table)) await this.connection.run(createStatement(table));
    await this.putTable(table);
    return table;
  }

  /** @param alterations each as it follows `ALTER TABLE name` */
  async alterTable(table: StoredTable, alterations: readonly string[]): Promise<void> {
    const names = [duckdbName(table), ...(table.changes ? [changesName(table)] : [])];
    for (const name of names)
      for (const alteration of alterations)
        await this.connection.run(`ALTER TABLE ${identifier(name)} ${alteration}`);
  }

  async hasRows(table: StoredTable): Promise<boolean> {
    const result = await this.connection.runAndReadAll(`SELECT 1 FROM ${relationOf(table)} AS found LIMIT 1`);
    return result.currentRowCount > 0;
  }

  async putTable(table: StoredTable): Promise<void> {
    await this.#put('table', tableName(table.ref), table);
  }

  async deleteTable(table: StoredTable): Promise<void> {
    if (!isView(table)) await this.connection.run(`DROP TABLE ${identifier(duckdbName(table))}`);
    if (table.changes) await this.connection.run(`DROP TABLE ${identifier(changesName(table))}`);
    for (const stream of this.#store.streams(table)) {
      await this.connection.run(`DROP TABLE IF EXISTS ${identifier(pendingName(stream))}`);
      await this.#put('stream', stream.name, undefined);
    }
    await this.#put('table', tableName(table.ref), undefined);
  }

  async putStream(stream: StoredStream): Promise<void> {
    await this.#put('stream', stream.name, stream);
  }

  async putJob(job: StoredJob): Promise<void> {
    await this.#put('job', jobName(job.projectId, job.jobId), job);
  }

  async deleteJob(job: StoredJob): Promise<void> {
    await this.#put('job', jobName(job.projectId, job.jobId), undefined);
  }
}
