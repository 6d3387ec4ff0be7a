import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { appendColumns, columnOrder, type Engine } from './engine.ts';
import type { Written } from './row-journal.ts';

/** What becomes durable with rows: their insert ids, and that they need no journal any more. */
export interface Keeper {
  /** Called in the transaction of an append. */
  keep(connection: DuckDBConnection, ids: readonly string[], written: readonly Written[]): Promise<void>;
  /** Called once it has been committed. */
  kept(written: readonly Written[]): void;
}

/** Rows that one table of DuckDB does not have yet, column by column. */
class Batch {
  readonly columns: DuckDBValue[][];
  readonly ids: string[] = [];
  readonly written: Written[] = [];

  constructor(width: number) {
    this.columns = Array.from({ length: width }, () => []);
  }

  addAll({ columns, ids, written }: Batch): void {
    for (const [at, column] of columns.entries()) for (const value of column) this.columns[at]!.push(value);
    for (const id of ids) this.ids.push(id);
    this.written.push(...written);
  }
}

/** Rows on their way into one table of DuckDB, appended many at a time. */
export class Buffer {
  readonly #engine: Engine;
  readonly #table: string;
  readonly #names: readonly string[];
  readonly #keeper: Keeper | undefined;
  #batch: Batch;
  #order: readonly string[] | undefined;
  /** The append under way, and the one that begins when it ends. */
  #running: Promise<unknown> | undefined;
  #queued: Promise<void> | undefined;

  /** @param names of all columns, in the order of `add` */
  constructor(engine: Engine, table: string, names: readonly string[], keeper?: Keeper) {
    this.#keeper = keeper;
    this.#engine = engine;
    this.#table = table;
    this.#names = names;
    this.#batch = new Batch(names.length);
  }

  get size(): number {
    return this.#batch.columns[0]?.length ?? 0;
  }

  add(values: readonly DuckDBValue[]): void {
    for (let at = 0; at < values.length; at++) this.#batch.columns[at]!.push(values[at]!);
  }

  /** The insert ids of rows that have been added, and where they stand in the journal. */
  addOrigin(ids: readonly string[], written?: Written): void {
    if (this.#keeper) for (const id of ids) this.#batch.ids.push(id);
    if (written) this.#batch.written.push(written);
  }

  /** Resolves once every row that was added before is in DuckDB. Callers that come meanwhile share one append. */
  append(): Promise<void> {
    if (this.size === 0) return Promise.resolve(this.#running).then(() => {});
    this.#queued ??= Promise.resolve(this.#running).then(() => {
      this.#queued = undefined;
      const append = this.#append();
      this.#running = append.catch(() => {});
      return append;
    });
    return this.#queued;
  }

  async #append(): Promise<void> {
    const taken = this.#batch;
    this.#batch = new Batch(this.#names.length);
    const { columns, ids, written } = taken;
    try {
      await this.#engine.write(
        async connection => {
          this.#order ??= await columnOrder(connection, this.#table);
          await appendColumns(
            connection,
            this.#table,
            new Map(this.#names.map((name, at) => [name, columns[at]!])),
            this.#order,
          );
          await this.#keeper?.keep(connection, ids, written);
        },
        () => this.#keeper?.kept(written),
      );
    } catch (error) {
      // They have been acknowledged: they wait for the next append.
      taken.addAll(this.#batch);
      this.#batch = taken;
      throw error;
    }
  }

  /** Nobody wants what is left. */
  discard(): void {
    this.#keeper?.kept(this.#batch.written);
    this.#batch = new Batch(this.#names.length);
  }
}
