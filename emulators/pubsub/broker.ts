import { randomBytes } from 'node:crypto';
import { alreadyExists, notFound } from '../grpc/errors.ts';
import { asDeadLetter } from './deadletter.ts';
import { compileFilter, type Matches } from './filter.ts';
import { Journal, type JournalRecord } from './journal.ts';
import { checkMessages, checkSubscription } from './limits.ts';
import { MessageStore } from './messages.ts';
import { checkName, DELETED_TOPIC } from './names.ts';
import { SubscriptionQueue } from './queue.ts';
import { holds, recover } from './recovery.ts';
import type { StoredRecord } from './segments.ts';
import type {
  Broker,
  Delivery,
  PublishMessage,
  StoredMessage,
  SubscriptionConfig,
  SubscriptionStats,
  TopicConfig,
} from './types.ts';

export interface BrokerOptions {
  /** Where everything is kept over restarts; without it all is forgotten with the process. One process at a time. */
  readonly dir?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Divides retry backoffs (not deadlines), for suites and tests that cannot wait. */
  readonly timeScale?: number;
  /** Message bodies beyond this many bytes lie on disk only. */
  readonly memoryBytes?: number;
}

/** The broker with what only its own adapters need. */
export interface LocalBroker extends Broker {
  topic(name: string): TopicConfig;
  updateTopic(config: TopicConfig): void;
  /** Its subscriptions stay, with their messages, under the topic `_deleted-topic_`. */
  deleteTopic(name: string): void;
  subscription(name: string): SubscriptionConfig;
  /** {@link Broker.lease} at once, with a limit on bytes (at least one message comes) and word of each lease's end. */
  leaseNow(subscription: string, request: LeaseOptions): Delivery[];
  /** At least as many as can be leased now, in constant time. */
  waiting(subscription: string): number;
  /** Everything but name, topic, ordering and filter may change. */
  updateSubscription(config: SubscriptionConfig): void;
  /** Bytes of message bodies held in memory now. */
  readonly memoryBytes: number;
  stop(): void;
}

export interface LeaseOptions {
  readonly max: number;
  readonly maxBytes?: number;
  /** Instead of the subscription's own ack deadline. */
  readonly seconds?: number | undefined;
  /** Called when a lease ends: acknowledged, given back, run out or taken back with its ordering key. */
  readonly onEnd?: (ackId: string) => void;
}

interface Subscription {
  readonly number: number;
  readonly queue: SubscriptionQueue;
  readonly matches: Matches | undefined;
  readonly listeners: Set<() => void>;
  notified: boolean;
}

interface Topic {
  config: TopicConfig;
  readonly subscriptions: Set<Subscription>;
}

const DEFAULT_MEMORY_BYTES = 64 * 1024 * 1024;
/** Ids are journaled in blocks, so that none is given twice even where no message was kept. */
const ID_BLOCK = 1_000_000;
const IDS_PER_MILLISECOND = 1000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A Pub/Sub broker in process: {@link https://cloud.google.com/pubsub/docs/subscriber}. With `dir`, `publish` resolves once
 * the messages are handed to the file system by write(): they outlive a killed process, but there is no fsync, so not a
 * machine that loses power. Acknowledgements may be lost in a crash: delivery is at least once.
 */
export function createBroker(options: BrokerOptions = {}): LocalBroker {
  return new MemoryBroker(options);
}

class MemoryBroker implements LocalBroker {
  readonly #now: () => number;
  readonly #timeScale: number;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #messages: MessageStore;
  readonly #journal: Journal | undefined;
  /** Ack ids of a former process must mean nothing. */
  readonly #run = randomBytes(4).toString('hex');
  #nextId: number;
  #reserved = 0;
  #nextSubscription = 1;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(options: BrokerOptions) {
    this.#now = options.now ?? Date.now;
    this.#timeScale = options.timeScale ?? 1;
    this.#messages = new MessageStore(options.dir, options.memoryBytes ?? DEFAULT_MEMORY_BYTES);
    // From the clock, so that ids rise over restarts even without a folder: consumers may remember them longer than we do.
    this.#nextId = Math.max(1, this.#now() * IDS_PER_MILLISECOND);
    if (options.dir === undefined) return;
    this.#journal = new Journal(options.dir);
    this.#recover(this.#journal);
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  get subscriptions(): readonly SubscriptionConfig[] {
    return [...this.#subscriptions.values()].map(subscription => subscription.queue.config);
  }

  get memoryBytes(): number {
    return this.#messages.memoryBytes;
  }

  createTopic(name: string, labels: Readonly<Record<string, string>> = {}): void {
    checkName('topics', name);
    if (this.#topics.has(name))
      throw alreadyExists(`Resource already exists in the project (resource=${name}).`);
    this.#topics.set(name, { config: { name, labels }, subscriptions: new Set() });
    this.#journal?.append({ topic: { name, labels } });
  }

  hasTopic(name: string): boolean {
    return this.#topics.has(name);
  }

  topic(name: string): TopicConfig {
    return this.#topic(name).config;
  }

  updateTopic(config: TopicConfig): void {
    this.#topic(config.name).config = config;
    this.#journal?.append({ topic: config });
  }

  deleteTopic(name: string): void {
    const { subscriptions } = this.#topic(name);
    for (const subscription of subscriptions) {
      this.#configure(subscription, { ...subscription.queue.config, topic: DELETED_TOPIC });
    }
    this.#topics.delete(name);
    this.#journal?.append({ deletedTopic: name });
  }

  createSubscription(config: SubscriptionConfig): void {
    checkSubscription(config);
    const topic = this.#topic(config.topic);
    if (config.deadLetterPolicy) this.#topic(config.deadLetterPolicy.deadLetterTopic);
    if (this.#subscriptions.has(config.name)) {
      throw alreadyExists(`Resource already exists in the project (resource=${config.name}).`);
    }
    const subscription = this.#addSubscription(this.#nextSubscription++, config);
    topic.subscriptions.add(subscription);
    this.#journal?.append({ subscription: config, in: subscription.number });
  }

  hasSubscription(name: string): boolean {
    return this.#subscriptions.has(name);
  }

  subscription(name: string): SubscriptionConfig {
    return this.#subscription(name).queue.config;
  }

  updateSubscription(config: SubscriptionConfig): void {
    checkSubscription(config);
    const subscription = this.#subscription(config.name);
    if (config.deadLetterPolicy) this.#topic(config.deadLetterPolicy.deadLetterTopic);
    this.#configure(subscription, config);
    this.#arm(subscription);
  }

  deleteSubscription(name: string): void {
    const subscription = this.#subscription(name);
    this.#subscriptions.delete(name);
    this.#topics.get(subscription.queue.config.topic)?.subscriptions.delete(subscription);
    for (const { held } of subscription.queue.entries()) this.#messages.release(held);
    this.#journal?.append({ deletedSubscription: subscription.number });
    // Whoever waits for messages learns by its next lease that there is nothing to wait for.
    this.#notify(subscription);
  }

  async publish(topic: string, messages: readonly PublishMessage[]): Promise<string[]> {
    const found = this.#topic(topic);
    checkMessages(messages);
    return this.#publish(found, messages);
  }

  async lease(name: string, max: number, seconds?: number): Promise<Delivery[]> {
    return this.leaseNow(name, { max, seconds });
  }

  leaseNow(name: string, { max, maxBytes, seconds, onEnd }: LeaseOptions): Delivery[] {
    const subscription = this.#subscription(name);
    const { queue } = subscription;
    const request = {
      max,
      maxBytes: maxBytes ?? Number.POSITIVE_INFINITY,
      seconds: seconds ?? queue.config.ackDeadlineSeconds,
      onEnd,
    };
    const entries = queue.lease(request, this.#now());
    this.#arm(subscription);
    return entries.map(({ ackId, held, failures }) => ({
      ackId,
      message: this.#messages.read(held),
      attempt: failures + 1,
    }));
  }

  waiting(name: string): number {
    return this.#subscription(name).queue.waiting;
  }

  ack(name: string, ackIds: readonly string[]): void {
    const subscription = this.#subscription(name);
    subscription.queue.ack(ackIds, this.#now());
    this.#arm(subscription);
  }

  nack(name: string, ackIds: readonly string[]): void {
    const subscription = this.#subscription(name);
    subscription.queue.nack(ackIds, this.#now());
    this.#arm(subscription);
  }

  extend(name: string, ackIds: readonly string[], seconds: number): void {
    const subscription = this.#subscription(name);
    subscription.queue.extend(ackIds, seconds, this.#now());
    this.#arm(subscription);
  }

  onReady(name: string, listener: () => void): () => void {
    const { listeners } = this.#subscription(name);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  stats(name: string): SubscriptionStats {
    const { queue } = this.#subscription(name);
    queue.sweep(this.#now());
    return queue.stats();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Number.NEGATIVE_INFINITY;
    this.#journal?.close();
    this.#messages.close();
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (!topic) throw notFound(`Resource not found (resource=${name}).`);
    return topic;
  }

  #subscription(name: string): Subscription {
    const subscription = this.#subscriptions.get(name);
    if (!subscription) throw notFound(`Resource not found (resource=${name}).`);
    return subscription;
  }

  #configure(subscription: Subscription, config: SubscriptionConfig): void {
    subscription.queue.config = config;
    this.#journal?.append({ subscription: config, in: subscription.number });
  }

  #addSubscription(number: number, config: SubscriptionConfig): Subscription {
    const queue = new SubscriptionQueue(config, `${this.#run}-${number}`, this.#timeScale, {
      left: ({ held }) => {
        this.#messages.release(held);
        this.#journal?.note('left', number, held.sequence);
      },
      failed: ({ held }) => this.#journal?.note('failed', number, held.sequence),
      deadLetter: ({ held, failures }) => this.#deadLetter(queue.config, this.#messages.read(held), failures),
      ready: () => this.#notify(subscription),
    });
    const matches = config.filter ? compileFilter(config.filter) : undefined;
    const subscription: Subscription = { number, queue, matches, listeners: new Set(), notified: false };
    this.#subscriptions.set(config.name, subscription);
    return subscription;
  }

  #deadLetter(
    { name, deadLetterPolicy }: SubscriptionConfig,
    message: StoredMessage,
    failures: number,
  ): boolean {
    const topic = this.#topics.get(deadLetterPolicy!.deadLetterTopic);
    if (topic) this.#publish(topic, [asDeadLetter(message, name, failures)]);
    return topic !== undefined;
  }

  #publish(topic: Topic, messages: readonly PublishMessage[]): string[] {
    const now = this.#now();
    const records: StoredRecord[] = [];
    const wanting: (readonly Subscription[])[] = [];
    const subscriptions = [...topic.subscriptions];
    const filtered = subscriptions.some(({ matches }) => matches);
    const ids = messages.map(message => {
      const messageId = String(this.#takeId());
      const takers = filtered
        ? subscriptions.filter(({ matches }) => !matches || matches(message.attributes))
        : subscriptions;
      if (takers.length > 0) {
        const holders = takers.map(({ number }) => number);
        records.push({ message: { ...message, messageId, publishTime: now }, holders });
        wanting.push(takers);
      }
      return messageId;
    });
    if (records.length === 0) return ids;
    for (const [at, held] of this.#messages.add(records).entries()) {
      for (const { queue } of wanting[at]!) queue.push(held, 0, now);
    }
    for (const subscription of subscriptions) this.#arm(subscription);
    if (this.#journal?.isLarge) this.#journal.rewrite(this.#snapshot());
    return ids;
  }

  #takeId(): number {
    const id = this.#nextId++;
    if (this.#journal && id >= this.#reserved) this.#reserve(this.#journal, id);
    return id;
  }

  #reserve(journal: Journal, from: number): void {
    this.#reserved = from + ID_BLOCK;
    journal.append({ reserved: this.#reserved, subscriptions: this.#nextSubscription });
  }

  /** Tells listeners once for all that happens in this turn. */
  #notify(subscription: Subscription): void {
    if (subscription.notified) return;
    subscription.notified = true;
    queueMicrotask(() => {
      subscription.notified = false;
      for (const listener of subscription.listeners) listener();
    });
  }

  /** Sees to it that the one timer wakes when this subscription next has something due. */
  #arm(subscription: Subscription): void {
    const due = subscription.queue.nextDue;
    if (due >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = due;
    const wait = Math.min(LONGEST_TIMER_MS, Math.max(1, due - this.#now()));
    this.#timer = setTimeout(() => this.#wake(), wait);
    this.#timer.unref();
  }

  #wake(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#now();
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.queue.nextDue <= now) subscription.queue.sweep(now);
    }
    for (const subscription of this.#subscriptions.values()) this.#arm(subscription);
  }

  #recover(journal: Journal): void {
    const former = recover(journal.read());
    this.#nextSubscription = former.nextSubscription;
    this.#nextId = Math.max(this.#nextId, former.reserved);
    for (const [name, config] of former.topics) this.#topics.set(name, { config, subscriptions: new Set() });
    const queues = new Map<number, SubscriptionQueue>();
    for (const [number, { config }] of former.subscriptions) {
      const subscription = this.#addSubscription(number, config);
      queues.set(number, subscription.queue);
      this.#topics.get(config.topic)?.subscriptions.add(subscription);
    }
    const now = this.#now();
    this.#messages.recover((held, holders) => {
      const needing = holders.filter(number => {
        const history = former.subscriptions.get(number);
        return history !== undefined && holds(history, held.sequence);
      });
      held.holders = needing.length;
      this.#nextId = Math.max(this.#nextId, held.sequence + 1);
      for (const number of needing) {
        const failures = former.subscriptions.get(number)!.failures.get(held.sequence) ?? 0;
        queues.get(number)!.push(held, failures, now);
      }
      return needing.length > 0;
    });
    journal.rewrite(this.#snapshot());
    for (const subscription of this.#subscriptions.values()) this.#arm(subscription);
  }

  /** The journal that says what is, not how it came about. */
  *#snapshot(): Generator<JournalRecord> {
    yield { reserved: Math.max(this.#reserved, this.#nextId), subscriptions: this.#nextSubscription };
    for (const { config } of this.#topics.values()) yield { topic: config };
    const upTo = this.#nextId - 1;
    for (const { number, queue } of this.#subscriptions.values()) {
      yield { subscription: queue.config, in: number };
      const held = [...queue.entries()].map(entry => [entry.held.sequence, entry.failures] as const);
      yield { upTo, holds: held, in: number };
    }
  }
}
