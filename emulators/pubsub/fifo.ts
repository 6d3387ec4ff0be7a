const COMPACT_AFTER = 1024;

/** A queue that takes from the front in constant time; an array's own shift() moves everything. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  /** How many have ever been taken: position `taken` is the front. */
  taken = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    this.taken++;
    if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** By position counted since the queue began, so that positions stay true while the front moves on. */
  at(position: number): T | undefined {
    return this.#items[this.#head + position - this.taken];
  }

  /** The position that the next push will get. */
  get end(): number {
    return this.taken + this.size;
  }
}
