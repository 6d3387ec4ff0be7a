import type { DuckDBValue } from '@duckdb/node-api';
import { Buffer } from './buffer.ts';
import { applyChanges, CHANGE_NAMES, type RowChange } from './changes.ts';
import { hiddenColumns } from './hidden.ts';
import { DurableInsertIds, InsertIds } from './insert-ids.ts';
import type { Store } from './store.ts';
import { changesName, duckdbName, type StoredTable } from './stored.ts';
import { type RowReader, rowReader } from './values/from-json.ts';

/** A buffer is appended once it has so many rows, or when somebody reads. */
const FLUSH_ROWS = 8192;
/** Whoever brings more waits until they are appended. */
const MOST_ROWS = 65_536;
/** For so long the service keeps rows of insertAll apart, where no statement can change them. */
const STREAMED_MS = 30 * 60_000;

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

  constructor(
    store: Store,
    table: StoredTable,
    before: Inbox | undefined,
    durable: DurableInsertIds | undefined,
  ) {
    const names = table.fields.map(({ name }) => name);
    const hidden = hiddenColumns(table).map(({ name }) => name);
    this.version = table.version;
    this.ids = before?.ids ?? new InsertIds(store.now, durable?.take(table.id));
    this.lastStreamed = before?.lastStreamed;
    this.clean = before?.clean ?? !table.changes;
    this.read = rowReader(table.fields);
    this.rows = new Buffer(
      store.engine,
      duckdbName(table),
      [...names, ...hidden],
      durable && ((connection, ids) => durable.keep(connection, table.id, ids, store.now)),
    );
    if (table.changes)
      this.changes = new Buffer(store.engine, changesName(table), [...names, ...CHANGE_NAMES]);
  }
}

/** Streamed rows: gathered, and appended many at a time, before anybody can see that they were missing. */
export class Rows {
  readonly #store: Store;
  /** Of a folder: there rows are on disk before `add` resolves. */
  readonly #durable: DurableInsertIds | undefined;
  readonly #inboxes = new Map<number, Inbox>();
  /** Tables whose schema is changing, each until when. */
  readonly #changing = new Map<number, Promise<unknown>>();

  private constructor(store: Store, durable: DurableInsertIds | undefined) {
    this.#store = store;
    this.#durable = durable;
  }

  /** @param durable whether rows are to be on disk before `add` resolves */
  static async open(store: Store, durable: boolean): Promise<Rows> {
    return new Rows(store, durable ? await DurableInsertIds.open(store.engine, store.now) : undefined);
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
   */
  add(table: StoredTable, rows: readonly DuckDBValue[][], ids: readonly string[] = []): Promise<void> {
    const hidden = hiddenColumns(table).map(column => column.value(this.#store.now));
    const buffer = this.#inbox(table).rows;
    for (const row of rows) {
      row.push(...hidden);
      buffer.add(row);
    }
    buffer.addIds(ids);
    return this.#added(buffer);
  }

  /** Takes changes of rows by their primary key, likewise. The table has to be one that `changes`. */
  addChanges(table: StoredTable, changes: readonly RowChange[]): Promise<void> {
    const inbox = this.#inbox(table);
    for (const { values, sequence, deleted } of changes) inbox.changes!.add([...values, sequence, deleted]);
    inbox.clean = false;
    return this.#added(inbox.changes!);
  }

  async #added(buffer: Buffer): Promise<void> {
    if (this.#durable || buffer.size > MOST_ROWS) await buffer.append();
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
    this.#inboxes.delete(table.id);
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
