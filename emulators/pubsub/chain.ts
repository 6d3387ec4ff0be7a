import type { Entry } from './entry.ts';

/** Entries in the order of their publishing, of which any can be taken out in constant time: the entries are the links. */
export class Chain {
  #size = 0;
  #oldest: Entry | undefined;
  #newest: Entry | undefined;

  get size(): number {
    return this.#size;
  }

  get oldest(): Entry | undefined {
    return this.#oldest;
  }

  add(entry: Entry): void {
    entry.previous = this.#newest;
    if (this.#newest) this.#newest.next = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    this.#size++;
  }

  /** Its link to the next entry stays, for whoever walks along the chain. */
  remove(entry: Entry): void {
    if (entry.previous) entry.previous.next = entry.next;
    else this.#oldest = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.#newest = entry.previous;
    entry.previous = undefined;
    this.#size--;
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (let entry = this.#oldest; entry; entry = entry.next) yield entry;
  }
}
