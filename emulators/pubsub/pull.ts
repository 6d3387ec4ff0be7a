import type { ServerUnaryCall } from '@grpc/grpc-js';
import { invalidArgument } from '../grpc/errors.ts';
import type { LocalBroker } from './broker.ts';
import { handedTo, type Receivers } from './receivers.ts';
import { deliveryToWire } from './wire.ts';

/** How long an empty pull waits for a message. */
const WAIT_MS = 1000;
/** At most this much in one answer; clients take somewhat more. */
export const RESPONSE_BYTES = 4 * 1024 * 1024;
export const RESPONSE_MESSAGES = 1000;

export interface PullRequest {
  readonly subscription?: string;
  readonly returnImmediately?: boolean;
  readonly maxMessages?: number;
}

/** One batch of messages, waited for unless the request asks otherwise. */
export async function pull(
  broker: LocalBroker,
  { subscription = '', returnImmediately = false, maxMessages = 0 }: PullRequest,
  call: ServerUnaryCall<unknown, unknown>,
  receivers: Receivers,
): Promise<object> {
  if (maxMessages <= 0)
    throw invalidArgument(`Invalid max_messages given (${maxMessages}): expected 1 or more.`);
  const max = Math.min(maxMessages, RESPONSE_MESSAGES);
  const lease = () =>
    receivers.isStopped(subscription) ? [] : broker.leaseNow(subscription, { max, maxBytes: RESPONSE_BYTES });
  let deliveries = lease();
  if (!returnImmediately) {
    const until = performance.now() + WAIT_MS;
    // Others may be quicker to lease what became ready.
    while (deliveries.length === 0 && (await readyBefore(broker, subscription, until, call))) {
      deliveries = lease();
    }
  }
  const withAttempt = broker.subscription(subscription).deadLetterPolicy !== undefined;
  const handed = deliveries.map(delivery => handedTo(receivers, subscription, delivery));
  return { receivedMessages: handed.map(delivery => deliveryToWire(delivery, withAttempt)) };
}

/** False when the time is up or the client has gone: what is leased then would be lost until its deadline. */
function readyBefore(
  broker: LocalBroker,
  subscription: string,
  until: number,
  call: ServerUnaryCall<unknown, unknown>,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const gone = () => resolve(false);
  const timer = setTimeout(gone, Math.max(0, until - performance.now()));
  const stop = broker.onReady(subscription, () => resolve(true));
  call.on('cancelled', gone);
  if (call.cancelled) gone();
  return promise.finally(() => {
    clearTimeout(timer);
    stop();
    call.off('cancelled', gone);
  });
}
