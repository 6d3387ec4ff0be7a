import type { PublishMessage } from './types.ts';

/** A request with less is billed as so much. */
const LEAST_BYTES = 1000;
const TIMESTAMP_BYTES = 20;
/** Of this broker's ids, as of Pub/Sub's own. */
const ID_BYTES = 16;

/**
 * What one request to publish, pull or push these messages is billed as, in bytes.
 * {@link https://cloud.google.com/pubsub/pricing#message_volume_calculation}
 */
export function volumeOf(messages: readonly PublishMessage[]): number {
  let bytes = messages.length * (TIMESTAMP_BYTES + ID_BYTES);
  for (const { data, attributes } of messages) {
    bytes += data.length;
    for (const name in attributes) bytes += Buffer.byteLength(name) + Buffer.byteLength(attributes[name]!);
  }
  return Math.max(LEAST_BYTES, bytes);
}
