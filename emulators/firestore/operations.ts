/** Documents that requests have read, written and deleted, as Firestore bills them. What listeners are sent is not among them. */
export interface Operations {
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
}

/** One read pays for so many index entries that an aggregation matches. */
const ENTRIES_A_READ = 1000;

/** Counts by the rules of {@link https://firebase.google.com/docs/firestore/pricing#operations}. */
export class OperationCounter {
  #reads = 0;
  #writes = 0;
  #deletes = 0;

  get counts(): Operations {
    return { reads: this.#reads, writes: this.#writes, deletes: this.#deletes };
  }

  /** Documents asked for by name: one that is not there costs as much. */
  got(documents: number): void {
    this.#reads += documents;
  }

  /** A query without a result costs one read. */
  queried(documents: number): void {
    this.#reads += Math.max(1, documents);
  }

  aggregated(entries: number): void {
    this.#reads += Math.max(1, Math.ceil(entries / ENTRIES_A_READ));
  }

  /** Writes that have been carried out. */
  wrote(writes: readonly { readonly delete?: string }[]): void {
    for (const write of writes) {
      if (write.delete === undefined) this.#writes++;
      else this.#deletes++;
    }
  }
}
