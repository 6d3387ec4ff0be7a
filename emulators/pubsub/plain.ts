import { dueBefore, type Entry, publishedBefore } from './entry.ts';
import { Fifo } from './fifo.ts';
import { Heap } from './heap.ts';

/** The messages without an ordering key: each goes its own way, the older one first. */
export class PlainMessages {
  /** Never delivered yet, in publish order; those that left meanwhile are skipped. */
  readonly #fresh = new Fifo<Entry>();
  /** To be delivered again. */
  readonly #again = new Heap<Entry>(publishedBefore);
  readonly #delayed = new Heap<Entry>(dueBefore);

  /** How many wait out a backoff. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** When the next backoff ends, milliseconds; Infinity without one. */
  get nextDue(): number {
    return this.#delayed.peek()?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Takes up one that is new, in publish order. */
  add(entry: Entry): void {
    this.#fresh.push(entry);
  }

  /** The next to deliver, or undefined. */
  peek(): Entry | undefined {
    while (this.#fresh.peek()?.state === 'gone') this.#fresh.shift();
    const fresh = this.#fresh.peek();
    const again = this.#again.peek();
    return again && (!fresh || publishedBefore(again, fresh)) ? again : fresh;
  }

  /** Moves past the entry that {@link peek} has shown. */
  take(shown: Entry): void {
    if (shown === this.#again.peek()) this.#again.pop();
    else this.#fresh.shift();
  }

  /** Takes one back, to be delivered again after so many milliseconds. */
  takeBack(entry: Entry, backoff: number, now: number): void {
    if (backoff > 0) {
      entry.state = 'delayed';
      entry.due = now + backoff;
      this.#delayed.push(entry);
    } else {
      entry.state = 'waiting';
      this.#again.push(entry);
    }
  }

  /** Takes up those whose backoff is over; says whether there were any. */
  resume(now: number): boolean {
    let any = false;
    for (let entry = this.#delayed.peek(); entry && entry.due <= now; entry = this.#delayed.peek()) {
      this.#delayed.pop();
      entry.state = 'waiting';
      this.#again.push(entry);
      any = true;
    }
    return any;
  }

  /** Forgets one that is about to leave. */
  remove(entry: Entry): void {
    if (entry.state === 'delayed') this.#delayed.remove(entry);
    else if (entry.state === 'waiting' && entry.place >= 0) this.#again.remove(entry);
  }
}
