import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import {
  type DocumentEventData,
  decodeDocumentEventData,
  encodeDocumentEventData,
} from './firestore-codec.ts';
import type { Value } from './firestore-values.ts';

/** Google's own descriptor, as shipped with its Firestore client. */
const official = protobuf.Root.fromJSON(
  JSON.parse(
    readFileSync(
      new URL('../../node_modules/@google-cloud/firestore/build/protos/v1.json', import.meta.url),
      'utf8',
    ),
  ) as protobuf.INamespace,
);
const officialEvent = new protobuf.Type('DocumentEventData')
  .add(new protobuf.Field('value', 1, 'google.firestore.v1.Document'))
  .add(new protobuf.Field('oldValue', 2, 'google.firestore.v1.Document'))
  .add(new protobuf.Field('updateMask', 3, 'google.firestore.v1.DocumentMask'));
official.define('test').add(officialEvent);

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const timestamp = fc.record(
  { seconds: fc.integer({ min: -62135596800, max: 253402300799 }).map(String), nanos: fc.nat(999_999_999) },
  { noNullPrototype: true },
);
// Firestore itself takes no field names of the form __name__.
const key = fc.string({ unit: 'binary', maxLength: 6 }).filter(k => k !== '__proto__');
const text = fc.string({ unit: 'binary' });
const bytes = fc.uint8Array({ maxLength: 20 }).map(b => Buffer.from(b));
const { value } = fc.letrec<{ value: Value; fields: Record<string, Value> }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant({ nullValue: 0 }),
    fc.boolean().map(booleanValue => ({ booleanValue })),
    int64.map(integerValue => ({ integerValue })),
    fc.double().map(doubleValue => ({ doubleValue })),
    timestamp.map(timestampValue => ({ timestampValue })),
    text.map(stringValue => ({ stringValue })),
    bytes.map(bytesValue => ({ bytesValue })),
    text.map(referenceValue => ({ referenceValue })),
    fc
      .record({ latitude: fc.double(), longitude: fc.double() }, { noNullPrototype: true })
      .map(geoPointValue => ({ geoPointValue })),
    fc.array(tie('value'), { maxLength: 3 }).map(values => ({ arrayValue: { values } })),
    tie('fields').map(fields => ({ mapValue: { fields } })),
  ),
  fields: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
}));
const document = fc.record(
  {
    // A trailing space is a legal end of a document's id.
    name: fc.constant('projects/p/databases/(default)/documents/users/ada '),
    fields: fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true }),
    createTime: timestamp,
    updateTime: timestamp,
  },
  { requiredKeys: ['name', 'fields'], noNullPrototype: true },
);
const eventData = fc.record(
  {
    value: document,
    oldValue: document,
    updateMask: fc.record({ fieldPaths: fc.array(text, { maxLength: 3 }) }, { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<DocumentEventData>;

const NAME = 'projects/p/databases/(default)/documents/users/ada';
/** Of the one message in it, which stands behind its tag and its length. */
function lengthOf(bytes: Uint8Array): number {
  const reader = protobuf.Reader.create(bytes);
  reader.uint32();
  return reader.uint32();
}
const roundTrip = (field: Value) =>
  decodeDocumentEventData(encodeDocumentEventData({ value: { name: NAME, fields: { field } } })).value
    ?.fields['field'];

describe('DocumentEventData on the wire', () => {
  it('comes back as it went out', () => {
    fc.assert(
      fc.property(eventData, data => {
        expect(decodeDocumentEventData(encodeDocumentEventData(data))).toStrictEqual(data);
      }),
    );
  });

  it('is read alike by the descriptor of the official client', () => {
    fc.assert(
      fc.property(eventData, data => {
        const bytes = encodeDocumentEventData(data);
        const read = officialEvent.toObject(officialEvent.decode(bytes), { longs: String, defaults: true });
        const given = Object.fromEntries(Object.entries(read).filter(([, part]) => part !== null));
        for (const part of [given['value'], given['oldValue']]) {
          if (part?.createTime === null) delete part.createTime;
          if (part?.updateTime === null) delete part.updateTime;
        }
        expect(given).toStrictEqual(data);
      }),
    );
  });

  it('reads what the descriptor of the official client wrote', () => {
    fc.assert(
      fc.property(eventData, data => {
        const bytes = officialEvent.encode(officialEvent.fromObject(data)).finish();
        expect(decodeDocumentEventData(bytes)).toStrictEqual(data);
      }),
    );
  });

  it.each<[string, Value]>([
    ['the largest integer', { integerValue: '9223372036854775807' }],
    ['the smallest integer', { integerValue: '-9223372036854775808' }],
    ['zero', { integerValue: '0' }],
    ['NaN', { doubleValue: Number.NaN }],
    ['negative zero', { doubleValue: -0 }],
    ['infinity', { doubleValue: Number.NEGATIVE_INFINITY }],
    ['null', { nullValue: 0 }],
    ['false', { booleanValue: false }],
    ['empty text', { stringValue: '' }],
    ['no bytes', { bytesValue: Buffer.alloc(0) }],
    ['an empty list', { arrayValue: { values: [] } }],
    ['an empty map', { mapValue: { fields: {} } }],
    ['the epoch', { timestampValue: { seconds: '0', nanos: 0 } }],
    ['the point zero', { geoPointValue: { latitude: 0, longitude: 0 } }],
  ])('keeps %s', (_, field) => {
    expect(roundTrip(field)).toStrictEqual(field);
  });

  it('leaves out what a change has not', () => {
    expect(decodeDocumentEventData(new Uint8Array())).toStrictEqual({});
  });

  it('refuses bytes that are no message', () => {
    expect(() => decodeDocumentEventData(Buffer.from('hello there'))).toThrow();
  });

  it('refuses a message that was cut short', () => {
    fc.assert(
      fc.property(eventData, fc.nat(), (data, at) => {
        const bytes = encodeDocumentEventData({ value: { name: NAME, fields: {} }, ...data });
        const cut = bytes.subarray(0, at % bytes.length);
        // Between its parts the bytes are a message again, with fewer of them.
        const parts = (['value', 'oldValue'] as const).map(part => ({ [part]: data[part] }));
        const whole = [0, ...parts.map(part => encodeDocumentEventData(part).length)];
        fc.pre(!whole.includes(cut.length) && cut.length !== whole[1]! + whole[2]!);
        expect(() => decodeDocumentEventData(cut)).toThrow(RangeError);
      }),
    );
  });

  it('refuses a field that goes beyond its message', () => {
    const bytes = Buffer.from(encodeDocumentEventData({ value: { name: NAME, fields: {} } }));
    bytes[1]! -= 1;
    expect(() => decodeDocumentEventData(bytes)).toThrow('goes beyond its message');
  });

  it('takes a document that is encoded already as it is', () => {
    fc.assert(
      fc.property(document, value => {
        const plain = encodeDocumentEventData({ value });
        const encoded = plain.subarray(plain.length - lengthOf(plain));
        const known = { name: value.name, encoded, fields: {} };
        expect(encodeDocumentEventData({ value: known })).toEqual(plain);
      }),
    );
  });
});
