import type { Entry, OrderingKey } from './entry.ts';
import { Fifo } from './fifo.ts';
import { Heap } from './heap.ts';

/**
 * The ordering keys of one subscription: which of them may deliver, which wait out a backoff.
 * {@link https://cloud.google.com/pubsub/docs/ordering}
 */
export class OrderingKeys {
  readonly #keys = new Map<string, OrderingKey>();
  readonly #ready = new Heap<OrderingKey>((a, b) => headSequence(a) < headSequence(b));
  readonly #paused = new Heap<OrderingKey>((a, b) => a.pausedUntil < b.pausedUntil);

  /** The key of that name, made when it is new. */
  key(name: string): OrderingKey {
    let key = this.#keys.get(name);
    if (!key) {
      const entries = new Fifo<Entry>();
      key = { name, entries, cursor: 0, leased: 0, pausedUntil: 0, heap: undefined, place: -1 };
      this.#keys.set(name, key);
    }
    return key;
  }

  add(entry: Entry, key: OrderingKey, now: number): void {
    entry.position = key.entries.end;
    key.entries.push(entry);
    this.settle(key, now);
  }

  /** The next entry of all keys in publish order, or undefined. */
  peek(): Entry | undefined {
    const key = this.#ready.peek();
    return key?.entries.at(key.cursor);
  }

  /**
   * Moves past the entry that {@link peek} showed. The key stays ready, so that one batch takes several of its messages;
   * {@link settle} closes the batch.
   */
  take(): OrderingKey {
    const key = this.#ready.peek()!;
    key.leased++;
    key.cursor++;
    skipGone(key);
    if (key.cursor < key.entries.end) this.#ready.moved(key);
    else this.#leave(key);
    return key;
  }

  /** Puts a key where its state belongs, after anything about it has changed. */
  settle(key: OrderingKey, now: number): void {
    this.#leave(key);
    skipGone(key);
    if (key.entries.size === 0) this.#keys.delete(key.name);
    if (key.leased > 0 || key.cursor >= key.entries.end) return;
    key.heap = key.pausedUntil > now ? 'paused' : 'ready';
    (key.heap === 'paused' ? this.#paused : this.#ready).push(key);
  }

  /** Delivers the key again from this entry on: leases behind it are taken back, also what was acknowledged there. */
  rewind(key: OrderingKey, entry: Entry, until: number, now: number, endLease: (later: Entry) => void): void {
    for (let at = entry.position; at < key.cursor; at++) {
      const later = key.entries.at(at)!;
      if (later.state === 'gone') continue;
      if (later.state === 'leased') endLease(later);
      later.state = 'waiting';
    }
    key.cursor = entry.position;
    key.pausedUntil = until;
    this.settle(key, now);
  }

  /** Lets what is acknowledged at the key's front leave. @returns whether the key can deliver now and could not before */
  advance(key: OrderingKey, now: number, leave: (entry: Entry) => void): boolean {
    for (let first = key.entries.peek(); first; first = key.entries.peek()) {
      if (first.state !== 'settled' && first.state !== 'gone') break;
      key.entries.shift();
      if (first.state === 'settled') leave(first);
    }
    const wasBlocked = key.heap === undefined;
    this.settle(key, now);
    return wasBlocked && key.heap !== undefined;
  }

  /** Takes up keys whose pause is over; says whether there were any. */
  resume(now: number): boolean {
    let any = false;
    for (let key = this.#paused.peek(); key && key.pausedUntil <= now; key = this.#paused.peek()) {
      this.settle(key, now);
      any = true;
    }
    return any;
  }

  /** When the next pause ends, milliseconds; Infinity without one. */
  get nextDue(): number {
    return this.#paused.peek()?.pausedUntil ?? Number.POSITIVE_INFINITY;
  }

  /** Messages that wait for their key, which is paused or has a batch outstanding. */
  get held(): number {
    let count = 0;
    for (const key of this.#keys.values()) {
      for (let at = key.entries.taken; at < key.entries.end; at++) {
        const state = key.entries.at(at)!.state;
        if (state === 'settled' || (state === 'waiting' && key.heap !== 'ready')) count++;
      }
    }
    return count;
  }

  #leave(key: OrderingKey): void {
    if (key.heap === 'ready') this.#ready.remove(key);
    else if (key.heap === 'paused') this.#paused.remove(key);
    key.heap = undefined;
  }
}

const headSequence = (key: OrderingKey): number => key.entries.at(key.cursor)!.held.sequence;

function skipGone(key: OrderingKey): void {
  if (key.cursor < key.entries.taken) key.cursor = key.entries.taken;
  while (key.entries.at(key.cursor)?.state === 'gone') key.cursor++;
}
