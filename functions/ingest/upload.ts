import { readableId } from '../../shared/ids/ids.ts';
import type { Checkpoint } from './formats/item.ts';

/** The object that is to be read. */
export interface UploadedObject {
  readonly bucket: string;
  readonly name: string;
  readonly generation: string;
  /** Bytes as stored. */
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** How far an upload has been read: everything before it is published and durable. */
export interface Progress {
  readonly checkpoint?: Checkpoint;
  /** Items between the checkpoint and the last cut: read again and passed over. */
  readonly skip: number;
  readonly batches: number;
  readonly counts: Counts;
}

export interface Counts {
  /** Records in the file so far, good and bad. */
  readonly records: number;
  /** Those that could not be read. */
  readonly rejected: number;
  /** Those that went on to `enrich`. */
  readonly published: number;
}

export type UploadState =
  /** `ingest` is at it. */
  | 'reading'
  /** All is published; `tick` waits until it is counted. */
  | 'read'
  /** Counted, its windows are out. */
  | 'done'
  /** It could not be read (to its end); `error` says why. */
  | 'failed';

export const START: Progress = { skip: 0, batches: 0, counts: { records: 0, rejected: 0, published: 0 } };

export function uploadId(object: Pick<UploadedObject, 'bucket' | 'name' | 'generation'>): string {
  return readableId(object.name, object.bucket, object.generation);
}

/** An object belongs to the pipeline that its metadata names, else to the first segment of its name. */
export function pipelineNameOf(object: Pick<UploadedObject, 'name' | 'metadata'>): string {
  return object.metadata['pipeline'] ?? (object.name.includes('/') ? object.name.split('/')[0]! : '');
}

export function fileOf(object: Pick<UploadedObject, 'bucket' | 'name'>): string {
  return `gs://${object.bucket}/${object.name}`;
}
