/** What a heap holds knows its own place, so that it can be taken out from the middle. */
export interface HeapItem {
  /** Place in the one heap that holds it now; -1 when none does. */
  place: number;
}

/** A binary heap with removal of any item in O(log n): deadlines are cancelled far more often than they pass. */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    item.place = this.#items.length - 1;
    this.#up(item);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first) this.remove(first);
    return first;
  }

  /** The item must be in this heap. */
  remove(item: T): void {
    const last = this.#items.pop()!;
    if (last !== item) {
      last.place = item.place;
      this.#items[item.place] = last;
      this.moved(last);
    }
    item.place = -1;
  }

  /** To be called after an item's order has changed. */
  moved(item: T): void {
    if (!this.#up(item)) this.#down(item);
  }

  #up(item: T): boolean {
    const items = this.#items;
    let place = item.place;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above]!;
      if (!this.#before(item, parent)) break;
      items[place] = parent;
      parent.place = place;
      place = above;
    }
    const moved = place !== item.place;
    items[place] = item;
    item.place = place;
    return moved;
  }

  #down(item: T): void {
    const items = this.#items;
    let place = item.place;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#before(items[below + 1]!, items[below]!)) below++;
      const child = items[below]!;
      if (!this.#before(child, item)) break;
      items[place] = child;
      child.place = place;
      place = below;
    }
    items[place] = item;
    item.place = place;
  }
}
