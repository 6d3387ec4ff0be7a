import { type Attributes, encodePercent, toBinaryHeaders } from '../../shared/events/cloudevent.ts';
import type { PublishMessage, StoredMessage } from '../pubsub/types.ts';

/** A CloudEvent on its way through a transport topic, and as it is POSTed. */
export interface TransportEvent {
  /**
   * By their CloudEvents names, unencoded, `datacontenttype` among them. Without an `id` the event gets the id of its
   * message, as Eventarc does for Storage.
   */
  readonly attributes: Attributes;
  readonly data: Uint8Array;
}

/** A request in binary content mode. */
export interface Parcel {
  /** Whoever sends it may add others. */
  readonly headers: Record<string, string>;
  /** In pieces that are sent one after the other, so that data for many receivers is not copied for each. */
  readonly body: readonly Uint8Array[];
}

const PREFIX = 'ce-';
const CONTENT_TYPE = 'content-type';
const STRUCTURED = 'application/cloudevents+json';
/** Pub/Sub takes no longer attribute: {@link https://cloud.google.com/pubsub/quotas#resource_limits}. */
const LONGEST_VALUE = 1024;

/**
 * CloudEvents' binding for Pub/Sub: attributes with the prefix `ce-` and the data as it is, or the structured form where
 * an attribute is too long for Pub/Sub (the path of a document may have 6 KiB).
 * {@link https://github.com/google/knative-gcp/blob/main/docs/spec/pubsub-protocol-binding.md}
 */
export function toMessage({ attributes, data }: TransportEvent): PublishMessage {
  if (someTooLong(attributes)) {
    const event = { ...attributes, data_base64: Buffer.from(data).toString('base64') };
    return {
      data: Buffer.from(JSON.stringify(event)),
      attributes: { [CONTENT_TYPE]: STRUCTURED },
      orderingKey: '',
    };
  }
  const named: Record<string, string> = {};
  for (const name in attributes) named[prefixed(name)] = attributes[name]!;
  return { data, attributes: named, orderingKey: '' };
}

const prefixedNames = new Map([['datacontenttype', CONTENT_TYPE]]);
const MOST_NAMES = 200;

/** Kept, for a text that has just been put together is no key yet: that takes longer than all else here. */
function prefixed(name: string): string {
  const known = prefixedNames.get(name);
  if (known !== undefined) return known;
  const text = `${PREFIX}${name}`;
  if (prefixedNames.size < MOST_NAMES) prefixedNames.set(name, text);
  return text;
}

/** No character has more than three bytes: mostly the length says it. */
function someTooLong(attributes: Attributes): boolean {
  for (const name in attributes) {
    const value = attributes[name]!;
    if (value.length * 3 > LONGEST_VALUE && Buffer.byteLength(value) > LONGEST_VALUE) return true;
  }
  return false;
}

/** The event in a message that `toMessage` made. */
export function fromMessage({ messageId: id, attributes: named, data }: StoredMessage): TransportEvent {
  if (named[CONTENT_TYPE] === STRUCTURED) {
    const { data_base64 = '', ...attributes } = JSON.parse(Buffer.from(data).toString()) as Attributes;
    return { attributes: { id, ...attributes }, data: Buffer.from(data_base64, 'base64') };
  }
  // Other attributes are the message's own, not the event's.
  const attributes = Object.entries(named)
    .filter(([name]) => name === CONTENT_TYPE || name.startsWith(PREFIX))
    .map(([name, value]) => [name === CONTENT_TYPE ? 'datacontenttype' : name.slice(PREFIX.length), value]);
  return { attributes: { id, ...Object.fromEntries(attributes) }, data };
}

/** What is POSTed for a message that `toMessage` made. In it attributes have the names of their headers already. */
export function parcelOf(message: StoredMessage): Parcel {
  const { attributes, data } = message;
  if (attributes[CONTENT_TYPE] === STRUCTURED) {
    const event = fromMessage(message);
    return { headers: toBinaryHeaders(event.attributes), body: [event.data] };
  }
  const headers: Record<string, string> = { [`${PREFIX}id`]: message.messageId };
  for (const name in attributes) {
    const value = attributes[name]!;
    if (name === CONTENT_TYPE) headers[name] = value;
    else if (name.startsWith(PREFIX)) headers[name] = encodePercent(value);
  }
  return { headers, body: [data] };
}
