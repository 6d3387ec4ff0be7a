import type { PublishMessage, StoredMessage } from '../pubsub/types.ts';

/** A CloudEvent on its way through a transport topic. */
export interface TransportEvent {
  /**
   * CloudEvent attributes by their names, unencoded. Without an `id` the event gets the id of its message, as Eventarc
   * does for Pub/Sub and Storage.
   */
  readonly attributes: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly data: Uint8Array;
}

const PREFIX = 'ce-';
const CONTENT_TYPE = 'content-type';
const STRUCTURED = 'application/cloudevents+json';
/** Pub/Sub takes no longer attribute: {@link https://cloud.google.com/pubsub/quotas#resource_limits}. */
const LONGEST_VALUE = 1024;

/**
 * CloudEvents' binding for Pub/Sub: attributes with the prefix `ce-` and the data as it is, or the structured form where
 * an attribute is too long for Pub/Sub (a document's path may have 6 KiB).
 * {@link https://github.com/google/knative-gcp/blob/main/docs/spec/pubsub-protocol-binding.md}
 */
export function toMessage({ attributes, contentType, data }: TransportEvent): PublishMessage {
  const fits = Object.values(attributes).every(value => Buffer.byteLength(value) <= LONGEST_VALUE);
  if (!fits) {
    const event = {
      ...attributes,
      datacontenttype: contentType,
      data_base64: Buffer.from(data).toString('base64'),
    };
    return {
      data: Buffer.from(JSON.stringify(event)),
      attributes: { [CONTENT_TYPE]: STRUCTURED },
      orderingKey: '',
    };
  }
  const prefixed = Object.entries(attributes).map(([name, value]) => [`${PREFIX}${name}`, value]);
  return {
    data,
    attributes: { ...Object.fromEntries(prefixed), [CONTENT_TYPE]: contentType },
    orderingKey: '',
  };
}

/** The event in a message that `toMessage` made. */
export function fromMessage(message: StoredMessage): TransportEvent {
  const id = message.messageId;
  if (message.attributes[CONTENT_TYPE] === STRUCTURED) {
    const json = JSON.parse(Buffer.from(message.data).toString()) as Record<string, string>;
    const { datacontenttype = '', data_base64 = '', ...attributes } = json;
    return {
      attributes: { id, ...attributes },
      contentType: datacontenttype,
      data: Buffer.from(data_base64, 'base64'),
    };
  }
  const attributes: Record<string, string> = { id };
  for (const [name, value] of Object.entries(message.attributes)) {
    if (name.startsWith(PREFIX)) attributes[name.slice(PREFIX.length)] = value;
  }
  return { attributes, contentType: message.attributes[CONTENT_TYPE] ?? '', data: message.data };
}
