import protobuf from 'protobufjs/minimal.js';
import type { Fields, Timestamp } from './firestore-values.ts';
import { encodeDocument, encodeFields, readDocument, readMessage } from './firestore-wire.ts';

/** google.events.cloud.firestore.v1.Document, which is on the wire as google.firestore.v1.Document is. */
export interface FirestoreDocument {
  /** `projects/P/databases/D/documents/PATH` */
  readonly name: string;
  readonly fields: Fields;
  readonly createTime?: Timestamp;
  readonly updateTime?: Timestamp;
  /** The document as it is on the wire, for whoever has it that way already. */
  readonly encoded?: Uint8Array;
}

/**
 * Body of Firestore events.
 * @see https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto
 */
export interface DocumentEventData {
  /** After the change; missing when the document was deleted. */
  readonly value?: FirestoreDocument;
  /** Before the change; missing when the document was created. */
  readonly oldValue?: FirestoreDocument;
  /** Only on updates: the paths of the fields that differ. */
  readonly updateMask?: { readonly fieldPaths: readonly string[] };
}

/** The protobuf bytes that Eventarc sends as `application/protobuf`. */
export function encodeDocumentEventData({ value, oldValue, updateMask }: DocumentEventData): Uint8Array {
  const writer = protobuf.Writer.create();
  if (value) writer.uint32(10).bytes(bytesOf(value));
  if (oldValue) writer.uint32(18).bytes(bytesOf(oldValue));
  if (updateMask) {
    writer.uint32(26).fork();
    for (const path of updateMask.fieldPaths) writer.uint32(10).string(path);
    writer.ldelim();
  }
  return writer.finish();
}

/** Whoever has the bytes already has not decoded the fields yet. */
function bytesOf(document: FirestoreDocument): Uint8Array {
  const { encoded, name, createTime, updateTime } = document;
  return encoded ?? encodeDocument(name, encodeFields(document.fields), createTime, updateTime);
}

/**
 * Reads what `encodeDocumentEventData` or Eventarc wrote. Fields of later versions of the protocol are passed over, and what
 * other encoders leave out because it is zero or empty is there, e.g. the nanos of a full second.
 * @throws when the bytes are no such message
 */
export function decodeDocumentEventData(bytes: Uint8Array): DocumentEventData {
  const reader = protobuf.Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const data: { -readonly [Part in keyof DocumentEventData]: DocumentEventData[Part] } = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) data.value = readDocument(reader);
    else if (tag === 18) data.oldValue = readDocument(reader);
    else if (tag === 26) {
      const fieldPaths: string[] = [];
      readMessage(reader, inner => {
        if (inner === 10) fieldPaths.push(reader.string());
        else reader.skipType(inner & 7);
      });
      data.updateMask = { fieldPaths };
    } else reader.skipType(tag & 7);
  }
  return data;
}
