import { randomBytes } from 'node:crypto';
import { alreadyExists, notFound } from '../grpc/errors.ts';
import { type Cause, causeNow, payerOf } from '../meter/cause.ts';
import type { Meter } from '../meter/meter.ts';
import { Alarm } from './alarm.ts';
import { asDeadLetter } from './deadletter.ts';
import type { Entry } from './entry.ts';
import { compileFilter, type Matches } from './filter.ts';
import { Ids } from './ids.ts';
import { Journal, type JournalRecord } from './journal.ts';
import { checkMessages, checkSubscription } from './limits.ts';
import type { BrokerOptions, LeaseOptions, LocalBroker } from './local.ts';
import { MessageStore } from './messages.ts';
import { checkName, DELETED_TOPIC } from './names.ts';
import { SubscriptionQueue } from './queue.ts';
import { holds, recover } from './recovery.ts';
import type { StoredRecord } from './segments.ts';
import type {
  Delivery,
  PublishMessage,
  SubscriptionConfig,
  SubscriptionStats,
  TopicConfig,
} from './types.ts';
import { volumeOf } from './volume.ts';

export type { BrokerOptions, LeaseOptions, LocalBroker } from './local.ts';

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
  readonly #ids: Ids;
  #nextSubscription = 1;
  readonly #alarm: Alarm;
  readonly #meter: Meter | undefined;

  constructor(options: BrokerOptions) {
    this.#meter = options.meter;
    this.#now = options.now ?? Date.now;
    this.#timeScale = options.timeScale ?? 1;
    this.#alarm = new Alarm(this.#now, () => this.#wake());
    this.#messages = new MessageStore(options.dir, options.memoryBytes ?? DEFAULT_MEMORY_BYTES);
    this.#ids = new Ids(this.#now(), reserved =>
      this.#journal?.append({ reserved, subscriptions: this.#nextSubscription }),
    );
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
    return this.#publish(found, messages, causeNow());
  }

  async lease(name: string, max: number, seconds?: number): Promise<Delivery[]> {
    const deliveries = this.#lease(name, { max, seconds });
    // Who leases in process pushes: each message is a request of its own.
    for (const { message } of deliveries) this.#meter?.count('pubsub.deliveredBytes', volumeOf([message]));
    return deliveries;
  }

  leaseNow(name: string, options: LeaseOptions): Delivery[] {
    const deliveries = this.#lease(name, options);
    if (deliveries.length > 0) {
      const volume = volumeOf(deliveries.map(({ message }) => message));
      this.#meter?.count('pubsub.deliveredBytes', volume);
    }
    return deliveries;
  }

  #lease(name: string, { max, maxBytes, seconds, onEnd }: LeaseOptions): Delivery[] {
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
      cause: held.cause,
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
    this.#alarm.stop();
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
      deadLetter: entry => this.#deadLetter(queue.config, entry),
      ready: () => this.#notify(subscription),
    });
    const matches = config.filter ? compileFilter(config.filter) : undefined;
    const subscription: Subscription = { number, queue, matches, listeners: new Set(), notified: false };
    this.#subscriptions.set(config.name, subscription);
    return subscription;
  }

  #deadLetter({ name, deadLetterPolicy }: SubscriptionConfig, { held, failures }: Entry): boolean {
    const topic = this.#topics.get(deadLetterPolicy!.deadLetterTopic);
    const letter = asDeadLetter(this.#messages.read(held), name, failures);
    if (topic) this.#publish(topic, [letter], held.cause);
    return topic !== undefined;
  }

  #publish(topic: Topic, messages: readonly PublishMessage[], cause: Cause | undefined): string[] {
    this.#meter?.count('pubsub.publishedBytes', volumeOf(messages), payerOf(cause));
    const now = this.#now();
    const records: StoredRecord[] = [];
    const wanting: (readonly Subscription[])[] = [];
    const subscriptions = [...topic.subscriptions];
    const filtered = subscriptions.some(({ matches }) => matches);
    const ids = messages.map(message => {
      const messageId = String(this.#ids.take());
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
    for (const [at, held] of this.#messages.add(records, cause).entries()) {
      for (const { queue } of wanting[at]!) queue.push(held, 0, now);
    }
    for (const subscription of subscriptions) this.#arm(subscription);
    if (this.#journal?.isLarge) this.#journal.rewrite(this.#snapshot());
    return ids;
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

  /** Sees to it that {@link #wake} runs when this subscription next has something due. */
  #arm(subscription: Subscription): void {
    this.#alarm.setFor(subscription.queue.nextDue);
  }

  #wake(): void {
    const now = this.#now();
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.queue.nextDue <= now) subscription.queue.sweep(now);
      this.#arm(subscription);
    }
  }

  #recover(journal: Journal): void {
    const former = recover(journal.read());
    this.#nextSubscription = former.nextSubscription;
    this.#ids.skipTo(former.reserved);
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
      this.#ids.skipTo(held.sequence + 1);
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
    yield { reserved: this.#ids.bound, subscriptions: this.#nextSubscription };
    for (const { config } of this.#topics.values()) yield { topic: config };
    const upTo = this.#ids.last;
    for (const { number, queue } of this.#subscriptions.values()) {
      yield { subscription: queue.config, in: number };
      const held = [...queue.entries()].map(entry => [entry.held.sequence, entry.failures] as const);
      yield { upTo, holds: held, in: number };
    }
  }
}
