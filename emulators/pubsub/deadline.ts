import type { LocalBroker } from './broker.ts';
import { checkDeadline } from './limits.ts';

/** A deadline of 0 gives the messages back. */
export function modifyDeadline(
  broker: LocalBroker,
  subscription: string,
  ackIds: readonly string[],
  seconds: number,
): void {
  checkDeadline(seconds);
  if (seconds === 0) broker.nack(subscription, ackIds);
  else broker.extend(subscription, ackIds, seconds);
}
