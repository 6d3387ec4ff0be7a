import { GrpcError, invalidArgument, status } from '../grpc/errors.ts';
import { compileFilter } from './filter.ts';
import { checkName } from './names.ts';
import type { PublishMessage, SubscriptionConfig } from './types.ts';

/** {@link https://cloud.google.com/pubsub/quotas#resource_limits} */
export const LIMITS = {
  messagesPerPublish: 1000,
  publishBytes: 10_000_000,
  attributes: 100,
  attributeKeyBytes: 256,
  attributeValueBytes: 1024,
  orderingKeyBytes: 1024,
} as const;

const DAY = 86_400;
/** Ranges of a subscription's settings, in the unit of their names. */
const RANGES = {
  ackDeadlineSeconds: [10, 600],
  messageRetentionSeconds: [600, 31 * DAY],
  minimumBackoff: [0, 600],
  maximumBackoff: [0, 600],
  maxDeliveryAttempts: [5, 100],
} as const;

/** Throws INVALID_ARGUMENT for a message or a request of them that the real service refuses. */
export function checkMessages(messages: readonly PublishMessage[]): void {
  if (messages.length === 0) throw invalidArgument('A publish request must hold at least one message.');
  if (messages.length > LIMITS.messagesPerPublish) {
    throw tooMuch('messages in one publish request', messages.length, LIMITS.messagesPerPublish);
  }
  let total = 0;
  for (const message of messages) total += checkMessage(message);
  if (total > LIMITS.publishBytes) throw tooMuch('bytes in one publish request', total, LIMITS.publishBytes);
}

/** Its size in bytes. */
function checkMessage({ data, attributes, orderingKey }: PublishMessage): number {
  const keys = Object.keys(attributes);
  if (data.length === 0 && keys.length === 0) {
    throw invalidArgument('Every message must contain either non-empty data or at least one attribute.');
  }
  if (keys.length > LIMITS.attributes)
    throw tooMuch('attributes of a message', keys.length, LIMITS.attributes);
  const keyBytes = bytesOf(orderingKey);
  if (keyBytes > LIMITS.orderingKeyBytes) {
    throw tooMuch('bytes of an orderingKey', keyBytes, LIMITS.orderingKeyBytes);
  }
  let size = data.length + keyBytes;
  for (const key of keys) size += checkAttribute(key, attributes[key]!);
  return size;
}

function checkAttribute(key: string, value: string): number {
  if (key === '') throw invalidArgument('An attribute key must not be empty.');
  if (key.startsWith('goog'))
    throw invalidArgument(`Attribute keys must not begin with "goog" (key=${key}).`);
  const [keyBytes, valueBytes] = [bytesOf(key), bytesOf(value)];
  if (keyBytes > LIMITS.attributeKeyBytes) {
    throw tooMuch('bytes of an attribute key', keyBytes, LIMITS.attributeKeyBytes);
  }
  if (valueBytes > LIMITS.attributeValueBytes) {
    throw tooMuch(`bytes of the attribute ${key}`, valueBytes, LIMITS.attributeValueBytes);
  }
  return keyBytes + valueBytes;
}

export function checkSubscription(config: SubscriptionConfig): void {
  checkName('subscriptions', config.name);
  checkRange('ackDeadlineSeconds', config.ackDeadlineSeconds);
  checkRange('messageRetentionSeconds', config.messageRetentionSeconds);
  if (config.filter) compileFilter(config.filter);
  const { retryPolicy, deadLetterPolicy } = config;
  if (retryPolicy) {
    checkRange('minimumBackoff', retryPolicy.minimumBackoff);
    checkRange('maximumBackoff', retryPolicy.maximumBackoff);
    if (retryPolicy.minimumBackoff > retryPolicy.maximumBackoff) {
      throw invalidArgument('retryPolicy.minimumBackoff must not exceed maximumBackoff.');
    }
  }
  if (deadLetterPolicy) {
    checkName('topics', deadLetterPolicy.deadLetterTopic);
    checkRange('maxDeliveryAttempts', deadLetterPolicy.maxDeliveryAttempts);
  }
}

/** Also for the deadlines that a client asks for, where 0 gives the message back. */
export function checkDeadline(seconds: number): void {
  if (seconds < 0 || seconds > RANGES.ackDeadlineSeconds[1]) {
    throw invalidArgument(`Invalid ack deadline given (ack_deadline_seconds=${seconds}): expected 0 to 600.`);
  }
}

function checkRange(setting: keyof typeof RANGES, value: number): void {
  const [least, most] = RANGES[setting];
  if (value >= least && value <= most) return;
  // Google's emulator answers this one setting with another code.
  const code = setting === 'maxDeliveryAttempts' ? status.OUT_OF_RANGE : status.INVALID_ARGUMENT;
  throw new GrpcError(code, `Invalid ${setting} given (${value}): expected ${least} to ${most}.`);
}

const tooMuch = (what: string, got: number, most: number) =>
  invalidArgument(`The limit of ${most} ${what} was exceeded (${got}).`);

/** UTF-8 length; most keys and values are short ASCII, for which counting is a waste. */
const bytesOf = (text: string): number => (text === '' ? 0 : Buffer.byteLength(text));
