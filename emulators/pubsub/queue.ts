import { Chain } from './chain.ts';
import { type Entry, type OrderingKey, publishedBefore } from './entry.ts';
import { Leases } from './leases.ts';
import type { HeldMessage } from './messages.ts';
import { OrderingKeys } from './ordering.ts';
import { PlainMessages } from './plain.ts';
import type { SubscriptionConfig, SubscriptionCounts, SubscriptionStats } from './types.ts';

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
  /** Everything unacknowledged. */
  readonly #held = new Chain();
  readonly #leases: Leases;
  readonly #plain = new PlainMessages();
  readonly #keys = new OrderingKeys();
  #acknowledged = 0;
  #failed = 0;
  #deadLettered = 0;

  constructor(config: SubscriptionConfig, ackPrefix: string, timeScale: number, events: QueueEvents) {
    this.config = config;
    this.#leases = new Leases(ackPrefix);
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
      previous: undefined,
      next: undefined,
      place: -1,
    };
    this.#held.add(entry);
    if (key) this.#keys.add(entry, key, now);
    else this.#plain.add(entry);
    this.#events.ready();
  }

  lease({ max, maxBytes, seconds, onEnd }: LeaseRequest, now: number): Entry[] {
    this.sweep(now);
    const entries: Entry[] = [];
    let bytes = 0;
    const keys = new Set<OrderingKey>();
    while (entries.length < max && bytes < maxBytes) {
      const entry = this.#takeNext(keys);
      if (!entry) break;
      this.#leases.grant(entry, now + seconds * 1000, onEnd);
      bytes += entry.held.size;
      entries.push(entry);
    }
    for (const key of keys) this.#keys.settle(key, now);
    return entries;
  }

  ack(ackIds: readonly string[], now: number): void {
    this.sweep(now);
    for (const entry of this.#leases.of(ackIds)) {
      this.#leases.end(entry);
      this.#acknowledged++;
      if (entry.key) {
        // It leaves once all before it in its key have: until then it may have to be delivered again.
        entry.state = 'settled';
        this.#advance(entry.key, now);
      } else this.#leave(entry);
    }
  }

  nack(ackIds: readonly string[], now: number): void {
    this.sweep(now);
    // In publish order: the first failure of a key takes the leases behind it back.
    for (const entry of [...this.#leases.of(ackIds)].sort((a, b) => a.held.sequence - b.held.sequence)) {
      if (entry.state === 'leased') this.#fail(entry, now);
    }
  }

  extend(ackIds: readonly string[], seconds: number, now: number): void {
    this.sweep(now);
    for (const entry of this.#leases.of(ackIds)) this.#leases.extend(entry, now + seconds * 1000);
  }

  /** Does all that is due: ends leases, ends backoffs, lets go of what is too old. */
  sweep(now: number): void {
    for (let entry = this.#leases.peek(); entry && entry.due <= now; entry = this.#leases.peek()) {
      this.#fail(entry, now);
    }
    const kept = now - this.config.messageRetentionSeconds * 1000;
    for (
      let oldest = this.#held.oldest;
      oldest && oldest.held.publishTime <= kept;
      oldest = this.#held.oldest
    ) {
      this.#expire(oldest, now);
    }
    const keys = this.#keys.resume(now);
    const plain = this.#plain.resume(now);
    if (keys || plain) this.#events.ready();
  }

  /** When {@link sweep} next has something to do, milliseconds; Infinity when never. */
  get nextDue(): number {
    const never = Number.POSITIVE_INFINITY;
    const lease = this.#leases.peek()?.due ?? never;
    const oldest = this.#held.oldest?.held.publishTime ?? never;
    const retained = oldest + this.config.messageRetentionSeconds * 1000;
    return Math.min(lease, this.#plain.nextDue, this.#keys.nextDue, retained);
  }

  stats(): SubscriptionStats {
    const leased = this.#leases.size;
    const delayed = this.#plain.delayed + this.#keys.held;
    const ready = this.#held.size - leased - delayed;
    return { ready, leased, delayed, oldest: this.#held.oldest?.held.publishTime };
  }

  get counts(): SubscriptionCounts {
    return { acknowledged: this.#acknowledged, failed: this.#failed, deadLettered: this.#deadLettered };
  }

  /** At least as many as can be leased now: those behind their ordering key are counted too. */
  get waiting(): number {
    return this.#held.size - this.#leases.size - this.#plain.delayed;
  }

  /** Everything unacknowledged, oldest first. */
  entries(): Iterable<Entry> {
    return this.#held;
  }

  #takeNext(keys: Set<OrderingKey>): Entry | undefined {
    const plain = this.#plain.peek();
    const keyed = this.#keys.peek();
    if (keyed && (!plain || publishedBefore(keyed, plain))) {
      keys.add(this.#keys.take());
      return keyed;
    }
    if (plain) this.#plain.take(plain);
    return plain;
  }

  #fail(entry: Entry, now: number): void {
    this.#leases.end(entry);
    entry.failures++;
    this.#failed++;
    this.#events.failed(entry);
    const most = this.config.deadLetterPolicy?.maxDeliveryAttempts ?? Number.POSITIVE_INFINITY;
    if (entry.failures >= most && this.#events.deadLetter(entry)) {
      this.#deadLettered++;
      this.#remove(entry, now);
      return;
    }
    const backoff = this.#backoff(entry.failures);
    if (entry.key) this.#keys.rewind(entry.key, entry, now + backoff, now, later => this.#leases.end(later));
    else this.#plain.takeBack(entry, backoff, now);
    this.#events.ready();
  }

  /** Milliseconds: the minimum after the first failure, doubling up to the maximum. */
  #backoff(failures: number): number {
    const policy = this.config.retryPolicy;
    if (!policy) return 0;
    const seconds = Math.min(policy.maximumBackoff, policy.minimumBackoff * 2 ** (failures - 1));
    return (seconds * 1000) / this.#timeScale;
  }

  #advance(key: OrderingKey, now: number): void {
    if (this.#keys.advance(key, now, entry => this.#leave(entry))) this.#events.ready();
  }

  /** Too old: a dead letter where a policy says so, else dropped, as messageRetentionDuration promises. */
  #expire(entry: Entry, now: number): void {
    if (this.config.deadLetterPolicy && this.#events.deadLetter(entry)) this.#deadLettered++;
    if (entry.state === 'leased') this.#leases.end(entry);
    this.#remove(entry, now);
  }

  /** Takes out an entry in whatever state short of leased. */
  #remove(entry: Entry, now: number): void {
    this.#plain.remove(entry);
    this.#leave(entry);
    if (entry.key) this.#advance(entry.key, now);
  }

  #leave(entry: Entry): void {
    entry.state = 'gone';
    this.#held.remove(entry);
    this.#events.left(entry);
  }
}
