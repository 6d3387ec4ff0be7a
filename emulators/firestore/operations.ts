import { CLIENTS } from '../meter/cause.ts';
import type { HotWatch } from '../meter/hot.ts';
import type { Meter } from '../meter/meter.ts';
import { nameOf, type Write } from './writes.ts';

/** Documents that requests have read, written and deleted, as Firestore bills them. What listeners are sent is not among them. */
export interface Operations {
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
}

/** Who is told of everything that is counted: by who asked for it, and by document. */
export interface OperationObservers {
  readonly meter?: Meter;
  readonly hot?: HotWatch;
}

/** One read pays for so many index entries that an aggregation matches. */
const ENTRIES_A_READ = 1000;

/** Counts by the rules of {@link https://firebase.google.com/docs/firestore/pricing#operations}. */
export class OperationCounter {
  #reads = 0;
  #writes = 0;
  #deletes = 0;
  readonly #meter: Meter | undefined;
  readonly #hot: HotWatch | undefined;

  constructor({ meter, hot }: OperationObservers = {}) {
    this.#meter = meter;
    this.#hot = hot;
  }

  get counts(): Operations {
    return { reads: this.#reads, writes: this.#writes, deletes: this.#deletes };
  }

  /** Documents asked for by name: one that is not there costs as much. */
  got(documents: number): void {
    this.#read(documents);
  }

  /** A query without a result costs one read. */
  queried(documents: number): void {
    this.#read(Math.max(1, documents));
  }

  aggregated(entries: number): void {
    this.#read(Math.max(1, Math.ceil(entries / ENTRIES_A_READ)));
  }

  /** Documents that listeners have been sent, who are clients: a step that listened would wait for what wakes it. */
  listened(documents: number): void {
    this.#meter?.count('firestore.reads', documents, CLIENTS);
  }

  /** Writes that have been carried out, whether they changed anything or not. */
  wrote(writes: readonly Write[]): void {
    let deletes = 0;
    for (const write of writes) {
      if (write.delete !== undefined) deletes++;
      this.#hot?.wrote(nameOf(write));
    }
    this.#writes += writes.length - deletes;
    this.#deletes += deletes;
    this.#meter?.count('firestore.writes', writes.length - deletes);
    this.#meter?.count('firestore.deletes', deletes);
  }

  #read(documents: number): void {
    this.#reads += documents;
    this.#meter?.count('firestore.reads', documents);
  }
}
