import { splitName } from './names.ts';
import type { PublishMessage, StoredMessage } from './types.ts';

/**
 * The message as the dead letter topic gets it: unchanged but for the attributes that tell where it comes from.
 * {@link https://cloud.google.com/pubsub/docs/dead-letter-topics#how_dead_letter_topics_work}
 */
export function asDeadLetter(
  message: StoredMessage,
  subscription: string,
  deliveries: number,
): PublishMessage {
  const { project, id } = splitName(subscription);
  return {
    data: message.data,
    orderingKey: message.orderingKey,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceDeliveryCount: String(deliveries),
      CloudPubSubDeadLetterSourceTopicPublishTime: offsetTime(message.publishTime),
    },
  };
}

/** The real service writes the offset out here. */
const offsetTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('Z', '+00:00');
