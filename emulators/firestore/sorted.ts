/** Anything that stands in an order by its key. */
export interface Keyed {
  readonly key: string;
}

const CHUNK = 512;

/** Items in the order of their unique keys, in chunks: adding, removing and finding cost O(log n + chunk). */
export class SortedList<T extends Keyed> {
  #chunks: T[][] = [];
  #size = 0;

  /** Sorts once, which is far quicker than adding one by one. */
  static from<T extends Keyed>(items: T[]): SortedList<T> {
    const list = new SortedList<T>();
    items.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (let i = 0; i < items.length; i += CHUNK / 2) list.#chunks.push(items.slice(i, i + CHUNK / 2));
    list.#size = items.length;
    return list;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    const found = chunk?.[lowerBound(chunk, key)];
    return found?.key === key ? found : undefined;
  }

  add(item: T): void {
    this.#size++;
    if (this.#chunks.length === 0) {
      this.#chunks.push([item]);
      return;
    }
    const c = Math.min(this.#chunkOf(item.key), this.#chunks.length - 1);
    const chunk = this.#chunks[c]!;
    chunk.splice(lowerBound(chunk, item.key), 0, item);
    if (chunk.length > CHUNK) this.#chunks.splice(c, 1, chunk.slice(0, CHUNK / 2), chunk.slice(CHUNK / 2));
  }

  delete(key: string): void {
    const c = this.#chunkOf(key);
    const chunk = this.#chunks[c];
    if (!chunk) return;
    const at = lowerBound(chunk, key);
    if (chunk[at]?.key !== key) return;
    this.#size--;
    chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(c, 1);
  }

  /** Items with `from <= key < to`, rising or falling. Do not add or remove while it runs. */
  *range(from: string, to: string, descending = false): Generator<T, void, undefined> {
    if (from >= to) return;
    if (descending) {
      for (let c = Math.min(this.#chunkOf(to), this.#chunks.length - 1); c >= 0; c--) {
        const chunk = this.#chunks[c]!;
        for (let i = lowerBound(chunk, to) - 1; i >= 0; i--) {
          if (chunk[i]!.key < from) return;
          yield chunk[i]!;
        }
      }
      return;
    }
    for (let c = this.#chunkOf(from); c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c]!;
      for (let i = lowerBound(chunk, from); i < chunk.length; i++) {
        if (chunk[i]!.key >= to) return;
        yield chunk[i]!;
      }
    }
  }

  /** How many items lie in the range, without touching them. */
  count(from: string, to: string): number {
    return from >= to ? 0 : this.#rank(to) - this.#rank(from);
  }

  #rank(key: string): number {
    const c = this.#chunkOf(key);
    let rank = 0;
    for (let i = 0; i < c; i++) rank += this.#chunks[i]!.length;
    const chunk = this.#chunks[c];
    return chunk ? rank + lowerBound(chunk, key) : rank;
  }

  /** Index of the first chunk whose last key is not below the key. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#chunks[middle]!.at(-1)!.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowerBound(chunk: readonly Keyed[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
