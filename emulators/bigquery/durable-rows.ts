import type { Keeper } from './buffer.ts';
import type { Engine } from './engine.ts';
import { DurableInsertIds } from './insert-ids.ts';
import { RowJournal, type TakenRows } from './row-journal.ts';

/** Not the name of any table of a client's: those end with a number. */
const TABLE = 'appended rows';

/** What a folder keeps of streamed rows: the journal of those that DuckDB does not have yet, and insert ids. */
export class DurableRows {
  readonly ids: DurableInsertIds;
  readonly journal: RowJournal;
  readonly #engine: Engine;
  readonly #now: () => number;

  private constructor(engine: Engine, now: () => number, ids: DurableInsertIds, journal: RowJournal) {
    this.ids = ids;
    this.journal = journal;
    this.#engine = engine;
    this.#now = now;
  }

  /** @param dir of the journal */
  static async open(engine: Engine, dir: string, now: () => number): Promise<DurableRows> {
    await engine.write(connection =>
      connection.run(`CREATE TABLE IF NOT EXISTS "${TABLE}" (table_id INTEGER PRIMARY KEY, sequence BIGINT)`),
    );
    const ids = await DurableInsertIds.open(engine, now());
    return new DurableRows(engine, now, ids, new RowJournal(dir));
  }

  /** With the rows of a table. */
  keeper(table: number): Keeper {
    return {
      keep: async (connection, ids, written) => {
        if (ids.length > 0) await this.ids.keep(connection, table, ids, this.#now());
        const latest = written.at(-1);
        if (!latest) return;
        await connection.run(
          `INSERT INTO "${TABLE}" VALUES ($1, $2) ON CONFLICT DO UPDATE SET sequence = excluded.sequence`,
          [table, BigInt(latest.sequence)],
        );
      },
      kept: written => this.journal.done(written),
    };
  }

  /**
   * Gives out what a process that has ended had not brought to DuckDB, oldest first, and begins the journal anew.
   * @param take resolves once DuckDB has all that it was given
   */
  async recover(take: (requests: Iterable<TakenRows>) => Promise<void>): Promise<void> {
    const rows = await this.#engine.rows(`SELECT table_id, sequence FROM "${TABLE}"`);
    const appended = new Map(rows.map(([table, sequence]) => [Number(table), Number(sequence)]));
    let latest = Math.max(0, ...appended.values());
    const { journal } = this;
    function* missing(): Generator<TakenRows, void, undefined> {
      for (const request of journal.read()) {
        latest = Math.max(latest, request.sequence);
        if (request.sequence > (appended.get(request.table) ?? 0)) yield request;
      }
    }
    await take(missing());
    journal.clear(latest);
  }
}
