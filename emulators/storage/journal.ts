import type { StoredBucket, StoredObject } from './resources.ts';
import type { ObjectChange } from './types.ts';

/** A change whose listeners have not all said yes; `seq` finds it again. */
export interface PendingChange {
  readonly seq: number;
  readonly change: ObjectChange;
}

/** One line each. What belongs together (an object and its events) is one record, so that it lands whole or not at all. */
export type JournalRecord =
  | { readonly op: 'clock'; readonly generation: number; readonly seq: number }
  | { readonly op: 'bucket'; readonly bucket: StoredBucket }
  | { readonly op: 'bucket-gone'; readonly name: string }
  | { readonly op: 'object'; readonly object: StoredObject; readonly pending: readonly PendingChange[] }
  | {
      readonly op: 'object-gone';
      readonly bucket: string;
      readonly name: string;
      readonly pending: readonly PendingChange[];
    }
  | {
      readonly op: 'moved';
      readonly from: string;
      readonly object: StoredObject;
      readonly pending: readonly PendingChange[];
    }
  | { readonly op: 'pending'; readonly pending: readonly PendingChange[] }
  | { readonly op: 'sent'; readonly seq: number };
