import type { Delivery } from '../pubsub/types.ts';
import type { ObjectChange } from '../storage/types.ts';
import type { Parcel } from './parcel.ts';
import { PUBSUB_EVENT, SCHEDULE_EVENT } from './routes.ts';
import type { TransportEvent } from './transport.ts';
export function objectEvent({ event, object, time }: ObjectChange): TransportEvent {
  return {
    attributes: {
      specversion: '1.0',
      type: `google.cloud.storage.object.v1.${event}`,
      source: `//storage.googleapis.com/projects/_/buckets/${object.bucket}`,
      subject: `objects/${object.name}`,
      time: new Date(time).toISOString(),
      bucket: object.bucket,
    },
    contentType: 'application/json',
    data: Buffer.from(JSON.stringify(object)),
  };
}
export function messageParcel({ message }: Delivery, topic: string, subscription: string): Parcel {
  const publishTime = new Date(message.publishTime).toISOString();
  return parcelOf({
    attributes: {
      specversion: '1.0',
      id: message.messageId,
      type: PUBSUB_EVENT,
      source: `//pubsub.googleapis.com/${topic}`,
      time: publishTime,
    },
    contentType: 'application/json',
    data: Buffer.from(
      JSON.stringify({
        message: {
          data: Buffer.from(message.data).toString('base64'),
          attributes: message.attributes,
          messageId: message.messageId,
          publishTime,
          ...(message.orderingKey && { orderingKey: message.orderingKey }),
        },
        subscription,
      }),
    ),
  });
}
export function parcelOf({ attributes, contentType, data }: TransportEvent): Parcel {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) headers[`ce-${name}`] = encodeURI(value);
  return { headers: { ...headers, 'content-type': contentType }, body: data };
}

/** `location` as in the names of the subscriptions. */
export function scheduleEvent(
  { project, location }: { project: string; location: string },
  job: string,
  time: Date,
): TransportEvent {
  const at = time.toISOString();
  return {
    attributes: {
      specversion: '1.0',
      id: `${job}@${at}`,
      type: SCHEDULE_EVENT,
      source: `//cloudscheduler.googleapis.com/projects/${project}/locations/${location}/jobs/${job}`,
      time: at,
    },
    contentType: 'application/json',
    // google.events.cloud.scheduler.v1.SchedulerJobData of a job without a payload.
    data: Buffer.from('{"customData":""}'),
  };
}

import type { DocumentChange } from '../firestore/types.ts';
export function documentEvents(_change: DocumentChange): TransportEvent[] {
  return [];
}
