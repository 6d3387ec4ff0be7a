import protobuf from 'protobufjs/light.js';
import type { Timestamp, Value } from './firestore-values.ts';

/** google.events.cloud.firestore.v1.Document. */
export interface FirestoreDocument {
  /** `projects/P/databases/D/documents/PATH` */
  readonly name: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly createTime?: Timestamp;
  readonly updateTime?: Timestamp;
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

/** The messages by field number. Value is the same on the wire as google.firestore.v1.Value, less its pipeline fields. */
const DESCRIPTOR = {
  DocumentEventData: {
    fields: {
      value: { type: 'Document', id: 1 },
      oldValue: { type: 'Document', id: 2 },
      updateMask: { type: 'DocumentMask', id: 3 },
    },
  },
  DocumentMask: { fields: { fieldPaths: { rule: 'repeated', type: 'string', id: 1 } } },
  Document: {
    fields: {
      name: { type: 'string', id: 1 },
      fields: { keyType: 'string', type: 'Value', id: 2 },
      createTime: { type: 'Timestamp', id: 3 },
      updateTime: { type: 'Timestamp', id: 4 },
    },
  },
  Value: {
    oneofs: {
      valueType: {
        oneof: [
          'booleanValue',
          'integerValue',
          'doubleValue',
          'referenceValue',
          'mapValue',
          'geoPointValue',
          'arrayValue',
          'timestampValue',
          'nullValue',
          'stringValue',
          'bytesValue',
        ],
      },
    },
    fields: {
      booleanValue: { type: 'bool', id: 1 },
      integerValue: { type: 'int64', id: 2 },
      doubleValue: { type: 'double', id: 3 },
      referenceValue: { type: 'string', id: 5 },
      mapValue: { type: 'MapValue', id: 6 },
      geoPointValue: { type: 'LatLng', id: 8 },
      arrayValue: { type: 'ArrayValue', id: 9 },
      timestampValue: { type: 'Timestamp', id: 10 },
      nullValue: { type: 'NullValue', id: 11 },
      stringValue: { type: 'string', id: 17 },
      bytesValue: { type: 'bytes', id: 18 },
    },
  },
  ArrayValue: { fields: { values: { rule: 'repeated', type: 'Value', id: 1 } } },
  MapValue: { fields: { fields: { keyType: 'string', type: 'Value', id: 1 } } },
  LatLng: { fields: { latitude: { type: 'double', id: 1 }, longitude: { type: 'double', id: 2 } } },
  Timestamp: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
  NullValue: { values: { NULL_VALUE: 0 } },
};

const eventData = protobuf.Root.fromJSON({ nested: DESCRIPTOR }).lookupType('DocumentEventData');

/** The protobuf bytes that Eventarc sends as `application/protobuf`. */
export function encodeDocumentEventData(data: DocumentEventData): Uint8Array {
  return eventData.encode(eventData.fromObject(data)).finish();
}

/**
 * Reads what `encodeDocumentEventData` or Eventarc wrote. Fields of later versions of the protocol are passed over.
 * @throws when the bytes are no such message
 */
export function decodeDocumentEventData(bytes: Uint8Array): DocumentEventData {
  // Defaults are written out, because other encoders leave out what is zero or empty, e.g. the nanos of a full second.
  const { value, oldValue, updateMask } = eventData.toObject(eventData.decode(bytes), {
    longs: String,
    defaults: true,
  });
  return {
    ...(value && { value: documentOf(value) }),
    ...(oldValue && { oldValue: documentOf(oldValue) }),
    ...(updateMask && { updateMask }),
  };
}

function documentOf({ createTime, updateTime, ...document }: FirestoreDocument): FirestoreDocument {
  return { ...document, ...(createTime && { createTime }), ...(updateTime && { updateTime }) };
}
