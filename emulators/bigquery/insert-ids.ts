import type { DuckDBConnection } from '@duckdb/node-api';
import type { Engine } from './engine.ts';

/** A generation of ids ends after this time, or at this number. */
const GENERATION_MS = 60_000;
const GENERATION_IDS = 1_000_000;

/**
 * Remembers the insert ids of a table for a minute at least, as the service does at best, but never fails to: of more than a
 * million a minute, the last million.
 */
export class InsertIds {
  #now: Set<string>;
  #before = new Set<string>();
  #since: number;

  /** @param known from before a restart */
  constructor(now: number, known: Iterable<string> = []) {
    this.#now = new Set(known);
    this.#since = now;
  }

  /** Whether an id is new; from now on it is not. */
  add(id: string, now: number): boolean {
    if (now - this.#since >= GENERATION_MS || this.#now.size >= GENERATION_IDS) {
      this.#before = now - this.#since >= 2 * GENERATION_MS ? new Set() : this.#now;
      this.#now = new Set();
      this.#since = now;
    }
    if (this.#now.has(id) || this.#before.has(id)) return false;
    this.#now.add(id);
    return true;
  }

  /** Their rows have not been taken after all. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#now.delete(id);
  }
}

/** Not the name of any table of a client's: those end with a number. */
const TABLE = 'insert ids of appends';
const KEPT_MS = 2 * GENERATION_MS;

/**
 * Insert ids on disk, in the transaction of their rows: a request that comes again after kill -9 doubles nothing. Those of one
 * append are one text, since nobody looks for a single one.
 */
export class DurableInsertIds {
  readonly #known = new Map<number, string[]>();
  #pruned = 0;

  static async open(engine: Engine, now: number): Promise<DurableInsertIds> {
    const ids = new DurableInsertIds();
    await engine.write(async connection => {
      await connection.run(
        `CREATE TABLE IF NOT EXISTS "${TABLE}" (table_id INTEGER, ids VARCHAR, seen DOUBLE)`,
      );
      await ids.#prune(connection, now);
    });
    const rows = await engine.rows(`SELECT table_id, ids FROM "${TABLE}"`);
    for (const [table, text] of rows as [number, string][]) {
      const known = ids.#known.get(table) ?? [];
      for (const id of JSON.parse(text) as string[]) known.push(id);
      ids.#known.set(table, known);
    }
    return ids;
  }

  /** Those of a table from before the start, once: whoever takes them keeps them. */
  take(table: number): readonly string[] {
    const known = this.#known.get(table) ?? [];
    this.#known.delete(table);
    return known;
  }

  async keep(
    connection: DuckDBConnection,
    table: number,
    ids: readonly string[],
    now: number,
  ): Promise<void> {
    await connection.run(`INSERT INTO "${TABLE}" VALUES ($1, $2, $3)`, [table, JSON.stringify(ids), now]);
    if (now - this.#pruned > GENERATION_MS) await this.#prune(connection, now);
  }

  async #prune(connection: DuckDBConnection, now: number): Promise<void> {
    this.#pruned = now;
    await connection.run(`DELETE FROM "${TABLE}" WHERE seen < $1`, [now - KEPT_MS]);
  }
}
