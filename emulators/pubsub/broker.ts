import { randomBytes } from 'node:crypto';
import { type Cause, causeNow, payerOf } from '../meter/cause.ts';
import type { Meter } from '../meter/meter.ts';
import { Alarm } from './alarm.ts';
import { asDeadLetter } from './deadletter.ts';
import type { Entry } from './entry.ts';
import { Ids } from './ids.ts';
import { Journal } from './journal.ts';
import { checkMessages } from './limits.ts';
import type { BrokerOptions, LeaseOptions, LocalBroker } from './local.ts';
import { MessageStore } from './messages.ts';
import { SubscriptionQueue } from './queue.ts';
import { Registry, type Topic } from './registry.ts';
import { restart, snapshot } from './restart.ts';
import type { StoredRecord } from './segments.ts';
import { Subscription } from './subscription.ts';
import type {
  Delivery,
  PublishMessage,
  SubscriptionConfig,
  SubscriptionCounts,
  SubscriptionStats,
  TopicConfig,
} from './types.ts';
import { volumeOf } from './volume.ts';

export type { BrokerOptions, LeaseOptions, LocalBroker } from './local.ts';

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
  readonly #registry: Registry;
  readonly #messages: MessageStore;
  readonly #journal: Journal | undefined;
  /** Ack ids of a former process must mean nothing. */
  readonly #run = randomBytes(4).toString('hex');
  readonly #ids: Ids;
  readonly #alarm: Alarm;
  readonly #meter: Meter | undefined;

  constructor(options: BrokerOptions) {
    this.#meter = options.meter;
    this.#now = options.now ?? Date.now;
    this.#timeScale = options.timeScale ?? 1;
    this.#alarm = new Alarm(this.#now, () => this.#wake());
    this.#messages = new MessageStore(options.dir, options.memoryBytes ?? DEFAULT_MEMORY_BYTES);
    const journal = options.dir === undefined ? undefined : new Journal(options.dir);
    const registry = new Registry(journal, (number, config) => this.#open(number, config));
    this.#journal = journal;
    this.#registry = registry;
    this.#ids = new Ids(this.#now(), reserved =>
      journal?.append({ reserved, subscriptions: registry.nextNumber }),
    );
    if (journal === undefined) return;
    restart({ ids: this.#ids, registry, messages: this.#messages }, journal, this.#now());
    for (const subscription of registry.subscriptions) this.#arm(subscription);
  }

  get topics(): readonly string[] {
    return [...this.#registry.topics].map(({ config }) => config.name);
  }

  get subscriptions(): readonly SubscriptionConfig[] {
    return [...this.#registry.subscriptions].map(({ config }) => config);
  }

  get memoryBytes(): number {
    return this.#messages.memoryBytes;
  }

  createTopic(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#registry.createTopic(name, labels);
  }

  hasTopic(name: string): boolean {
    return this.#registry.findTopic(name) !== undefined;
  }

  topic(name: string): TopicConfig {
    return this.#registry.topic(name).config;
  }

  updateTopic(config: TopicConfig): void {
    this.#registry.updateTopic(config);
  }

  deleteTopic(name: string): void {
    this.#registry.deleteTopic(name);
  }

  createSubscription(config: SubscriptionConfig): void {
    this.#registry.createSubscription(config);
  }

  hasSubscription(name: string): boolean {
    return this.#registry.hasSubscription(name);
  }

  subscription(name: string): SubscriptionConfig {
    return this.#registry.subscription(name).config;
  }

  updateSubscription(config: SubscriptionConfig): void {
    this.#arm(this.#registry.updateSubscription(config));
  }

  deleteSubscription(name: string): void {
    const subscription = this.#registry.deleteSubscription(name);
    for (const { held } of subscription.queue.entries()) this.#messages.release(held);
    // Whoever waits for messages learns by its next lease that there is nothing to wait for.
    subscription.notify();
  }

  async publish(topic: string, messages: readonly PublishMessage[]): Promise<string[]> {
    const found = this.#registry.topic(topic);
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
    const subscription = this.#registry.subscription(name);
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
    return this.#registry.subscription(name).queue.waiting;
  }

  ack(name: string, ackIds: readonly string[]): void {
    const subscription = this.#registry.subscription(name);
    subscription.queue.ack(ackIds, this.#now());
    this.#arm(subscription);
  }

  nack(name: string, ackIds: readonly string[]): void {
    const subscription = this.#registry.subscription(name);
    subscription.queue.nack(ackIds, this.#now());
    this.#arm(subscription);
  }

  extend(name: string, ackIds: readonly string[], seconds: number): void {
    const subscription = this.#registry.subscription(name);
    subscription.queue.extend(ackIds, seconds, this.#now());
    this.#arm(subscription);
  }

  onReady(name: string, listener: () => void): () => void {
    return this.#registry.subscription(name).onReady(listener);
  }

  stats(name: string): SubscriptionStats {
    const { queue } = this.#registry.subscription(name);
    queue.sweep(this.#now());
    return queue.stats();
  }

  counts(name: string): SubscriptionCounts {
    return this.#registry.subscription(name).queue.counts;
  }

  stop(): void {
    this.#alarm.stop();
    this.#journal?.close();
    this.#messages.close();
  }

  #open(number: number, config: SubscriptionConfig): Subscription {
    const queue = new SubscriptionQueue(config, `${this.#run}-${number}`, this.#timeScale, {
      left: ({ held }) => {
        this.#messages.release(held);
        this.#journal?.note('left', number, held.sequence);
      },
      failed: ({ held }) => this.#journal?.note('failed', number, held.sequence),
      deadLetter: entry => this.#deadLetter(queue.config, entry),
      ready: () => subscription.notify(),
    });
    const subscription = new Subscription(number, queue);
    return subscription;
  }

  #deadLetter({ name, deadLetterPolicy }: SubscriptionConfig, { held, failures }: Entry): boolean {
    const topic = this.#registry.findTopic(deadLetterPolicy!.deadLetterTopic);
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
    const filtered = subscriptions.some(({ isFiltered }) => isFiltered);
    const ids = messages.map(message => {
      const messageId = String(this.#ids.take());
      const takers = filtered
        ? subscriptions.filter(subscription => subscription.wants(message.attributes))
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
    if (this.#journal?.isLarge) this.#journal.rewrite(snapshot(this.#ids, this.#registry));
    return ids;
  }

  /** Sees to it that {@link #wake} runs when this subscription next has something due. */
  #arm(subscription: Subscription): void {
    this.#alarm.setFor(subscription.queue.nextDue);
  }

  #wake(): void {
    const now = this.#now();
    for (const subscription of this.#registry.subscriptions) {
      if (subscription.queue.nextDue <= now) subscription.queue.sweep(now);
      this.#arm(subscription);
    }
  }
}
