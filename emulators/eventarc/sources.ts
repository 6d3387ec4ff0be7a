import { type Attributes, type CloudEvent, toBinaryHeaders } from '../../shared/events/cloudevent.ts';
import {
  type AuthContext,
  documentEvent,
  documentEventTypes,
  splitDocumentName,
  type DocumentChange as TimedChange,
} from '../../shared/events/firestore.ts';
import { messageEvent } from '../../shared/events/pubsub.ts';
import { type JobRun, scheduleEvent } from '../../shared/events/schedule.ts';
import { storageAttributes } from '../../shared/events/storage.ts';
import type { Author, DocumentChange } from '../firestore/types.ts';
import type { Delivery } from '../pubsub/types.ts';
import type { ObjectChange } from '../storage/types.ts';
import type { Route } from './routes.ts';
import type { Parcel, TransportEvent } from './transport.ts';

/**
 * Who made a change, in the words of
 * {@link https://firebase.google.com/docs/reference/functions/2nd-gen/node/firebase-functions.firestore#firestoreauthtype}.
 * It has none for people: the service calls them unknown, and gives their uid. A server here is no certain account.
 */
function authContext(author: Author): AuthContext {
  return author.type === 'user' ? { authtype: 'unknown', authid: author.uid } : { authtype: author.type };
}

/** An event of JSON or bytes with its data serialized. */
function serialized(event: CloudEvent<unknown>): TransportEvent {
  const { data } = event;
  const attributes: Record<string, string> = {};
  for (const name in event) {
    const value = event[name];
    if (name !== 'data' && value !== undefined) attributes[name] = String(value);
  }
  return {
    attributes,
    data: data instanceof Uint8Array ? data : Buffer.from(JSON.stringify(data)),
  };
}

export const objectEvent = (change: ObjectChange): TransportEvent => ({
  attributes: storageAttributes(change),
  data: Buffer.from(JSON.stringify(change.object)),
});

export const runEvent = (run: JobRun): TransportEvent => serialized(scheduleEvent(run));

/**
 * The events that a changed document makes.
 * @param wanted whether some trigger asks for an event with these attributes; only that is worth encoding the document
 */
export function documentEvents(
  { sequence, before, after, commitTime, caller }: DocumentChange,
  wanted: (attributes: Attributes) => boolean,
  location: string,
): TransportEvent[] {
  const time = Number(commitTime.seconds) * 1000 + Math.floor(commitTime.nanos / 1e6);
  const change: TimedChange = { before, after, time };
  // One id for all triggers, as from the real Firestore; the time keeps it unique where the log begins anew.
  const id = `${time}-${sequence}`;
  const { database, path } = splitDocumentName((after ?? before)?.name ?? '');
  const auth = authContext(caller);
  const filtered = { database, namespace: '(default)', document: path };
  return documentEventTypes(change)
    .filter(type => wanted({ type, ...filtered }))
    .map(type => serialized(documentEvent(id, type, change, location, auth)));
}

/** Where the data goes: it is the first member, before the message's id, which is always there. */
const BEFORE_DATA = '{"message":{';

/**
 * What a Pub/Sub trigger's step gets for a message. The data is put into the JSON as bytes: base64 needs no escaping, and
 * passing it through strings takes longer than all the rest.
 */
export function messageParcel({ message, attempt }: Delivery, { topic, subscription }: Route): Parcel {
  // As in any push: only a subscription with a dead-letter policy counts its attempts for the receiver.
  const counted = subscription.deadLetterPolicy ? attempt : undefined;
  const bare = { ...message, data: NO_DATA };
  const { data, ...attributes } = messageEvent(bare, topic, subscription.name, counted);
  const json = JSON.stringify(data);
  if (message.data.length === 0) return { headers: toBinaryHeaders(attributes), body: [Buffer.from(json)] };
  const body = [
    Buffer.from(`${BEFORE_DATA}"data":"`),
    base64Of(message.data),
    Buffer.from(`",${json.slice(BEFORE_DATA.length)}`),
  ];
  return { headers: toBinaryHeaders(attributes), body };
}

const NO_DATA = new Uint8Array();
const encoded = new WeakMap<Uint8Array, Buffer>();

/** Kept as long as the broker holds the message in memory: it is delivered to every subscription of its topic. */
function base64Of(data: Uint8Array): Buffer {
  const known = encoded.get(data);
  if (known) return known;
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  const bytes = Buffer.from(text, 'latin1');
  encoded.set(data, bytes);
  return bytes;
}
