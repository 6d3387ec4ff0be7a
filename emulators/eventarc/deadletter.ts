import { asDeadLetter } from '../pubsub/deadletter.ts';
import type { Delivery, PublishMessage, SubscriptionConfig } from '../pubsub/types.ts';

/** What the router adds to a dead letter of Pub/Sub's, which in the cloud only the logs know: why. */
export const REASON_ATTRIBUTE = 'millrace-error';
/** Pub/Sub takes 1,024 bytes; a character cut in two grows by some. */
const LONGEST_REASON = 1000;

/**
 * The dead letter of an event that its step refused for the last time.
 * @param parts 'attributes' leaves the data out, where with it the dead letter could be delivered to nobody either; the
 * attributes still say what it was and where to find it
 */
export function deadLetterOf(
  { message, attempt }: Delivery,
  subscription: SubscriptionConfig,
  reason: string,
  parts: 'whole' | 'attributes',
): PublishMessage {
  const { data, orderingKey, attributes } = subscription.deadLetterPolicy
    ? asDeadLetter(message, subscription.name, attempt)
    : message;
  const why = Buffer.from(reason).subarray(0, LONGEST_REASON).toString();
  return {
    data: parts === 'whole' ? data : new Uint8Array(),
    orderingKey,
    attributes: { ...attributes, [REASON_ATTRIBUTE]: why },
  };
}
