import type { DuckDBValue } from '@duckdb/node-api';
import { Buffer } from './buffer.ts';
import { applyChanges, CHANGE_NAMES, type RowChange } from './changes.ts';
import { DurableRows } from './durable-rows.ts';
import { hiddenColumns } from './hidden.ts';
import { InsertIds } from './insert-ids.ts';
import { type Json, parseBody } from './json.ts';
import type { TakenRows, Written } from './row-journal.ts';
import type { Store } from './store.ts';
import { changesName, duckdbName, type StoredTable } from './stored.ts';
import { type RowReader, rowReader } from './values/from-json.ts';

/** A buffer is appended once it has so many rows, or when somebody reads. */
const FLUSH_ROWS = 8192;
/** Whoever brings more waits until they are appended. */
const MOST_ROWS = 65_536;
/** For so long the service keeps rows of insertAll apart, where no statement can change them. */
const STREAMED_MS = 30 * 60_000;

/** A request of insertAll, by which its rows can be found again. */
export type Request = Pick<TakenRows, 'text' | 'without' | 'ignoreUnknown'>;

/** Rows without an insert id are never the same as others. */
export const isInsertId = (id: unknown): id is string => typeof id === 'string' && id !== '';

/** What is known of a table between its requests; another version of it begins anew, but for the insert ids. */
class Inbox {
  readonly version: number;
  readonly ids: InsertIds;
  readonly read: RowReader;
  readonly rows: Buffer;
  readonly changes: Buffer | undefined;
  /** All changes have been applied. */
  clean: boolean;
  lastStreamed: number | undefined;

  constructor(store: Store, table: StoredTable, before: Inbox | undefined, durable: DurableRows | undefined) {
    const names = table.fields.map(({ name }) => name);
    const hidden = hiddenColumns(table).map(({ name }) => name);
    this.version = table.version;
    this.ids = before?.ids ?? new InsertIds(store.now, durable?.ids.take(table.id));
    this.lastStreamed = before?.lastStreamed;
    this.clean = before?.clean ?? !table.changes;
    this.read = rowReader(table.fields, () => store.now);
    this.rows = new Buffer(store.engine, duckdbName(table), [...names, ...hidden], durable?.keeper(table.id));
    if (table.changes)
      this.changes = new Buffer(store.engine, changesName(table), [...names, ...CHANGE_NAMES]);
  }
}

/** Streamed rows: gathered, and appended many at a time, before anybody can see that they were missing. */
export class Rows {
  readonly #store: Store;
  /** Of a folder: there rows are in its files before `add` resolves. */
  readonly #durable: DurableRows | undefined;
  readonly #inboxes = new Map<number, Inbox>();
  /** Tables whose schema is changing, each until when. */
  readonly #changing = new Map<number, Promise<unknown>>();

  private constructor(store: Store, durable: DurableRows | undefined) {
    this.#store = store;
    this.#durable = durable;
  }

  /** @param dir keeps rows from before they are in DuckDB; without it they are in memory until then */
  static async open(store: Store, dir?: string): Promise<Rows> {
    if (dir === undefined) return new Rows(store, undefined);
    const durable = await DurableRows.open(store.engine, dir, () => store.now);
    const rows = new Rows(store, durable);
    await durable.recover(requests => rows.#recover(requests));
    return rows;
  }

  /** Brings requests that were answered before a restart to their tables, those that are still there. */
  async #recover(requests: Iterable<TakenRows>): Promise<void> {
    const tables = new Map<StoredTable, Buffer>();
    for (const { sequence, table: id, at, ignoreUnknown, without, text } of requests) {
      const table = this.#store.tableById(id);
      if (!table) continue;
      const { ids, read, rows } = this.#inbox(table);
      const hidden = hiddenColumns(table).map(column => column.value(at));
      const left = new Set(without);
      for (const [place, { json, insertId }] of (parseBody(text)['rows'] as Json[]).entries()) {
        if (left.has(place)) continue;
        rows.add([...read(json as Json, { ignoreUnknown }), ...hidden]);
        if (!isInsertId(insertId)) continue;
        ids.add(insertId, at);
        rows.addOrigin([insertId]);
      }
      rows.addOrigin([], { sequence });
      tables.set(table, rows);
    }
    for (const rows of tables.values()) await rows.append();
  }

  /** Resolves once no schema of the table is changing; whoever goes on without waiting again sees the latest. */
  async settled(id: number): Promise<void> {
    for (let busy = this.#changing.get(id); busy; busy = this.#changing.get(id)) await busy.catch(() => {});
  }

  /** Reads JSON as rows of the table as it is now. @throws RowError by the reader */
  reader(table: StoredTable): RowReader {
    return this.#inbox(table).read;
  }

  /** Whether an insert id is new to the table; from now on it is not. */
  isNew(table: StoredTable, id: string): boolean {
    return this.#inbox(table).ids.add(id, this.#store.now);
  }

  /** The service would not let a statement change the table: rows of insertAll have come within half an hour. */
  isStreaming(table: StoredTable): boolean {
    const last = this.#inboxes.get(table.id)?.lastStreamed;
    return last !== undefined && this.#store.now - last < STREAMED_MS;
  }

  /** Rows have come by insertAll. */
  streamed(table: StoredTable): void {
    this.#inbox(table).lastStreamed = this.#store.now;
  }

  /**
   * Takes rows by the columns of the schema, in the same turn of the event loop. Whoever reads from now on sees them.
   * @param ids insert ids of these rows, new ones
   * @param request that they came in: where there is a folder, it is written there, which is quicker than to wait for DuckDB
   * @throws an error of the file system; then nothing has been taken
   */
  add(
    table: StoredTable,
    rows: readonly DuckDBValue[][],
    ids: readonly string[] = [],
    request?: Request,
  ): Promise<void> {
    const at = this.#store.now;
    const inbox = this.#inbox(table);
    let written: Written | undefined;
    try {
      written = request && this.#durable?.journal.write({ table: table.id, at, ...request });
    } catch (error) {
      inbox.ids.forget(ids);
      throw error;
    }
    const hidden = hiddenColumns(table).map(column => column.value(at));
    for (const row of rows) {
      row.push(...hidden);
      inbox.rows.add(row);
    }
    inbox.rows.addOrigin(ids, written);
    return this.#added(inbox.rows, written !== undefined);
  }

  /** Takes changes of rows by their primary key, likewise. The table has to be one that `changes`. */
  addChanges(table: StoredTable, changes: readonly RowChange[]): Promise<void> {
    const inbox = this.#inbox(table);
    for (const { values, sequence, deleted } of changes) inbox.changes!.add([...values, sequence, deleted]);
    inbox.clean = false;
    return this.#added(inbox.changes!);
  }

  /** @param written they are in the journal */
  async #added(buffer: Buffer, written = false): Promise<void> {
    if ((this.#durable && !written) || buffer.size > MOST_ROWS) await buffer.append();
    else if (buffer.size > FLUSH_ROWS) buffer.append().catch(console.error);
  }

  /** Resolves once every row and every change that was taken before is in the table. */
  async flush(table: StoredTable): Promise<void> {
    const inbox = this.#inbox(table);
    await inbox.rows.append();
    await inbox.changes?.append();
    if (inbox.clean) return;
    inbox.clean = true;
    try {
      await this.#store.engine.write(connection => applyChanges(connection, table));
    } catch (error) {
      inbox.clean = false;
      throw error;
    }
  }

  /** Changes the table while no row comes. */
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
    this.#inboxes.get(table.id)?.rows.discard();
    this.#inboxes.delete(table.id);
  }

  close(): void {
    this.#durable?.journal.close();
  }

  #inbox(table: StoredTable): Inbox {
    const found = this.#inboxes.get(table.id);
    if (found && found.version >= table.version) return found;
    // Nothing waits in the one before: every change of a table is made by `whileSettled`.
    const fresh = new Inbox(this.#store, table, found, this.#durable);
    this.#inboxes.set(table.id, fresh);
    return fresh;
  }
}
