import { Duration, type Message, PubSub, SubscriptionCloseBehaviors } from '@google-cloud/pubsub';
import type { Delivery, Source, SourceOptions } from './delivery.ts';

/** How long acknowledgements wait for more of them: Pub/Sub sends no more before it has heard of those that are out. */
const ACK_MS = 10;
const MOST_BYTES = 64 * 1024 * 1024;
/** Seconds for the last acknowledgements; the client itself wants one of them for its last nacks. */
const FLUSH = 5;

/**
 * StreamingPull by the official client: a stream that Pub/Sub sends messages on as there is room, which the client opens
 * anew where it breaks. {@link https://cloud.google.com/pubsub/docs/pull#streamingpull_api}
 */
export function streamingPull({ project, subscription, most, longest, warn }: SourceOptions): Source {
  const pubsub = new PubSub({ projectId: project });
  const options = {
    flowControl: { maxMessages: most, maxBytes: MOST_BYTES, allowExcessMessages: false },
    maxExtensionTime: Duration.from({ seconds: longest }),
    batching: { maxMilliseconds: ACK_MS },
    streamingOptions: { maxStreams: 1 },
  };
  const subscriber = pubsub.subscription(subscription, options);
  return {
    start: (take, fail) => {
      subscriber.on('error', fail);
      subscriber.on('message', message => take(deliveryOf(message, warn)));
    },
    close: async seconds => {
      const timeout = Duration.from({ seconds: seconds + FLUSH });
      const closeOptions = { behavior: SubscriptionCloseBehaviors.WaitForProcessing, timeout };
      subscriber.setOptions({ ...options, closeOptions });
      await subscriber.close();
      await pubsub.close();
    },
  };
}

function deliveryOf(message: Message, warn: SourceOptions['warn']): Delivery {
  const { ackId, data, attributes, id, publishTime, orderingKey, deliveryAttempt } = message;
  // Where delivery is exactly once, Pub/Sub says whether it has taken it in; else the client says so at once.
  const tell = async (told: () => Promise<unknown>): Promise<void> => {
    await told().catch((error: unknown) => warn(`Message ${id} may come again`, error));
  };
  return {
    ackId,
    message: {
      data,
      attributes,
      messageId: id,
      publishTime: publishTime.getTime(),
      ...(orderingKey && { orderingKey }),
    },
    ...(deliveryAttempt > 0 && { attempt: deliveryAttempt }),
    ack: () => tell(() => message.ackWithResponse()),
    release: () => tell(() => message.nackWithResponse()),
  };
}
