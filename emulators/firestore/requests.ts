import type { StructuredAggregationQuery, StructuredQuery, WireTime } from './query/wire.ts';
import type { Value } from './types.ts';
import type { Precondition, Write } from './writes.ts';

/** The requests of google.firestore.v1.Firestore as decoded: what is unset is missing, 64-bit integers are strings. */
interface Masked {
  mask?: { fieldPaths?: string[] };
}

interface At {
  transaction?: Uint8Array;
  newTransaction?: WireTransactionOptions;
  readTime?: WireTime;
}

export interface WireTransactionOptions {
  readOnly?: { readTime?: WireTime };
  readWrite?: { retryTransaction?: Uint8Array };
}

export interface WireDocument {
  name?: string;
  fields?: Record<string, Value>;
}

export interface GetDocumentRequest extends Masked, At {
  name?: string;
}

export interface BatchGetRequest extends Masked, At {
  database?: string;
  documents?: string[];
}

export interface ListDocumentsRequest extends Masked, At {
  parent?: string;
  collectionId?: string;
  pageSize?: number;
  pageToken?: string;
  orderBy?: string;
  showMissing?: boolean;
}

export interface CreateDocumentRequest extends Masked {
  parent?: string;
  collectionId?: string;
  documentId?: string;
  document?: WireDocument;
}

export interface UpdateDocumentRequest extends Masked {
  document?: WireDocument;
  updateMask?: { fieldPaths?: string[] };
  currentDocument?: Precondition;
}

export interface DeleteDocumentRequest {
  name?: string;
  currentDocument?: Precondition;
}

export interface BeginTransactionRequest {
  database?: string;
  options?: WireTransactionOptions;
}

export interface CommitRequest {
  database?: string;
  writes?: Write[];
  transaction?: Uint8Array;
}

export interface RunQueryRequest extends At {
  parent?: string;
  structuredQuery?: StructuredQuery;
}

export interface RunAggregationQueryRequest extends At {
  parent?: string;
  structuredAggregationQuery?: StructuredAggregationQuery;
}

export interface PartitionQueryRequest extends RunQueryRequest {
  partitionCount?: string;
  pageSize?: number;
  pageToken?: string;
}

export interface ListCollectionIdsRequest {
  parent?: string;
  pageSize?: number;
  pageToken?: string;
}

export type ReadRequest = At;
