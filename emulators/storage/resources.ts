import type { ObjectResource } from './types.ts';

/** An object as kept: without links, which depend on the port of the day. `blob` names its file. */
export interface StoredObject
  extends Omit<ObjectResource, 'kind' | 'id' | 'selfLink' | 'mediaLink' | 'etag'> {
  readonly blob: string;
}

export type Json = Readonly<Record<string, unknown>>;

/** A bucket as kept: what its creator set, and what the service adds. */
export interface StoredBucket {
  readonly name: string;
  /** Undefined for buckets made in process, which every project sees. */
  readonly project?: string;
  readonly metageneration: string;
  readonly timeCreated: string;
  readonly updated: string;
  readonly settings: Json;
  readonly policy: Json;
}

export const etagOf = ({ generation, metageneration }: StoredObject): string =>
  Buffer.from(`${generation}/${metageneration}`).toString('base64');

/** The JSON API's object resource; `origin` is e.g. http://127.0.0.1:8702. */
export function objectResource(stored: StoredObject, origin: string): ObjectResource {
  const { blob: _, ...object } = stored;
  const path = `b/${object.bucket}/o/${encodeURIComponent(object.name)}`;
  return {
    kind: 'storage#object',
    id: `${object.bucket}/${object.name}/${object.generation}`,
    selfLink: `${origin}/storage/v1/${path}`,
    mediaLink: `${origin}/download/storage/v1/${path}?generation=${object.generation}&alt=media`,
    ...object,
    etag: etagOf(stored),
  };
}

export function bucketResource(bucket: StoredBucket, origin: string): Json {
  return {
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    iamConfiguration: {
      uniformBucketLevelAccess: { enabled: true },
      publicAccessPrevention: 'inherited',
    },
    ...bucket.settings,
    kind: 'storage#bucket',
    id: bucket.name,
    name: bucket.name,
    // Projects have no number here; clients only need one to be there.
    projectNumber: '1',
    selfLink: `${origin}/storage/v1/b/${bucket.name}`,
    metageneration: bucket.metageneration,
    etag: Buffer.from(bucket.metageneration).toString('base64'),
    timeCreated: bucket.timeCreated,
    updated: bucket.updated,
  };
}
