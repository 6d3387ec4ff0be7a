import { asDeadLetter } from '../pubsub/deadletter.ts';
import type { Delivery, PublishMessage, SubscriptionConfig } from '../pubsub/types.ts';

/** Says why, where the router knows it better than the count of deliveries does. */
export const REASON_ATTRIBUTE = 'millrace-error';
const LONGEST_VALUE = 1024;

/**
 * The dead letter of an event that is too large to deliver. It goes without its data, because with it the dead letter
 * could be delivered to nobody either; its attributes still say what it was and where to find it.
 */
export function deadLetterOf(
  delivery: Delivery,
  subscription: SubscriptionConfig,
  reason: string,
): PublishMessage {
  const { message, attempt } = delivery;
  const { orderingKey, attributes } = subscription.deadLetterPolicy
    ? asDeadLetter(message, subscription.name, attempt)
    : message;
  const text = Buffer.from(reason).subarray(0, LONGEST_VALUE).toString();
  return { data: new Uint8Array(), orderingKey, attributes: { ...attributes, [REASON_ATTRIBUTE]: text } };
}
