import type { StoredDocument } from './document.ts';
import { type Change, History } from './history.ts';
import type { Past } from './query/run.ts';
import { Store } from './store.ts';
import type { Author, Value } from './types.ts';
import { nowMicros } from './values/time.ts';
import { applyWrite, nameOf, type Write } from './writes.ts';

export interface WriteResult {
  /** Microseconds; undefined after a delete. */
  readonly updateTime: number | undefined;
  readonly transformResults: readonly Value[];
}

export interface CommitResult {
  readonly writeResults: readonly WriteResult[];
  readonly commitTime: number;
  /** Everybody who watches the changes is done with them. */
  readonly seen: Promise<unknown> | undefined;
}

/** Who commits. */
export interface Committer {
  readonly author: Author;
  /** Sees all of the writes before any of them counts, and throws where they may not be. */
  judge?(writes: readonly Write[], time: number): void;
}

export const SYSTEM: Committer = { author: { type: 'system' } };

/** Called within the commit; a returned promise holds back the client's answer, not other commits. */
export type CommitListener = (changes: readonly Change[], time: number) => unknown;

/** Keeps a commit beyond this process, before anybody hears of it. */
export type Journal = (changes: readonly Change[], time: number, author: Author) => void;

/** The commit has happened: a listener that fails does not undo it, so the client must not be told that it failed. */
const report = (error: unknown): void => console.error('A listener of Firestore changes failed:', error);

const HISTORY_BYTES = 32 * 1024 * 1024;

/** Documents, their recent past, and the one place where a commit happens. It knows nothing of locks or of wires. */
export class Database {
  readonly store: Store;
  readonly history: History;
  readonly #journal: Journal;
  readonly #listeners = new Set<CommitListener>();
  #time: number;
  #sequence: number;

  constructor(
    journal: Journal = () => {},
    store = new Store(),
    history = new History(nowMicros(), 0, HISTORY_BYTES),
    time = 0,
    sequence = 0,
  ) {
    this.#journal = journal;
    this.store = store;
    this.history = history;
    this.#time = Math.max(nowMicros(), time);
    this.#sequence = sequence;
  }

  /** Time of the latest commit or, if later, now: whatever commits after this call gets a greater one. */
  now(): number {
    this.#time = Math.max(this.#time, nowMicros());
    return this.#time;
  }

  get sequence(): number {
    return this.#sequence;
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All of the writes or, when it throws, none. */
  commit(writes: readonly Write[], by: Committer = SYSTEM): CommitResult {
    const time = Math.max(nowMicros(), this.#time + 1);
    by.judge?.(writes, time);
    const staged = new Map<string, StoredDocument | undefined>();
    const results = writes.map(write => {
      const name = nameOf(write);
      const before = staged.has(name) ? staged.get(name) : this.store.get(name);
      const { after, transformResults } = applyWrite(before, write, time);
      staged.set(name, after);
      return { name, transformResults, deleted: write.delete !== undefined };
    });
    this.#time = time;
    const changes = this.#changes(staged, time, by.author);
    if (changes.length > 0) this.#journal(changes, time, by.author);
    for (const change of changes) {
      this.store.put(change.name, change.after);
      this.history.push(change);
    }
    this.history.prune();
    const writeResults = results.map(({ name, transformResults, deleted }) => ({
      updateTime: deleted ? undefined : (this.store.get(name)?.updateTime ?? time),
      transformResults,
    }));
    return { writeResults, commitTime: time, seen: this.#tell(changes, time) };
  }

  #changes(staged: ReadonlyMap<string, StoredDocument | undefined>, time: number, author: Author): Change[] {
    const changes: Change[] = [];
    for (const [name, after] of staged) {
      const before = this.store.get(name);
      if (before === after) continue;
      // What changes nothing in the end keeps its update time and is no event.
      if (
        before &&
        after &&
        before.createTime === after.createTime &&
        !Buffer.compare(before.bytes, after.bytes)
      )
        continue;
      changes.push({ sequence: ++this.#sequence, name, before, after, time, author });
    }
    return changes;
  }

  #tell(changes: readonly Change[], time: number): Promise<unknown> | undefined {
    if (changes.length === 0) return undefined;
    const waiting: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        const result = listener(changes, time);
        if (result instanceof Promise) waiting.push(result.catch(report));
      } catch (error) {
        report(error);
      }
    }
    return waiting.length > 0 ? Promise.all(waiting) : undefined;
  }

  /** What the documents that changed since then were at that time; undefined when that is no longer known. */
  past(time: number): Past | undefined {
    if (time < this.history.floorTime) return undefined;
    const past = new Map<string, StoredDocument | undefined>();
    for (const change of this.history.afterTime(time))
      if (!past.has(change.name)) past.set(change.name, change.before);
    return past;
  }
}
