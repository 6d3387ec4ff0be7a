import type { Emulator } from '../emulator.ts';
import type { Json } from './resources.ts';

/** The JSON API's object resource as far as kept; int64 as strings, as on the wire and in Eventarc's StorageObjectData. */
export interface ObjectResource {
  readonly kind: 'storage#object';
  readonly id: string;
  readonly selfLink: string;
  readonly mediaLink: string;
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly storageClass: string;
  readonly size: string;
  readonly md5Hash?: string;
  readonly crc32c: string;
  readonly etag: string;
  readonly timeCreated: string;
  readonly updated: string;
  readonly timeStorageClassUpdated: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly customTime?: string;
  /** Of composed objects, which have no MD5. */
  readonly componentCount?: number;
}

export type ObjectEvent = 'finalized' | 'deleted' | 'archived' | 'metadataUpdated';

export interface ObjectChange {
  readonly event: ObjectEvent;
  readonly object: ObjectResource;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export type ChangeListener = (change: ObjectChange) => void | Promise<void>;

export interface StorageEmulator extends Emulator {
  /**
   * Every listener is awaited before the client gets its answer; one that fails turns the answer into a 503 and keeps
   * the change for the next start. Returns the way to stop listening.
   */
  onChange(listener: ChangeListener): () => void;
  /** Makes a bucket that every project sees, or gives one that exists these settings (a bucket resource's); the rest stays. */
  createBucket(name: string, settings?: Json): void;
}
