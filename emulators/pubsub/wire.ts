import { invalidArgument, unimplemented } from '../grpc/errors.ts';
import type { Delivery, PublishMessage, SubscriptionConfig, TopicConfig } from './types.ts';

/**
 * Between decoded google.pubsub.v1 messages and the broker's own types. Absent scalars and messages are undefined, absent
 * lists and maps empty: {@link https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1}.
 */
export interface WireDuration {
  readonly seconds?: string | number;
  readonly nanos?: number;
}

export interface WireMessage {
  readonly data?: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

export interface WireTopic {
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly messageRetentionDuration?: WireDuration;
}

export interface WireSubscription {
  readonly name?: string;
  readonly topic?: string;
  readonly ackDeadlineSeconds?: number;
  readonly messageRetentionDuration?: WireDuration;
  readonly labels: Readonly<Record<string, string>>;
  readonly enableMessageOrdering?: boolean;
  readonly filter?: string;
  readonly deadLetterPolicy?: { readonly deadLetterTopic?: string; readonly maxDeliveryAttempts?: number };
  readonly retryPolicy?: { readonly minimumBackoff?: WireDuration; readonly maximumBackoff?: WireDuration };
}

export const SUBSCRIPTION_DEFAULTS = {
  ackDeadlineSeconds: 10,
  messageRetentionSeconds: 7 * 86_400,
  minimumBackoff: 10,
  maximumBackoff: 600,
  maxDeliveryAttempts: 5,
} as const;

/** What would change what is delivered, to whom or when, and is not there: named, never ignored. */
const TOPIC_REFUSED = [
  'messageStoragePolicy',
  'kmsKeyName',
  'schemaSettings',
  'ingestionDataSourceSettings',
  'messageTransforms',
  'tags',
];
const SUBSCRIPTION_REFUSED = [
  'pushConfig',
  'bigqueryConfig',
  'cloudStorageConfig',
  'bigtableConfig',
  'retainAckedMessages',
  'enableExactlyOnceDelivery',
  'expirationPolicy.ttl',
  'messageTransforms',
  'tags',
];

export function topicFromWire(wire: WireTopic): TopicConfig {
  refuse('Topic', wire, TOPIC_REFUSED);
  const retention = seconds(wire.messageRetentionDuration);
  return {
    name: wire.name ?? '',
    labels: wire.labels,
    ...(retention !== undefined && { messageRetentionSeconds: retention }),
  };
}

export function topicToWire({ name, labels, messageRetentionSeconds }: TopicConfig): object {
  const retention = messageRetentionSeconds && {
    messageRetentionDuration: duration(messageRetentionSeconds),
  };
  return { name, labels, state: 'ACTIVE', ...retention };
}

export function subscriptionFromWire(wire: WireSubscription): SubscriptionConfig {
  refuse('Subscription', wire, SUBSCRIPTION_REFUSED);
  const { deadLetterPolicy, retryPolicy } = wire;
  const defaults = SUBSCRIPTION_DEFAULTS;
  return {
    name: wire.name ?? '',
    topic: wire.topic ?? '',
    ackDeadlineSeconds: wire.ackDeadlineSeconds || defaults.ackDeadlineSeconds,
    enableMessageOrdering: wire.enableMessageOrdering ?? false,
    messageRetentionSeconds: seconds(wire.messageRetentionDuration) ?? defaults.messageRetentionSeconds,
    labels: wire.labels,
    ...(wire.filter && { filter: wire.filter }),
    ...(deadLetterPolicy?.deadLetterTopic && {
      deadLetterPolicy: {
        deadLetterTopic: deadLetterPolicy.deadLetterTopic,
        maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts || defaults.maxDeliveryAttempts,
      },
    }),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: seconds(retryPolicy.minimumBackoff) ?? defaults.minimumBackoff,
        maximumBackoff: seconds(retryPolicy.maximumBackoff) ?? defaults.maximumBackoff,
      },
    }),
  };
}

export function subscriptionToWire(config: SubscriptionConfig): object {
  const { retryPolicy, messageRetentionSeconds, ...rest } = config;
  return {
    ...rest,
    pushConfig: {},
    state: 'ACTIVE',
    expirationPolicy: {},
    messageRetentionDuration: duration(messageRetentionSeconds),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: duration(retryPolicy.minimumBackoff),
        maximumBackoff: duration(retryPolicy.maximumBackoff),
      },
    }),
  };
}

export function messageFromWire({ data, attributes, orderingKey }: WireMessage): PublishMessage {
  return {
    // A copy: the decoded bytes are a view that would keep the whole request in memory.
    data: data ? Uint8Array.prototype.slice.call(data) : new Uint8Array(),
    attributes,
    orderingKey: orderingKey ?? '',
  };
}

/** The attempt is told only where a dead letter policy counts on it, as the real service does. */
export function deliveryToWire({ ackId, message, attempt }: Delivery, withAttempt: boolean): object {
  const { publishTime, ...rest } = message;
  return {
    ackId,
    message: { ...rest, publishTime: duration(publishTime / 1000) },
    deliveryAttempt: withAttempt ? attempt : 0,
  };
}

/** Marks a field that exists in the real service only. */
export const NOT_THERE = Symbol('not there');

/**
 * The changed resource: of `changed` the fields of the mask, of `current` all others.
 * @param fields what may change, snake_case as masks name it
 */
export function applyMask<T extends object>(
  current: T,
  changed: T,
  paths: readonly string[],
  fields: Readonly<Record<string, keyof T | typeof NOT_THERE>>,
): T {
  if (paths.length === 0)
    throw invalidArgument('The update_mask in the request must name at least one field.');
  const result = { ...current };
  for (const path of paths) {
    const name = path.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    const field = fields[name];
    if (field === undefined) {
      throw invalidArgument(
        `Invalid update_mask provided (path=${path}): expected of ${Object.keys(fields).join(', ')}.`,
      );
    }
    if (field === NOT_THERE) throw unimplemented(`Updating ${path}`);
    if (changed[field] === undefined) delete result[field];
    else result[field] = changed[field];
  }
  return result;
}

function refuse(type: string, wire: object, paths: readonly string[]): void {
  for (const path of paths) {
    let value: unknown = wire;
    for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
    if (isSet(value)) throw unimplemented(`${type}.${path}`);
  }
}

/** Empty lists, maps and messages are as good as absent. */
function isSet(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return Boolean(value);
  return Object.values(value).some(isSet);
}

function seconds(wire: WireDuration | null | undefined): number | undefined {
  return wire ? Number(wire.seconds ?? 0) + (wire.nanos ?? 0) / 1e9 : undefined;
}

/** Also a Timestamp, which has the same shape. */
function duration(value: number): { seconds: number; nanos: number } {
  const whole = Math.floor(value);
  return { seconds: whole, nanos: Math.round((value - whole) * 1000) * 1e6 };
}
