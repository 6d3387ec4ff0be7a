import type { Cause } from '../meter/cause.ts';
import type { Delivery } from './types.ts';

/** What is known of those who pull. */
export interface Receivers {
  /** In whose name whoever pulls this handles it; undefined where it is nobody of ours. */
  enter(subscription: string, delivery: Delivery): Cause | undefined;
  /** Whether the subscription gives out nothing for now. */
  isStopped(subscription: string): boolean;
}

export const STRANGERS: Receivers = { enter: () => undefined, isStopped: () => false };

/** Neither ack ids nor causes have it. */
const SEPARATOR = ' ';

/** The delivery as its receiver gets it. Ack ids mean nothing to those who get them, so that they can carry the cause. */
export function handedTo(receivers: Receivers, subscription: string, delivery: Delivery): Delivery {
  const cause = receivers.enter(subscription, delivery);
  return cause === undefined ? delivery : { ...delivery, ackId: `${delivery.ackId}${SEPARATOR}${cause}` };
}

/** The broker's ack id in one from the wire. */
export const plainAckId = (ackId: string): string => ackId.split(SEPARATOR, 1)[0]!;

/** The cause in an ack id from the wire. */
export function causeIn(ackId: string): Cause | undefined {
  const at = ackId.indexOf(SEPARATOR);
  return at < 0 ? undefined : ackId.slice(at + 1);
}
