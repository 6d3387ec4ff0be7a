import { asDeadLetter } from '../pubsub/deadletter.ts';
import type { Delivery, PublishMessage } from '../pubsub/types.ts';

/** Says why, where the router knows it better than the count of deliveries does. */
export const REASON_ATTRIBUTE = 'millrace-error';
const LONGEST_VALUE = 1024;

/**
 * The dead letter of an event that is too large to deliver. It goes without its data, because with it the dead letter
 * could be delivered to nobody either; its attributes still say what it was and where to find it.
 */
export function deadLetterOf(delivery: Delivery, subscription: string, reason: string): PublishMessage {
  const { attributes, ...rest } = asDeadLetter(delivery.message, subscription, delivery.attempt);
  const text = Buffer.from(reason).subarray(0, LONGEST_VALUE).toString();
  return { ...rest, data: new Uint8Array(), attributes: { ...attributes, [REASON_ATTRIBUTE]: text } };
}
