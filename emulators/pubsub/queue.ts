import { dueBefore, type Entry, publishedBefore } from './entry.ts';
import { Fifo } from './fifo.ts';
import { Heap } from './heap.ts';
import type { HeldMessage } from './messages.ts';
import { OrderingKeys } from './ordering.ts';
import type { SubscriptionConfig, SubscriptionStats } from './types.ts';

/** What a queue tells its broker. */
export interface QueueEvents {
  /** The message has left the subscription for good: acknowledged, dead-lettered or too old. */
  left(entry: Entry): void;
  failed(entry: Entry): void;
  /** Forwards to the dead letter topic; false when there is none to forward to. */
  deadLetter(entry: Entry): boolean;
  /** Something may be deliverable that was not. */
  ready(): void;
}

export interface LeaseRequest {
  readonly max: number;
  /** No more messages once these bytes are reached. */
  readonly maxBytes: number;
  /** How long the leases last. */
  readonly seconds: number;
  readonly onEnd?: ((ackId: string) => void) | undefined;
}

/**
 * One subscription: who holds which message until when. Pure state over a clock handed in; all that is due by `now`
 * happens in {@link sweep}, which every call runs first.
 */
export class SubscriptionQueue {
  config: SubscriptionConfig;
  /** Divides backoffs, so that tests need not wait. */
  readonly #timeScale: number;
  readonly #events: QueueEvents;
  readonly #ackPrefix: string;
  #leases = 0;
  readonly #leased = new Map<string, Entry>();
  readonly #deadlines = new Heap<Entry>(dueBefore);
  readonly #delayed = new Heap<Entry>(dueBefore);
  /** Never delivered yet, in publish order; those that left meanwhile are skipped. */
  readonly #fresh = new Fifo<Entry>();
  /** To be delivered again, without an ordering key. */
  readonly #again = new Heap<Entry>(publishedBefore);
  readonly #keys = new OrderingKeys();
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #size = 0;

  constructor(config: SubscriptionConfig, ackPrefix: string, timeScale: number, events: QueueEvents) {
    this.config = config;
    this.#ackPrefix = ackPrefix;
    this.#timeScale = timeScale;
    this.#events = events;
  }

  /** Messages must come in publish order. */
  push(held: HeldMessage, failures: number, now: number): void {
    const key =
      this.config.enableMessageOrdering && held.orderingKey ? this.#keys.key(held.orderingKey) : undefined;
    const entry: Entry = {
      held,
      failures,
      state: 'waiting',
      ackId: '',
      due: 0,
      onEnd: undefined,
      key,
      position: 0,
      previous: this.#newest,
      next: undefined,
      place: -1,
    };
    if (this.#newest) this.#newest.next = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    this.#size++;
    if (key) this.#keys.add(entry, key, now);
    else this.#fresh.push(entry);
    this.#events.ready();
  }

  lease({ max, maxBytes, seconds, onEnd }: LeaseRequest, now: number): Entry[] {
    this.sweep(now);
    const entries: Entry[] = [];
    let bytes = 0;
    const keys = new Set<NonNullable<Entry['key']>>();
    while (entries.length < max && bytes < maxBytes) {
      const entry = this.#takeNext(keys);
      if (!entry) break;
      entry.state = 'leased';
      entry.ackId = `${this.#ackPrefix}-${(this.#leases++).toString(36)}`;
      entry.due = now + seconds * 1000;
      entry.onEnd = onEnd;
      bytes += entry.held.size;
      this.#leased.set(entry.ackId, entry);
      this.#deadlines.push(entry);
      entries.push(entry);
    }
    for (const key of keys) this.#keys.settle(key, now);
    return entries;
  }

  /** Ids that lease nothing (any more) are ignored here and below, as the real service does. */
  ack(ackIds: readonly string[], now: number): void {
    this.sweep(now);
    for (const id of ackIds) {
      const entry = this.#leased.get(id);
      if (!entry) continue;
      this.#endLease(entry);
      if (entry.key) this.#settleInKey(entry, now);
      else this.#leave(entry);
    }
  }

  nack(ackIds: readonly string[], now: number): void {
    this.sweep(now);
    const entries = ackIds.map(id => this.#leased.get(id)).filter(entry => entry !== undefined);
    // In publish order: the first failure of a key takes the leases behind it back.
    for (const entry of entries.sort((a, b) => a.held.sequence - b.held.sequence)) {
      if (entry.state === 'leased') this.#fail(entry, now);
    }
  }

  extend(ackIds: readonly string[], seconds: number, now: number): void {
    this.sweep(now);
    for (const id of ackIds) {
      const entry = this.#leased.get(id);
      if (!entry) continue;
      entry.due = now + seconds * 1000;
      this.#deadlines.moved(entry);
    }
  }

  /** Does all that is due: ends leases, ends backoffs, lets go of what is too old. */
  sweep(now: number): void {
    for (let entry = this.#deadlines.peek(); entry && entry.due <= now; entry = this.#deadlines.peek()) {
      this.#fail(entry, now);
    }
    const kept = now - this.config.messageRetentionSeconds * 1000;
    while (this.#oldest && this.#oldest.held.publishTime <= kept) this.#expire(this.#oldest, now);
    let resumed = this.#keys.resume(now);
    for (let entry = this.#delayed.peek(); entry && entry.due <= now; entry = this.#delayed.peek()) {
      this.#delayed.pop();
      entry.state = 'waiting';
      this.#again.push(entry);
      resumed = true;
    }
    if (resumed) this.#events.ready();
  }

  /** When {@link sweep} next has something to do, milliseconds; Infinity when never. */
  get nextDue(): number {
    const never = Number.POSITIVE_INFINITY;
    const lease = this.#deadlines.peek()?.due ?? never;
    const backoff = this.#delayed.peek()?.due ?? never;
    const oldest = this.#oldest?.held.publishTime ?? never;
    return Math.min(lease, backoff, this.#keys.nextDue, oldest + this.config.messageRetentionSeconds * 1000);
  }

  stats(): SubscriptionStats {
    const leased = this.#leased.size;
    const delayed = this.#delayed.size + this.#keys.held;
    const ready = this.#size - leased - delayed;
    return { ready, leased, delayed, oldest: this.#oldest?.held.publishTime };
  }

  /** At least as many as can be leased now: those behind their ordering key are counted too. */
  get waiting(): number {
    return this.#size - this.#leased.size - this.#delayed.size;
  }

  /** Everything unacknowledged, oldest first. */
  *entries(): Generator<Entry> {
    for (let entry = this.#oldest; entry; entry = entry.next) yield entry;
  }

  #takeNext(keys: Set<NonNullable<Entry['key']>>): Entry | undefined {
    while (this.#fresh.peek()?.state === 'gone') this.#fresh.shift();
    const fresh = this.#fresh.peek();
    const again = this.#again.peek();
    const keyed = this.#keys.peek();
    const plain = again && (!fresh || publishedBefore(again, fresh)) ? again : fresh;
    if (keyed && (!plain || publishedBefore(keyed, plain))) {
      keys.add(this.#keys.take());
      return keyed;
    }
    if (plain === undefined) return undefined;
    if (plain === again) return this.#again.pop();
    return this.#fresh.shift();
  }

  #endLease(entry: Entry): void {
    this.#leased.delete(entry.ackId);
    this.#deadlines.remove(entry);
    entry.state = 'waiting';
    if (entry.key) entry.key.leased--;
    const { onEnd } = entry;
    entry.onEnd = undefined;
    onEnd?.(entry.ackId);
  }

  #fail(entry: Entry, now: number): void {
    this.#endLease(entry);
    entry.failures++;
    this.#events.failed(entry);
    const most = this.config.deadLetterPolicy?.maxDeliveryAttempts ?? Number.POSITIVE_INFINITY;
    if (entry.failures >= most && this.#events.deadLetter(entry)) {
      this.#remove(entry, now);
      return;
    }
    const backoff = this.#backoff(entry.failures);
    if (entry.key) this.#rewind(entry, entry.key, now + backoff, now);
    else if (backoff > 0) {
      entry.state = 'delayed';
      entry.due = now + backoff;
      this.#delayed.push(entry);
    } else {
      entry.state = 'waiting';
      this.#again.push(entry);
    }
    this.#events.ready();
  }

  /** Milliseconds: the minimum after the first failure, doubling up to the maximum. */
  #backoff(failures: number): number {
    const policy = this.config.retryPolicy;
    if (!policy) return 0;
    const seconds = Math.min(policy.maximumBackoff, policy.minimumBackoff * 2 ** (failures - 1));
    return (seconds * 1000) / this.#timeScale;
  }

  /** Delivers the key again from this entry on: leases behind it are taken back, also what was acknowledged there. */
  #rewind(entry: Entry, key: NonNullable<Entry['key']>, until: number, now: number): void {
    for (let at = entry.position; at < key.cursor; at++) {
      const later = key.entries.at(at)!;
      if (later.state === 'gone') continue;
      if (later.state === 'leased') this.#endLease(later);
      later.state = 'waiting';
    }
    key.cursor = entry.position;
    key.pausedUntil = until;
    this.#keys.settle(key, now);
  }

  /** An acknowledged message leaves once all before it in its key have: until then it may have to be delivered again. */
  #settleInKey(entry: Entry, now: number): void {
    entry.state = 'settled';
    this.#advance(entry.key!, now);
  }

  #advance(key: NonNullable<Entry['key']>, now: number): void {
    for (let first = key.entries.peek(); first; first = key.entries.peek()) {
      if (first.state !== 'settled' && first.state !== 'gone') break;
      key.entries.shift();
      if (first.state === 'settled') this.#leave(first);
    }
    const blocked = key.heap === undefined;
    this.#keys.settle(key, now);
    if (blocked && key.heap !== undefined) this.#events.ready();
  }

  /** Too old: a dead letter where a policy says so, else dropped, as messageRetentionDuration promises. */
  #expire(entry: Entry, now: number): void {
    if (this.config.deadLetterPolicy) this.#events.deadLetter(entry);
    if (entry.state === 'leased') this.#endLease(entry);
    this.#remove(entry, now);
  }

  /** Takes out an entry in whatever state short of leased. */
  #remove(entry: Entry, now: number): void {
    if (entry.state === 'delayed') this.#delayed.remove(entry);
    else if (entry.state === 'waiting' && entry.place >= 0) this.#again.remove(entry);
    this.#leave(entry);
    if (entry.key) this.#advance(entry.key, now);
  }

  #leave(entry: Entry): void {
    entry.state = 'gone';
    if (entry.previous) entry.previous.next = entry.next;
    else this.#oldest = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.#newest = entry.previous;
    entry.previous = undefined;
    this.#size--;
    this.#events.left(entry);
  }
}
