import { randomBytes } from 'node:crypto';
import { failedPrecondition, GrpcError, invalidArgument, status } from '../grpc/errors.ts';
import { inPresentName } from '../meter/cause.ts';
import { type CommitResult, type Committer, type Database, SYSTEM } from './database.ts';
import type { StoredDocument } from './document.ts';
import { contention, Locks, type Owner } from './locks.ts';
import type { Query } from './query/parse.ts';
import { type Past, type Result, runQuery } from './query/run.ts';
import { nameOf, type Write } from './writes.ts';

const IDLE_MS = 60_000;
const TOTAL_MS = 270_000;
const HOUR_MICROS = 3600 * 1e6;
const KEEP_AGES = 10_000;

/** google.firestore.v1.TransactionOptions as decoded. */
export interface TransactionOptions {
  readOnly?: { readTime?: number };
  /** Hex id of the attempt before. */
  readWrite?: { retry?: string };
}

interface Guard {
  readonly query: Query;
  readonly versions: string;
  readonly sequence: number;
}

class Transaction implements Owner {
  readonly id: string;
  readonly age: number;
  /** Microseconds; undefined for read-write transactions, which read what they lock. */
  readonly readTime: number | undefined;
  readonly peer: string | undefined;
  readonly guards: Guard[] = [];
  readonly started = Date.now();
  lastUsed = Date.now();
  /** Requests that are waiting for a lock: a transaction that waits is not idle. */
  waiting = 0;
  aborted = false;
  readonly #locks: Locks;

  constructor(id: string, age: number, readTime: number | undefined, peer: string | undefined, locks: Locks) {
    this.peer = peer;
    this.id = id;
    this.age = age;
    this.readTime = readTime;
    this.#locks = locks;
  }

  abort(): void {
    this.aborted = true;
    this.#locks.release(this);
  }
}

/** Where a read happens: now, at a time, or inside a transaction. */
export interface ReadAt {
  /** Hex. */
  readonly transaction?: string | undefined;
  /** Microseconds. */
  readonly readTime?: number | undefined;
}

const versionsOf = (documents: readonly StoredDocument[]): string =>
  documents.map(doc => `${doc.name}@${doc.updateTime}`).join('\n');

/**
 * Serializable transactions: what a read-write transaction reads, nobody else reads in a transaction or writes until
 * it ends; what its queries found must still be the result when it commits. Read-only ones read a snapshot.
 */
export class Transactions {
  readonly #database: Database;
  readonly #locks = new Locks();
  readonly #open = new Map<string, Transaction>();
  /** An attempt that retries keeps the age of the first, so that it wins in the end. */
  readonly #ages = new Map<string, number>();
  #nextAge = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `peer`: the connection that the transaction came by, see {@link abandon}. */
  begin(options: TransactionOptions = {}, peer?: string): string {
    const id = randomBytes(12).toString('hex');
    const age = this.#ages.get(options.readWrite?.retry ?? '') ?? this.#nextAge++;
    const readTime = options.readOnly && (options.readOnly.readTime ?? this.#database.now());
    if (readTime !== undefined) this.#pastOf(readTime);
    this.#open.set(id, new Transaction(id, age, readTime, peer, this.#locks));
    this.#ages.set(id, age);
    if (this.#ages.size > KEEP_AGES) this.#ages.delete(this.#ages.keys().next().value!);
    this.#timer ??= setInterval(() => this.#expire(), 1000).unref();
    return id;
  }

  rollback(id: string): void {
    this.#end(this.#find(id));
  }

  /** Ends what a client left behind whose connection has closed: nobody should wait a minute for the dead. */
  abandon(peer: string): void {
    for (const transaction of this.#open.values()) if (transaction.peer === peer) this.#end(transaction);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const transaction of this.#open.values()) transaction.abort();
    this.#open.clear();
  }

  async documents(
    names: readonly string[],
    at: ReadAt,
  ): Promise<{ documents: (StoredDocument | undefined)[]; readTime: number }> {
    const { store } = this.#database;
    const view = this.#view(at);
    if (view.transaction) await this.#lock(view.transaction, names);
    const readTime = view.time ?? this.#database.now();
    const { past } = view;
    return { documents: names.map(name => (past?.has(name) ? past.get(name) : store.get(name))), readTime };
  }

  async query(query: Query, at: ReadAt): Promise<{ result: Result; readTime: number }> {
    const { store } = this.#database;
    const view = this.#view(at);
    if (!view.transaction)
      return { result: runQuery(store, query, view.past), readTime: view.time ?? this.#database.now() };
    let result = runQuery(store, query);
    // While we wait for one document the result may change: only one that is locked entirely counts.
    while (
      await this.#lock(
        view.transaction,
        result.documents.map(doc => doc.name),
      )
    )
      result = runQuery(store, query);
    this.#guard(view.transaction, query, result);
    return { result, readTime: this.#database.now() };
  }

  /** For aggregations: nothing is locked, but the documents counted must be the same at commit. */
  async aggregate<T>(
    query: Query,
    at: ReadAt,
    compute: (past: Past) => T,
  ): Promise<{ value: T; readTime: number }> {
    const view = this.#view(at);
    const value = compute(view.past ?? new Map());
    if (view.transaction) this.#guard(view.transaction, query, runQuery(this.#database.store, query));
    return { value, readTime: view.time ?? this.#database.now() };
  }

  #guard(transaction: Transaction, query: Query, result: Result): void {
    const { sequence } = this.#database;
    transaction.guards.push({ query, versions: versionsOf(result.documents), sequence });
  }

  /** Outside a transaction it waits until no transaction holds any of the documents. */
  async commit(writes: readonly Write[], id?: string, by: Committer = SYSTEM): Promise<CommitResult> {
    const names = [...new Set(writes.map(nameOf))].sort();
    if (id === undefined) return this.#commitWhenFree(names, writes, by);
    const transaction = this.#find(id);
    try {
      if (transaction.readTime !== undefined && writes.length > 0)
        throw invalidArgument('Cannot modify entities in a read-only transaction.');
      await this.#lock(transaction, names);
      this.#checkGuards(transaction);
      return this.#database.commit(writes, by);
    } finally {
      this.#end(transaction);
    }
  }

  #commitWhenFree(names: readonly string[], writes: readonly Write[], by: Committer): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      const commit = (): void => {
        try {
          resolve(this.#database.commit(writes, by));
        } catch (error) {
          reject(error);
        }
      };
      // Whoever frees the documents is not who asks.
      this.#locks.whenFree(names, undefined, inPresentName(commit));
    });
  }

  #checkGuards(transaction: Transaction): void {
    for (const { query, versions, sequence } of transaction.guards) {
      if (sequence === this.#database.sequence) continue;
      if (versionsOf(runQuery(this.#database.store, query).documents) !== versions) throw contention();
    }
  }

  /** Resolves with whether it had to wait. Sorted, so that two who want the same rarely meet crosswise. */
  async #lock(transaction: Transaction, names: readonly string[]): Promise<boolean> {
    let waited = false;
    if (transaction.readTime !== undefined) return waited;
    for (const name of [...names].sort()) {
      // It may have ended while it waited; what it locked from then on nobody would ever release.
      if (transaction.aborted) throw contention();
      const granted = this.#locks.acquire(transaction, name);
      if (!granted) continue;
      waited = true;
      transaction.waiting++;
      try {
        await granted;
      } finally {
        transaction.waiting--;
        transaction.lastUsed = Date.now();
      }
      if (transaction.aborted) throw contention();
    }
    return waited;
  }

  #view(at: ReadAt): { transaction?: Transaction; time?: number; past?: Past } {
    if (at.transaction !== undefined) {
      const transaction = this.#find(at.transaction);
      if (transaction.readTime === undefined) return { transaction };
      return { time: transaction.readTime, past: this.#pastOf(transaction.readTime) };
    }
    return at.readTime === undefined ? {} : { time: at.readTime, past: this.#pastOf(at.readTime) };
  }

  #pastOf(time: number): Past {
    const now = this.#database.now();
    if (time > now) throw invalidArgument('read_time must not lie in the future.');
    const past = time < now - HOUR_MICROS ? undefined : this.#database.past(time);
    if (!past)
      throw failedPrecondition(
        'The requested read_time is older than what is kept (an hour, and no more than memory allows).',
      );
    return past;
  }

  #find(id: string): Transaction {
    const transaction = this.#open.get(id);
    if (!transaction)
      throw new GrpcError(
        status.INVALID_ARGUMENT,
        'The referenced transaction has expired or is no longer valid.',
      );
    if (transaction.aborted) {
      this.#open.delete(id);
      throw contention();
    }
    transaction.lastUsed = Date.now();
    return transaction;
  }

  #end(transaction: Transaction): void {
    this.#open.delete(transaction.id);
    transaction.abort();
  }

  #expire(): void {
    const now = Date.now();
    for (const transaction of this.#open.values()) {
      const idle = transaction.waiting === 0 && now - transaction.lastUsed > IDLE_MS;
      if (idle || now - transaction.started > TOTAL_MS) this.#end(transaction);
    }
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
