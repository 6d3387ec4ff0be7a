import { type CloudEvent, timestamp } from './cloudevent.ts';

export const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';

/**
 * Body of Pub/Sub events: the JSON of a push request.
 * @see https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/pubsub/v1/data.proto
 */
export interface MessagePublishedData {
  readonly message: PubsubMessage;
  /** `projects/P/subscriptions/S` */
  readonly subscription: string;
  /** Only where the subscription has a dead letter policy; 1 for the first delivery. */
  readonly deliveryAttempt?: number;
}

export interface PubsubMessage {
  /** Base64; missing for a message of attributes alone. */
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** RFC 3339. */
  readonly publishTime: string;
  readonly orderingKey?: string;
}

/** A message as a broker stores it. */
export interface PublishedMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly publishTime: number;
}

/**
 * The event that Eventarc sends for a message; its id is the message's.
 *
 * @param topic full name, `projects/P/topics/T`
 * @param subscription full name of the subscription that delivers it
 * @param deliveryAttempt where the subscription has a dead-letter policy
 */
export function messageEvent(
  message: PublishedMessage,
  topic: string,
  subscription: string,
  deliveryAttempt?: number,
): CloudEvent<MessagePublishedData> {
  const publishTime = timestamp(message.publishTime);
  return {
    id: message.messageId,
    specversion: '1.0',
    type: MESSAGE_PUBLISHED,
    source: `//pubsub.googleapis.com/${topic}`,
    time: publishTime,
    datacontenttype: 'application/json',
    data: {
      message: {
        ...(message.data.length > 0 && { data: Buffer.from(message.data).toString('base64') }),
        ...(Object.keys(message.attributes).length > 0 && { attributes: message.attributes }),
        messageId: message.messageId,
        publishTime,
        ...(message.orderingKey && { orderingKey: message.orderingKey }),
      },
      subscription,
      ...(deliveryAttempt !== undefined && { deliveryAttempt }),
    },
  };
}

/** The bytes of a message's data. */
export function messageData({ data = '' }: PubsubMessage): Buffer {
  return Buffer.from(data, 'base64');
}
