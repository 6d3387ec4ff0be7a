import protobuf from 'protobufjs';
import { encodeTimestamp } from '../../shared/events/firestore-wire.ts';
import type { GrpcError, status } from '../grpc/errors.ts';
import type { WriteResult } from './database.ts';
import type { StoredDocument } from './document.ts';
import { toTimestamp } from './values/time.ts';

/** Responses that carry documents, encoded around the documents' own bytes: decoding them again would cost the most. */
const { Writer } = protobuf;

const time = (micros: number): Uint8Array => encodeTimestamp(toTimestamp(micros));

export function batchGetResponse(
  name: string,
  found: StoredDocument | undefined,
  readTime: number,
  transaction?: Uint8Array,
): Uint8Array {
  const writer = Writer.create();
  if (found) writer.uint32(10).bytes(found.encode());
  else writer.uint32(18).string(name);
  if (transaction) writer.uint32(26).bytes(transaction);
  return writer.uint32(34).bytes(time(readTime)).finish();
}

export function runQueryResponse(
  document: StoredDocument,
  readTime: number,
  transaction?: Uint8Array,
): Uint8Array {
  const writer = Writer.create().uint32(10).bytes(document.encode());
  if (transaction) writer.uint32(18).bytes(transaction);
  return writer.uint32(26).bytes(time(readTime)).finish();
}

/** google.firestore.v1.ListenResponse with a DocumentChange. */
export function documentChange(
  document: StoredDocument,
  targetIds: readonly number[],
  removed: readonly number[],
): Uint8Array {
  const writer = Writer.create().uint32(26).fork().uint32(10).bytes(document.encode());
  for (const id of targetIds) writer.uint32(40).int32(id);
  for (const id of removed) writer.uint32(48).int32(id);
  return writer.ldelim().finish();
}

export function listDocumentsResponse(page: {
  documents: readonly StoredDocument[];
  nextPageToken: string;
}): Uint8Array {
  const writer = Writer.create();
  for (const document of page.documents) writer.uint32(10).bytes(document.encode());
  if (page.nextPageToken) writer.uint32(18).string(page.nextPageToken);
  return writer.finish();
}

/** google.rpc.Status */
export const rpcStatus = (error: GrpcError): { code: status; message: string } => ({
  code: error.code,
  message: error.message,
});

/** google.firestore.v1.WriteResult */
export function writeResult({ updateTime, transformResults }: WriteResult): object {
  return { ...(updateTime !== undefined && { updateTime: toTimestamp(updateTime) }), transformResults };
}
