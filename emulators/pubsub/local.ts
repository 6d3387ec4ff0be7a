import type { Meter } from '../meter/meter.ts';
import type { Broker, Delivery, SubscriptionConfig, TopicConfig } from './types.ts';

export interface BrokerOptions {
  /** Where everything is kept over restarts; without it all is forgotten with the process. One process at a time. */
  readonly dir?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Divides retry backoffs (not deadlines), for suites and tests that cannot wait. */
  readonly timeScale?: number;
  /** Message bodies beyond this many bytes lie on disk only. */
  readonly memoryBytes?: number;
  /** Told what is published and delivered, by who asked for it. */
  readonly meter?: Meter;
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
