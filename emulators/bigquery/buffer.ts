import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { appendColumns, columnOrder, type Engine } from './engine.ts';

export type KeepIds = (connection: DuckDBConnection, ids: readonly string[]) => Promise<void>;

/** Rows that one table of DuckDB does not have yet, column by column. */
export class Buffer {
  readonly #engine: Engine;
  readonly #table: string;
  readonly #names: readonly string[];
  readonly #keepIds: KeepIds | undefined;
  #columns: DuckDBValue[][];
  #ids: string[] = [];
  #order: readonly string[] | undefined;
  /** The append under way, and the one that begins when it ends. */
  #running: Promise<unknown> | undefined;
  #queued: Promise<void> | undefined;

  /**
   * @param names of all columns, in the order of `add`
   * @param keepIds called in the transaction of an append with the insert ids of its rows
   */
  constructor(engine: Engine, table: string, names: readonly string[], keepIds?: KeepIds) {
    this.#keepIds = keepIds;
    this.#engine = engine;
    this.#table = table;
    this.#names = names;
    this.#columns = names.map(() => []);
  }

  get size(): number {
    return this.#columns[0]?.length ?? 0;
  }

  add(values: readonly DuckDBValue[]): void {
    for (let at = 0; at < values.length; at++) this.#columns[at]!.push(values[at]!);
  }

  /** The insert ids of rows that have been added. */
  addIds(ids: readonly string[]): void {
    if (this.#keepIds) for (const id of ids) this.#ids.push(id);
  }

  /** Resolves once every row that was added before is in DuckDB. Callers that come meanwhile share one append. */
  append(): Promise<void> {
    if (this.size === 0) return Promise.resolve(this.#running).then(() => {});
    this.#queued ??= Promise.resolve(this.#running).then(() => {
      this.#queued = undefined;
      const taken = new Map(this.#names.map((name, at) => [name, this.#columns[at]!]));
      this.#columns = this.#names.map(() => []);
      const ids = this.#ids;
      this.#ids = [];
      const append = this.#engine.write(async connection => {
        this.#order ??= await columnOrder(connection, this.#table);
        await appendColumns(connection, this.#table, taken, this.#order);
        if (ids.length > 0) await this.#keepIds?.(connection, ids);
      });
      this.#running = append.catch(() => {});
      return append;
    });
    return this.#queued;
  }
}
