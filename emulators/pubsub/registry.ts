import { alreadyExists, notFound } from '../grpc/errors.ts';
import type { Journal } from './journal.ts';
import { checkSubscription } from './limits.ts';
import { checkName, DELETED_TOPIC } from './names.ts';
import type { Subscription } from './subscription.ts';
import type { SubscriptionConfig, TopicConfig } from './types.ts';

export interface Topic {
  config: TopicConfig;
  readonly subscriptions: Set<Subscription>;
}

type Open = (number: number, config: SubscriptionConfig) => Subscription;

/** The topics and subscriptions of a broker by their names; every change of them stands in the journal at once. */
export class Registry {
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #journal: Journal | undefined;
  readonly #open: Open;
  /** Of the next subscription. */
  nextNumber = 1;

  /** @param open makes the subscription that goes by a number */
  constructor(journal: Journal | undefined, open: Open) {
    this.#journal = journal;
    this.#open = open;
  }

  get topics(): IterableIterator<Topic> {
    return this.#topics.values();
  }

  get subscriptions(): IterableIterator<Subscription> {
    return this.#subscriptions.values();
  }

  findTopic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** @throws NOT_FOUND */
  topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (!topic) throw notFound(`Resource not found (resource=${name}).`);
    return topic;
  }

  createTopic(name: string, labels: TopicConfig['labels']): void {
    checkName('topics', name);
    if (this.#topics.has(name)) throw exists(name);
    this.restoreTopic({ name, labels });
    this.#journal?.append({ topic: { name, labels } });
  }

  updateTopic(config: TopicConfig): void {
    this.topic(config.name).config = config;
    this.#journal?.append({ topic: config });
  }

  deleteTopic(name: string): void {
    for (const subscription of this.topic(name).subscriptions) {
      this.#configure(subscription, { ...subscription.config, topic: DELETED_TOPIC });
    }
    this.#topics.delete(name);
    this.#journal?.append({ deletedTopic: name });
  }

  hasSubscription(name: string): boolean {
    return this.#subscriptions.has(name);
  }

  /** @throws NOT_FOUND */
  subscription(name: string): Subscription {
    const subscription = this.#subscriptions.get(name);
    if (!subscription) throw notFound(`Resource not found (resource=${name}).`);
    return subscription;
  }

  createSubscription(config: SubscriptionConfig): void {
    checkSubscription(config);
    this.topic(config.topic);
    if (config.deadLetterPolicy) this.topic(config.deadLetterPolicy.deadLetterTopic);
    if (this.#subscriptions.has(config.name)) throw exists(config.name);
    const { number } = this.restoreSubscription(this.nextNumber++, config);
    this.#journal?.append({ subscription: config, in: number });
  }

  updateSubscription(config: SubscriptionConfig): Subscription {
    checkSubscription(config);
    const subscription = this.subscription(config.name);
    if (config.deadLetterPolicy) this.topic(config.deadLetterPolicy.deadLetterTopic);
    this.#configure(subscription, config);
    return subscription;
  }

  deleteSubscription(name: string): Subscription {
    const subscription = this.subscription(name);
    this.#subscriptions.delete(name);
    this.#topics.get(subscription.config.topic)?.subscriptions.delete(subscription);
    this.#journal?.append({ deletedSubscription: subscription.number });
    return subscription;
  }

  /** Takes up a topic that the journal has. */
  restoreTopic(config: TopicConfig): void {
    this.#topics.set(config.name, { config, subscriptions: new Set() });
  }

  /** Takes up a subscription that the journal has; its topic may be gone. */
  restoreSubscription(number: number, config: SubscriptionConfig): Subscription {
    const subscription = this.#open(number, config);
    this.#subscriptions.set(config.name, subscription);
    this.#topics.get(config.topic)?.subscriptions.add(subscription);
    return subscription;
  }

  #configure(subscription: Subscription, config: SubscriptionConfig): void {
    subscription.queue.config = config;
    this.#journal?.append({ subscription: config, in: subscription.number });
  }
}

const exists = (name: string): Error =>
  alreadyExists(`Resource already exists in the project (resource=${name}).`);
