import type { Cause } from '../meter/cause.ts';

/** What a publisher hands in. `data` and `attributes` may be empty, but not both (as in Pub/Sub). */
export interface PublishMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
}

/** A message as stored: {@link https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#pubsubmessage}. */
export interface StoredMessage extends PublishMessage {
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly publishTime: number;
}

export interface TopicConfig {
  /** `projects/P/topics/T` */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Kept for the record only: nothing here replays from a topic. */
  readonly messageRetentionSeconds?: number;
}

export interface RetryPolicy {
  /** Seconds before the first and, doubling, at most before every further delivery. Cloud defaults: 10 and 600. */
  readonly minimumBackoff: number;
  readonly maximumBackoff: number;
}

export interface DeadLetterPolicy {
  /** Full name of the topic. */
  readonly deadLetterTopic: string;
  /** 5 to 100. The delivery after this many failed ones goes to the topic instead. */
  readonly maxDeliveryAttempts: number;
}

export interface SubscriptionConfig {
  /** `projects/P/subscriptions/S` */
  readonly name: string;
  /** `projects/P/topics/T` */
  readonly topic: string;
  /** 10 to 600. */
  readonly ackDeadlineSeconds: number;
  readonly enableMessageOrdering: boolean;
  readonly retryPolicy?: RetryPolicy;
  readonly deadLetterPolicy?: DeadLetterPolicy;
  /** How long an unacknowledged message is kept; then it is dead-lettered where a policy says so, else dropped. */
  readonly messageRetentionSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
  /** {@link https://cloud.google.com/pubsub/docs/subscription-message-filter}; messages that do not match never arrive. */
  readonly filter?: string;
}

/** One lease of one message: acknowledge it, give it back, or extend it before its deadline. */
export interface Delivery {
  readonly ackId: string;
  readonly message: StoredMessage;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** In whose name it was published; not kept over a restart. */
  readonly cause?: Cause | undefined;
}

export interface SubscriptionStats {
  /** Waiting and deliverable now. */
  readonly ready: number;
  /** Leased, neither acknowledged nor expired. */
  readonly leased: number;
  /** Waiting for its backoff or behind its ordering key. */
  readonly delayed: number;
  /** Publish time of the oldest unacknowledged message, milliseconds; undefined when there is none. */
  readonly oldest: number | undefined;
}

/** What has become of a subscription's messages since the broker started. */
export interface SubscriptionCounts {
  readonly acknowledged: number;
  /** Deliveries that were given back or ran out. */
  readonly failed: number;
  readonly deadLettered: number;
}

/**
 * Topics, subscriptions and leases without a wire: the gRPC server and the Eventarc router are both adapters over it.
 * Unknown names throw a GrpcError NOT_FOUND, existing ones ALREADY_EXISTS, bad ones INVALID_ARGUMENT.
 */
export interface Broker {
  createTopic(name: string, labels?: Readonly<Record<string, string>>): void;
  hasTopic(name: string): boolean;
  createSubscription(config: SubscriptionConfig): void;
  hasSubscription(name: string): boolean;
  deleteSubscription(name: string): void;
  /** Resolves with one id a message once all of them are stored (on disk where the broker has a folder). */
  publish(topic: string, messages: readonly PublishMessage[]): Promise<string[]>;
  /**
   * Leases up to `max` messages that are deliverable now, in publish order. May resolve empty.
   * `deadlineSeconds` overrides the subscription's own ack deadline.
   */
  lease(subscription: string, max: number, deadlineSeconds?: number): Promise<Delivery[]>;
  ack(subscription: string, ackIds: readonly string[]): void;
  /** Gives back: delivered again after the retry policy's backoff (at once without one), or dead-lettered. */
  nack(subscription: string, ackIds: readonly string[]): void;
  /** Sets the lease to end `seconds` from now. */
  extend(subscription: string, ackIds: readonly string[], seconds: number): void;
  /** Calls back whenever `lease` may have something new; returns the way to stop that. */
  onReady(subscription: string, listener: () => void): () => void;
  stats(subscription: string): SubscriptionStats;
  counts(subscription: string): SubscriptionCounts;
  readonly subscriptions: readonly SubscriptionConfig[];
  readonly topics: readonly string[];
}
