import type { Timestamp, Value } from '../../shared/events/firestore-values.ts';

export type { Timestamp, Value } from '../../shared/events/firestore-values.ts';

/** google.firestore.v1.Document. */
export interface Document {
  /** `projects/P/databases/D/documents/PATH` */
  readonly name: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly createTime: Timestamp;
  readonly updateTime: Timestamp;
  /** The document as it is on the wire, for whoever has it that way already. */
  readonly encoded?: Uint8Array;
}

/** Who made a change: a server, a client without a user, or a client with one. */
export type Author =
  | { readonly type: 'system' }
  | { readonly type: 'unauthenticated' }
  | { readonly type: 'user'; readonly uid: string };

/** One document of one commit, in commit order. A write that changes nothing is no change. */
export interface DocumentChange {
  /** Position in the commit log: strictly rising, the same again after a restart from disk. */
  readonly sequence: number;
  readonly name: string;
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  readonly commitTime: Timestamp;
  readonly caller: Author;
}
