import { DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { appendColumns, type Engine } from './engine.ts';
import { InsertIds } from './insert-ids.ts';
import { partitioningOf } from './partitions.ts';
import { duckdbName, type StoredTable } from './store.ts';
import { type RowReader, rowReader } from './values/from-json.ts';

/** A buffer is appended once it has so many rows, or when somebody reads. */
const FLUSH_ROWS = 8192;
/** Whoever brings more waits until they are appended. */
const MOST_ROWS = 65_536;

/** Rows of one table that DuckDB does not have yet, column by column. */
class Buffer {
  readonly ids = new InsertIds();
  readonly read: RowReader;
  readonly version: number;
  readonly #width: number;
  columns: DuckDBValue[][];
  /** The append under way, and the one that begins when it ends. */
  running: Promise<void> | undefined;
  queued: Promise<void> | undefined;

  constructor(table: StoredTable, ids?: InsertIds) {
    if (ids) this.ids = ids;
    this.version = table.version;
    this.read = rowReader(table.fields);
    this.#width = table.fields.length + (partitioningOf(table.settings)?.kind === 'ingestion' ? 1 : 0);
    this.columns = this.#empty();
  }

  get size(): number {
    return this.columns[0]?.length ?? 0;
  }

  add(values: readonly DuckDBValue[]): void {
    for (let at = 0; at < values.length; at++) this.columns[at]!.push(values[at]!);
  }

  take(): DuckDBValue[][] {
    const taken = this.columns;
    this.columns = this.#empty();
    return taken;
  }

  #empty(): DuckDBValue[][] {
    return Array.from({ length: this.#width }, () => []);
  }
}

/** Streamed rows: gathered, and appended many at a time, before anybody can see that they were missing. */
export class Rows {
  readonly #engine: Engine;
  readonly #durable: boolean;
  readonly #now: () => number;
  readonly #buffers = new Map<number, Buffer>();
  /** Tables whose schema is changing, each until when. */
  readonly #changing = new Map<number, Promise<unknown>>();

  /** @param durable rows are on disk before `add` resolves */
  constructor(engine: Engine, durable: boolean, now: () => number) {
    this.#engine = engine;
    this.#durable = durable;
    this.#now = now;
  }

  /** Resolves once no schema of the table is changing; whoever goes on without waiting again sees the latest. */
  async settled(id: number): Promise<void> {
    for (let busy = this.#changing.get(id); busy; busy = this.#changing.get(id)) await busy.catch(() => {});
  }

  /** Reads rows of the table as it is now. @throws RowError by the reader */
  reader(table: StoredTable): RowReader {
    return this.#buffer(table).read;
  }

  /** Whether an insert id is new to the table; from now on it is not. */
  isNew(table: StoredTable, id: string): boolean {
    return this.#buffer(table).ids.add(id, this.#now());
  }

  /** Takes rows that `reader` has read, in the same turn of the event loop. Whoever reads from now on sees them. */
  async add(table: StoredTable, rows: readonly DuckDBValue[][]): Promise<void> {
    const buffer = this.#buffer(table);
    const partition = ingestionPartition(table, this.#now());
    for (const row of rows) {
      if (partition) row.push(partition);
      buffer.add(row);
    }
    if (this.#durable || buffer.size > MOST_ROWS) await this.flush(table);
    else if (buffer.size > FLUSH_ROWS) this.flush(table).catch(console.error);
  }

  /** Resolves once every row that was taken before is in DuckDB. */
  flush(table: StoredTable): Promise<void> {
    const buffer = this.#buffers.get(table.id);
    if (!buffer) return Promise.resolve();
    if (buffer.size === 0) return buffer.running ?? Promise.resolve();
    buffer.queued ??= (buffer.running ?? Promise.resolve()).then(() => {
      buffer.queued = undefined;
      const append = this.#engine.write(connection =>
        appendColumns(connection, duckdbName(table), buffer.take()),
      );
      buffer.running = append.catch(() => {});
      return append;
    });
    return buffer.queued;
  }

  /** Changes the schema of a table while no row comes. */
  async whileSettled<T>(table: StoredTable, work: () => Promise<T>): Promise<T> {
    await this.settled(table.id);
    const changing = this.flush(table).then(work);
    this.#changing.set(table.id, changing);
    try {
      return await changing;
    } finally {
      this.#changing.delete(table.id);
    }
  }

  forget(table: StoredTable): void {
    this.#buffers.delete(table.id);
  }

  async flushAll(tables: Iterable<StoredTable>): Promise<void> {
    await Promise.all(Array.from(tables, table => this.flush(table)));
  }

  #buffer(table: StoredTable): Buffer {
    const found = this.#buffers.get(table.id);
    if (found && found.version === table.version) return found;
    // Settings or the schema have changed: nothing waits, since `whileSettled` came before.
    const fresh = new Buffer(table, found?.ids);
    this.#buffers.set(table.id, fresh);
    return fresh;
  }
}

/** When the partition began that a row comes into now. */
export function ingestionPartition(table: StoredTable, now: number): DuckDBTimestampTZValue | undefined {
  const partitioning = partitioningOf(table.settings);
  if (partitioning?.kind !== 'ingestion') return undefined;
  const date = new Date(now);
  const parts = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const kept = { YEAR: 1, MONTH: 2, DAY: 3, HOUR: 4 }[partitioning.unit] ?? 3;
  const [year = 0, month = 0, day = 1, hour = 0] = parts.slice(0, kept);
  return new DuckDBTimestampTZValue(BigInt(Date.UTC(year, month, day, hour)) * 1000n);
}
