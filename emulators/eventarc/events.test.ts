import fc from 'fast-check';
import protobuf from 'protobufjs';
import { afterEach, expect, test } from 'vitest';
import type { EventarcTrigger, Filter } from '../../eventarc/wiring.ts';
import { fromBinaryHeaders } from '../../shared/events/cloudevent.ts';
import { decodeDocumentEventData } from '../../shared/events/firestore-codec.ts';
import type { Document, DocumentChange } from '../firestore/types.ts';
import { loadProtos } from '../grpc/server.ts';
import type { ObjectChange, ObjectResource } from '../storage/types.ts';
import { onTopic, plainStep, startBench, stopAll } from './fixtures/harness.ts';
import { fromMessage, type TransportEvent, toMessage } from './transport.ts';

afterEach(stopAll);

const on = (name: string, event: string, where: Record<string, string>): EventarcTrigger => {
  const { topic: _, ...trigger } = onTopic(name, '', { event });
  const filters = Object.entries(where).map(
    ([attribute, value]): Filter => ({
      attribute,
      value,
      operator: /[{*]/.test(value) ? 'match-path-pattern' : 'exact',
    }),
  );
  return { ...trigger, where: filters };
};

/** Only the headers that make the event. */
const context = (headers: NodeJS.Dict<string | string[]>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(ce-|content-type$)/.test(name)));

const object = (name: string): ObjectResource => ({
  kind: 'storage#object',
  id: `p-uploads/${name}/1`,
  selfLink: '',
  mediaLink: '',
  name,
  bucket: 'p-uploads',
  generation: '1763731200000001',
  metageneration: '1',
  contentType: 'application/json',
  storageClass: 'STANDARD',
  size: '12',
  crc32c: 'AAAAAA==',
  etag: 'x',
  timeCreated: '2026-11-21T13:00:00.000Z',
  updated: '2026-11-21T13:00:00.000Z',
  timeStorageClassUpdated: '2026-11-21T13:00:00.000Z',
  metadata: { pipeline: 'quakes' },
});
const TIME = Date.parse('2026-11-21T13:00:00.123Z');
const change = (event: ObjectChange['event'], name: string): ObjectChange => ({
  event,
  object: object(name),
  time: TIME,
});

const at = { seconds: String(Math.floor(TIME / 1000)), nanos: 123_456_000 };
const NAME = 'projects/p/databases/(default)/documents/alerts/high water ';
const document = (fields: Document['fields'], name = NAME): Document => ({
  name,
  fields,
  createTime: at,
  updateTime: at,
});
const changed = (
  before: Document | undefined,
  after: Document | undefined,
  sequence = 7,
): DocumentChange => ({
  sequence,
  name: (after ?? before)!.name,
  before,
  after,
  commitTime: at,
  caller: { type: 'system' },
});

test('a Pub/Sub event says what Eventarc says', async () => {
  const step = await plainStep();
  const { router, broker } = await startBench([onTopic('on-events', 'events')], () => step.url);
  const [messageId] = await broker.publish('projects/p/topics/events', [
    { data: Buffer.from('hello'), attributes: { pipeline: 'quakes' }, orderingKey: 'k' },
  ]);
  expect(await router.idle(5)).toBe(true);
  const { headers, body } = step.received[0]!;
  expect(context(headers)).toEqual({
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': messageId,
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-source': '//pubsub.googleapis.com/projects/p/topics/events',
    'ce-time': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(JSON.parse(body.toString())).toEqual({
    message: {
      data: 'aGVsbG8=',
      attributes: { pipeline: 'quakes' },
      messageId,
      publishTime: headers['ce-time'],
      orderingKey: 'k',
    },
    subscription: 'projects/p/subscriptions/eventarc-local-1-on-events-sub-000',
    deliveryAttempt: 1,
  });
});

test('a Storage event says what Eventarc says, with its name percent-encoded', async () => {
  const step = await plainStep();
  const { router } = await startBench(
    [on('on-upload', 'google.cloud.storage.object.v1.finalized', { bucket: 'uploads' })],
    () => step.url,
  );
  await router.storageChanged(change('finalized', 'naïve file+%.json'));
  await router.storageChanged(change('deleted', 'other'));
  await router.storageChanged({
    ...change('finalized', 'other'),
    object: { ...object('other'), bucket: 'p-other' },
  });
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(1);
  const { headers, body } = step.received[0]!;
  expect(context(headers)).toEqual({
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': expect.stringMatching(/^\d+$/),
    'ce-type': 'google.cloud.storage.object.v1.finalized',
    'ce-source': '//storage.googleapis.com/projects/_/buckets/p-uploads',
    'ce-subject': 'objects/na%C3%AFve%20file+%25.json',
    'ce-time': '2026-11-21T13:00:00.123Z',
    'ce-bucket': 'p-uploads',
  });
  expect(JSON.parse(body.toString())).toEqual(object('naïve file+%.json'));
});

test('a Firestore event says what Eventarc says, and its body reads as the official messages', async () => {
  const step = await plainStep();
  const { router } = await startBench(
    [
      on('on-alert', 'google.cloud.firestore.document.v1.updated', {
        database: '(default)',
        document: 'alerts/{alert}',
      }),
    ],
    () => step.url,
  );
  const before = document({ level: { integerValue: '1' }, kept: { stringValue: 'x' } });
  const after = document({ level: { integerValue: '2' }, kept: { stringValue: 'x' } });
  await router.documentsChanged([changed(before, after)]);
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(1);
  const { headers, body } = step.received[0]!;
  expect(context(headers)).toEqual({
    'content-type': 'application/protobuf',
    'ce-specversion': '1.0',
    'ce-id': `${TIME}-7`,
    'ce-type': 'google.cloud.firestore.document.v1.updated',
    'ce-source': '//firestore.googleapis.com/projects/p/databases/(default)',
    'ce-subject': 'documents/alerts/high%20water%20',
    'ce-time': '2026-11-21T13:00:00.123Z',
    'ce-database': '(default)',
    'ce-namespace': '(default)',
    'ce-document': 'alerts/high%20water%20',
    'ce-location': 'local-1',
    'ce-project': 'p',
  });
  // Trailing space and all, as a step reads it.
  expect(fromBinaryHeaders(headers)['document']).toBe('alerts/high water ');
  expect(decodeDocumentEventData(body)).toEqual({
    value: after,
    oldValue: before,
    updateMask: { fieldPaths: ['level'] },
  });
  // Read once more by the Document that the official client brings, which the event's is the same as on the wire.

  const official = loadProtos('@google-cloud/firestore', 'v1.json').lookupType(
    'google.firestore.v1.Document',
  );
  const reader = protobuf.Reader.create(body);
  expect(reader.uint32() >>> 3).toBe(1);
  expect(official.toObject(official.decode(reader.bytes()), { longs: String, enums: String })).toMatchObject({
    name: NAME,
    fields: { level: { integerValue: '2' }, kept: { stringValue: 'x' } },
  });
});

test('each kind of document change wakes its own triggers and those on written, under one id', async () => {
  const step = await plainStep();
  const kinds = ['created', 'updated', 'deleted', 'written', 'written.withAuthContext'];
  const { router } = await startBench(
    kinds.map((kind, i) =>
      on(`t${i}`, `google.cloud.firestore.document.v1.${kind}`, {
        database: '(default)',
        document: 'alerts/{alert}',
      }),
    ),
    () => step.url,
  );
  const doc = document({});
  const elsewhere = document({}, 'projects/p/databases/(default)/documents/alerts/a/notes/n');
  await router.documentsChanged([
    changed(undefined, doc, 1),
    changed(doc, doc, 2),
    changed(doc, undefined, 3),
    changed(undefined, elsewhere, 4),
  ]);
  expect(await router.idle(5)).toBe(true);
  const seen = step.received.map(
    ({ headers }) => `${headers['ce-id']} ${String(headers['ce-type']).split('.v1.')[1]}`,
  );
  expect(seen.sort()).toEqual(
    [
      [1, 'created'],
      [2, 'updated'],
      [3, 'deleted'],
    ].flatMap(([n, kind]) => [
      `${TIME}-${n} ${kind}`,
      `${TIME}-${n} written`,
      `${TIME}-${n} written.withAuthContext`,
    ]),
  );
  const withAuth = step.received.filter(({ headers }) => headers['ce-authtype'] !== undefined);
  expect(withAuth.map(({ headers }) => headers['ce-authtype'])).toEqual(['system', 'system', 'system']);
});

test('a commit of more documents than one publish holds wakes its trigger once for each', async () => {
  const step = await plainStep();
  const trigger = on('on-alert', 'google.cloud.firestore.document.v1.created', {
    document: 'alerts/{alert}',
  });
  const { router } = await startBench([trigger], () => step.url);
  const changes = Array.from({ length: 1100 }, (_, i) =>
    changed(undefined, document({ pad: { stringValue: 'x'.repeat(10_000) } }, `${NAME}${i}`), i),
  );
  await router.documentsChanged(changes);
  expect(await router.idle(10)).toBe(true);
  expect(new Set(step.received.map(({ headers }) => headers['ce-id'])).size).toBe(1100);
});

const text = (minLength: number) =>
  fc.string({ unit: 'binary', minLength, maxLength: minLength + 100 }).filter(one => one.isWellFormed());
const header = fc.oneof({ weight: 4, arbitrary: text(0) }, text(1000));
test('an event comes out of its message as it went in, however long its attributes', () => {
  fc.assert(
    fc.property(
      header,
      header,
      fc.uint8Array({ maxLength: 200 }),
      fc.boolean(),
      (subject, source, bytes, hasId) => {
        const event: TransportEvent = {
          attributes: {
            ...(hasId && { id: 'own' }),
            subject,
            source,
            datacontenttype: 'application/protobuf',
          },
          data: bytes,
        };
        const message = toMessage(event);
        for (const value of Object.values(message.attributes))
          expect(Buffer.byteLength(value)).toBeLessThanOrEqual(1024);
        const back = fromMessage({ ...message, messageId: 'm1', publishTime: 0 });
        expect(back.attributes).toEqual({ id: 'm1', ...event.attributes });
        expect(Buffer.from(back.data)).toEqual(Buffer.from(bytes));
      },
    ),
  );
});
