import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { identifier } from './duckdb-types.ts';
import { registerFunctions } from './sql/translate.ts';

/** DuckDB itself takes so many rows at a time. */
const CHUNK_ROWS = 2048;

/**
 * One database of DuckDB: any number of readers, and one writer at a time, each write in a transaction of its own. Results of
 * queries live in a database in memory beside it, `results`.
 */
export class Engine {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #idle: DuckDBConnection[] = [];
  #last: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection) {
    this.#instance = instance;
    this.#writer = writer;
  }

  /** @param file where it is kept; in memory without it */
  static async open(file?: string): Promise<Engine> {
    const instance = await DuckDBInstance.create(file ?? ':memory:', { threads: '2' });
    const writer = await instance.connect();
    // What a statement means is never to depend on the machine, and a statement is never to reach beyond its tables.
    await writer.run(`SET GLOBAL TimeZone = 'UTC'`);
    await writer.run(`SET GLOBAL autoinstall_known_extensions = false`);
    await writer.run(`ATTACH ':memory:' AS results`);
    registerFunctions(writer);
    return new Engine(instance, writer);
  }

  /**
   * Runs alone among the writers; everything it does takes effect, or nothing.
   * @param committed called at once when it has, before the next writer begins
   */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>, committed = () => {}): Promise<T> {
    const run = this.#last.then(async () => {
      const connection = this.#writer;
      await connection.run('BEGIN');
      try {
        const result = await work(connection);
        await connection.run('COMMIT');
        committed();
        return result;
      } catch (error) {
        // What has failed at its commit is rolled back already.
        await connection.run('ROLLBACK').catch(() => {});
        throw error;
      }
    });
    this.#last = run.catch(() => {});
    return run;
  }

  /** With a connection of its own, beside all others. */
  async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#instance.connect());
    try {
      return await work(connection);
    } finally {
      this.#idle.push(connection);
    }
  }

  /** All rows of a small result. */
  rows(sql: string, values: DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    return this.read(async connection => (await connection.runAndReadAll(sql, values)).getRows());
  }

  async close(): Promise<void> {
    await this.#last;
    for (const connection of this.#idle) connection.closeSync();
    this.#writer.closeSync();
    this.#instance.closeSync();
  }
}

/** The columns of a table in DuckDB's own order: those that were added later stand behind hidden ones. */
export async function columnOrder(connection: DuckDBConnection, table: string): Promise<string[]> {
  const info = await connection.runAndReadAll('SELECT name FROM pragma_table_info($1) ORDER BY cid', [
    identifier(table),
  ]);
  return info.getRows().map(([name]) => String(name));
}

/**
 * Appends rows to a table, given column by column, every column of it; they are there once it resolves.
 * @param order of the table's columns, where it is known
 */
export async function appendColumns(
  connection: DuckDBConnection,
  table: string,
  columns: ReadonlyMap<string, readonly DuckDBValue[]>,
  order?: readonly string[],
): Promise<void> {
  const ordered = (order ?? (await columnOrder(connection, table))).map(name => columns.get(name)!);
  const appender = await connection.createAppender(table);
  try {
    const types: DuckDBType[] = ordered.map((_, at) => appender.columnType(at));
    const rows = ordered[0]?.length ?? 0;
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const part =
        rows <= CHUNK_ROWS ? ordered : ordered.map(column => column.slice(from, from + CHUNK_ROWS));
      const chunk = DuckDBDataChunk.create(types, part[0]!.length);
      chunk.setColumns(part);
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}
