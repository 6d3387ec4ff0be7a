import protobuf from 'protobufjs';
import type { Timestamp, Value } from '../types.ts';

/**
 * google.firestore.v1.Value to bytes and back by hand: documents are kept as bytes and decoded when somebody looks.
 * Map keys are written in UTF-16 order, so equal documents have equal bytes.
 */
export type Fields = Readonly<Record<string, Value>>;

type Writer = protobuf.Writer;
type Reader = protobuf.Reader;
const { Writer, Reader } = protobuf;

/**
 * The `fields` part of google.firestore.v1.Document, ready to stand in an encoded document. It may be a slice of a pool of
 * memory: whoever keeps it copies it.
 */
export function encodeFields(fields: Fields): Uint8Array {
  const writer = Writer.create();
  writeFields(writer, 2, fields);
  return writer.finish();
}

export function decodeFields(bytes: Uint8Array): Record<string, Value> {
  const reader = Reader.create(bytes);
  const fields: Record<string, Value> = {};
  while (reader.pos < reader.len) {
    reader.uint32();
    readEntry(reader, fields);
  }
  return fields;
}

/** `times`: create and update time, or nothing. */
export function encodeDocument(name: string, fields: Uint8Array, times: readonly Timestamp[]): Uint8Array {
  const writer = Writer.create().uint32(10).string(name).raw(fields);
  for (const [i, time] of times.entries()) writeTimestamp(writer.uint32(((i + 3) << 3) | 2).fork(), time);
  return writer.finish();
}

export function encodeTimestamp(time: Timestamp): Uint8Array {
  const writer = Writer.create().uint32(8).int64(Number(time.seconds));
  if (time.nanos) writer.uint32(16).int32(time.nanos);
  return writer.finish();
}

function writeTimestamp(writer: Writer, time: Timestamp): void {
  writer.uint32(8).int64(Number(time.seconds));
  if (time.nanos) writer.uint32(16).int32(time.nanos);
  writer.ldelim();
}

function writeFields(writer: Writer, id: number, fields: Fields): void {
  for (const name of Object.keys(fields).sort()) {
    writer
      .uint32((id << 3) | 2)
      .fork()
      .uint32(10)
      .string(name)
      .uint32(18)
      .fork();
    writeValue(writer, fields[name]!);
    writer.ldelim().ldelim();
  }
}

function writeValue(writer: Writer, value: Value): void {
  if (value.stringValue !== undefined) writer.uint32(138).string(value.stringValue);
  else if (value.integerValue !== undefined) writer.uint32(16).int64(int64(value.integerValue));
  else if (value.doubleValue !== undefined) writer.uint32(25).double(value.doubleValue);
  else if (value.booleanValue !== undefined) writer.uint32(8).bool(value.booleanValue);
  else if (value.timestampValue !== undefined) writeTimestamp(writer.uint32(82).fork(), value.timestampValue);
  else if (value.bytesValue !== undefined) writer.uint32(146).bytes(value.bytesValue);
  else if (value.referenceValue !== undefined) writer.uint32(42).string(value.referenceValue);
  else if (value.geoPointValue !== undefined) {
    writer.uint32(66).fork();
    writer.uint32(9).double(value.geoPointValue.latitude).uint32(17).double(value.geoPointValue.longitude);
    writer.ldelim();
  } else if (value.arrayValue !== undefined) {
    writer.uint32(74).fork();
    for (const element of value.arrayValue.values) {
      writeValue(writer.uint32(10).fork(), element);
      writer.ldelim();
    }
    writer.ldelim();
  } else if (value.mapValue !== undefined) {
    writer.uint32(50).fork();
    writeFields(writer, 1, value.mapValue.fields);
    writer.ldelim();
  } else writer.uint32(88).int32(0);
}

function int64(text: string): number | string {
  const near = Number(text);
  return Number.isSafeInteger(near) ? near : text;
}

function int64Text(reader: Reader): string {
  const value = reader.int64();
  return String(value);
}

function readEntry(reader: Reader, into: Record<string, Value>): void {
  const end = reader.uint32() + reader.pos;
  let name = '';
  let value: Value = { nullValue: 0 };
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 10) name = reader.string();
    else if (tag === 18) value = readValue(reader, reader.uint32() + reader.pos);
    else reader.skipType(tag & 7);
  }
  into[name] = value;
}

function readValue(reader: Reader, end: number): Value {
  let value: Value = { nullValue: 0 };
  while (reader.pos < end) value = readKind(reader, reader.uint32());
  return value;
}

function readKind(reader: Reader, tag: number): Value {
  switch (tag) {
    case 138:
      return { stringValue: reader.string() };
    case 16:
      return { integerValue: int64Text(reader) };
    case 25:
      return { doubleValue: reader.double() };
    case 8:
      return { booleanValue: reader.bool() };
    case 82:
      return { timestampValue: readTimestamp(reader) };
    case 146:
      return { bytesValue: Buffer.from(reader.bytes()) };
    case 42:
      return { referenceValue: reader.string() };
    case 66:
      return { geoPointValue: readGeoPoint(reader) };
    case 74: {
      const values: Value[] = [];
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) {
        reader.uint32();
        values.push(readValue(reader, reader.uint32() + reader.pos));
      }
      return { arrayValue: { values } };
    }
    case 50: {
      const fields: Record<string, Value> = {};
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) {
        reader.uint32();
        readEntry(reader, fields);
      }
      return { mapValue: { fields } };
    }
    default:
      reader.skipType(tag & 7);
      return { nullValue: 0 };
  }
}

function readTimestamp(reader: Reader): Timestamp {
  const end = reader.uint32() + reader.pos;
  let seconds = '0';
  let nanos = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 8) seconds = int64Text(reader);
    else if (tag === 16) nanos = reader.int32();
    else reader.skipType(tag & 7);
  }
  return { seconds, nanos };
}

function readGeoPoint(reader: Reader): { latitude: number; longitude: number } {
  const end = reader.uint32() + reader.pos;
  const point = { latitude: 0, longitude: 0 };
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 9) point.latitude = reader.double();
    else if (tag === 17) point.longitude = reader.double();
    else reader.skipType(tag & 7);
  }
  return point;
}
