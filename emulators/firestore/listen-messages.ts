import type { GrpcError } from '../grpc/errors.ts';
import type { StoredDocument } from './document.ts';
import type { StructuredQuery, WireTime } from './query/wire.ts';
import { toMicros } from './values/time.ts';

/** google.firestore.v1.Target as decoded. */
export interface WireTarget {
  targetId?: number;
  query?: { parent?: string; structuredQuery?: StructuredQuery };
  documents?: { documents?: string[] };
  resumeToken?: Uint8Array;
  readTime?: WireTime;
  expectedCount?: { value?: number };
  once?: boolean;
}

/** google.firestore.v1.ListenRequest as decoded. */
export interface ListenRequest {
  database?: string;
  addTarget?: WireTarget;
  removeTarget?: number;
}

/** What a listening client is told, free of any wire; times in microseconds. */
export type ListenMessage =
  | {
      readonly kind: 'target';
      readonly type: 'NO_CHANGE' | 'ADD' | 'REMOVE' | 'CURRENT' | 'RESET';
      /** Empty: all targets of the stream. */
      readonly targetIds: readonly number[];
      readonly cause?: GrpcError;
      readonly readTime?: number;
    }
  | {
      readonly kind: 'change';
      readonly document: StoredDocument;
      readonly targetIds: readonly number[];
      readonly removedTargetIds: readonly number[];
    }
  | {
      readonly kind: 'delete' | 'remove';
      readonly name: string;
      readonly removedTargetIds: readonly number[];
      readonly readTime: number;
    }
  | { readonly kind: 'filter'; readonly targetId: number; readonly count: number };

/** The wire that a client listens on. */
export interface ListenSink {
  /** The client does not keep up: commits are summed up until {@link ListenStream.drained}. */
  readonly full: boolean;
  send(message: ListenMessage): void;
  /** Ends the stream. */
  fail(error: GrpcError): void;
}

/** The state to come back to is simply the time of the last snapshot. */
export const resumeToken = (micros: number): Uint8Array => Buffer.from(String(micros));
const resumeTime = (token: Uint8Array): number => Number(Buffer.from(token).toString());

/** When the client left, if it says so: microseconds. */
export function startOf({ resumeToken: token, readTime }: WireTarget): number | undefined {
  if (token?.length) return resumeTime(token);
  return readTime && toMicros(readTime);
}

/** Equal for equal queries. JSON has neither NaN nor infinities: two different queries must not look alike. */
export const viewKey = (query: NonNullable<WireTarget['query']>): string =>
  JSON.stringify(query, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
