import { type Attributes, type CloudEvent, timestamp } from './cloudevent.ts';

/** What happened to an object; the last word of the event's type. */
export type ObjectChangeKind = 'finalized' | 'deleted' | 'archived' | 'metadataUpdated';

/**
 * Body of Cloud Storage events; int64 as decimal strings, times as RFC 3339.
 * @see https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/storage/v1/data.proto
 */
export interface StorageObjectData {
  readonly kind?: string;
  readonly id?: string;
  readonly selfLink?: string;
  readonly mediaLink?: string;
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly metageneration?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly storageClass?: string;
  /** Bytes as stored. */
  readonly size?: string;
  /** Base64. */
  readonly md5Hash?: string;
  /** Base64, big-endian. */
  readonly crc32c?: string;
  readonly etag?: string;
  readonly componentCount?: number;
  readonly timeCreated?: string;
  readonly updated?: string;
  readonly timeDeleted?: string;
  readonly timeStorageClassUpdated?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ObjectChange<Data extends StorageObjectData> {
  readonly event: ObjectChangeKind;
  readonly object: Data;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export const storageEventType = (event: ObjectChangeKind) => `google.cloud.storage.object.v1.${event}`;

/** Everything but the id, which Eventarc takes from the message that carries the event. */
export function storageAttributes({ event, object, time }: ObjectChange<StorageObjectData>): Attributes {
  return {
    specversion: '1.0',
    type: storageEventType(event),
    source: `//storage.googleapis.com/projects/_/buckets/${object.bucket}`,
    subject: `objects/${object.name}`,
    time: timestamp(time),
    bucket: object.bucket,
    datacontenttype: 'application/json',
  };
}

/** The event that Eventarc sends for a changed object. */
export function storageEvent<Data extends StorageObjectData>(
  id: string,
  change: ObjectChange<Data>,
): CloudEvent<Data> {
  return { id, ...required(storageAttributes(change)), data: change.object };
}

const required = (attributes: Attributes) =>
  attributes as Attributes & { specversion: string; type: string; source: string };
