import { FieldValue, Firestore } from '@google-cloud/firestore';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventarcTrigger } from '../../eventarc/wiring.ts';
import { fromBinaryHeaders } from '../../shared/events/cloudevent.ts';
import { unsigned } from '../auth/token.ts';
import { type FirestoreEmulator, startFirestore } from '../firestore/server.ts';
import { loadProtos } from '../grpc/server.ts';
import { onStop, onTopic, plainStep, startBench, stopAll } from './fixtures/harness.ts';

/**
 * The body of an event by the definitions that the official client brings.
 * {@link https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto}
 */
const official = loadProtos('@google-cloud/firestore', 'v1.json');
official.define('test').add(
  new protobuf.Type('DocumentEventData')
    .add(new protobuf.Field('value', 1, 'google.firestore.v1.Document'))
    .add(new protobuf.Field('oldValue', 2, 'google.firestore.v1.Document'))
    .add(new protobuf.Field('updateMask', 3, 'google.firestore.v1.DocumentMask')),
);
const EventData = official.lookupType('test.DocumentEventData');

interface EventData {
  readonly value?: { readonly name: string; readonly fields: object };
  readonly oldValue?: { readonly name: string; readonly fields: object };
  readonly updateMask?: { readonly fieldPaths: readonly string[] };
}

const ROOT = 'projects/demo/databases/(default)/documents';
const KINDS = ['created', 'updated', 'deleted', 'written'].flatMap(kind => [kind, `${kind}.withAuthContext`]);
const trigger = (kind: string): EventarcTrigger => {
  const { topic: _, ...rest } = onTopic(`on-${kind.toLowerCase().replace('.', '-')}`, '', {
    event: `google.cloud.firestore.document.v1.${kind}`,
  });
  const document = { attribute: 'document', value: 'orders/{id}', operator: 'match-path-pattern' } as const;
  return { ...rest, where: [document] };
};

let firestore: FirestoreEmulator;
let db: Firestore;
/** What the triggers have been sent so far, in the order of the changes. */
let sent: () => Promise<Sent[]>;
interface Sent {
  readonly kind: string;
  readonly id: string;
  readonly document: string;
  readonly auth: readonly unknown[];
  readonly data: EventData;
}

beforeEach(async () => {
  const step = await plainStep();
  const { router } = await startBench(KINDS.map(trigger), () => step.url);
  firestore = await startFirestore();
  onStop(() => firestore.stop());
  firestore.onChange(changes => router.documentsChanged(changes));
  vi.stubEnv('FIRESTORE_EMULATOR_HOST', `127.0.0.1:${firestore.port}`);
  db = new Firestore({ projectId: 'demo' });
  onStop(() => db.terminate());
  sent = async () => {
    expect(await router.idle(10)).toBe(true);
    const events = step.received.map(({ headers, body }): Sent => {
      const event = fromBinaryHeaders(headers);
      const decoded = EventData.toObject(EventData.decode(body), { longs: String }) as EventData;
      return {
        kind: String(event.type).slice('google.cloud.firestore.document.v1.'.length),
        id: String(event.id),
        document: String(event['document']),
        auth: [event['authtype'], event['authid']],
        data: decoded,
      };
    });
    const sequence = ({ id }: Sent) => Number(id.split('-')[1]);
    return events.sort((a, b) => sequence(a) - sequence(b) || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  };
});
afterEach(stopAll);

/** Commits over REST, as a browser does. */
async function write(token: string | undefined, id: string, n: number): Promise<void> {
  const update = { name: `${ROOT}/orders/${id}`, fields: { n: { integerValue: n } } };
  const response = await fetch(`http://127.0.0.1:${firestore.port}/v1/${ROOT}:commit`, {
    method: 'POST',
    body: JSON.stringify({ writes: [{ update }] }),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
  expect(response.status).toBe(200);
}

test('a document that is created, updated and deleted wakes the triggers of each, and those on written each time', async () => {
  const order = db.doc('orders/a');
  await order.set({ n: 1 });
  await order.set({ n: 2 });
  await order.delete();
  const events = await sent();
  expect(events.map(({ kind }) => kind)).toEqual(
    ['created', 'updated', 'deleted'].flatMap(kind => [
      ...[kind, `${kind}.withAuthContext`],
      ...['written', 'written.withAuthContext'],
    ]),
  );
  expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  expect(new Set(events.map(({ document }) => document))).toEqual(new Set(['orders/a']));
  const [created, updated, deleted] = ['created', 'updated', 'deleted'].map(
    kind => events.find(event => event.kind === kind)!.data,
  );
  const document = (n: string) => ({ name: `${ROOT}/orders/a`, fields: { n: { integerValue: n } } });
  expect(created).toMatchObject({ value: document('1') });
  expect(updated).toMatchObject({ value: document('2'), oldValue: document('1') });
  expect(deleted).toMatchObject({ oldValue: document('2') });
  expect([created, updated, deleted].map(data => Object.keys(data!))).toEqual([
    ['value'],
    ['value', 'oldValue', 'updateMask'],
    ['oldValue'],
  ]);
});

test('the update mask names exactly the fields that changed, whatever the write has named', async () => {
  const order = db.doc('orders/a');
  await order.set({
    same: 1,
    gone: 1,
    list: [1, 2],
    map: { same: 1, x: 1, 'odd name': 1 },
    kind: 1,
    time: 1,
  });
  await order.update({
    ...{ same: 1, gone: FieldValue.delete(), list: [1, 3], 'map.x': 2, 'map.same': 1 },
    ...{ kind: 1.5, time: FieldValue.serverTimestamp(), fresh: null },
  });
  await order.set({ map: { 'odd name': 2 } }, { merge: true });
  const masks = (await sent())
    .filter(({ kind }) => kind === 'updated')
    .map(({ data }) => data.updateMask?.fieldPaths);
  expect(masks).toEqual([['fresh', 'gone', 'kind', 'list', 'map.x', 'time'], ['map.`odd name`']]);
});

test('a write that changes nothing wakes nobody', async () => {
  const order = db.doc('orders/a');
  await order.set({ n: 1, list: [{ a: 1 }] });
  await order.set({ list: [{ a: 1 }], n: 1 });
  await order.update({ n: 1, other: FieldValue.delete() });
  await order.update({ n: FieldValue.increment(0), list: FieldValue.arrayUnion({ a: 1 }) });
  await db.doc('orders/missing').delete();
  await db.runTransaction(async transaction => void transaction.update(order, { n: 1 }));
  const batch = db.batch();
  batch.update(order, { n: 1 });
  batch.create(db.doc('orders/b'), {});
  await batch.commit();
  const created = (await sent()).filter(({ kind }) => kind === 'created' || kind === 'updated');
  expect(created.map(({ kind, document }) => [kind, document])).toEqual([
    ['created', 'orders/a'],
    ['created', 'orders/b'],
  ]);
});

test('who made a change is told to the triggers that ask for it: a server, a user with the uid, or nobody', async () => {
  await db.doc('orders/a').set({ n: 1 });
  await write('owner', 'a', 2);
  await write(unsigned({ sub: 'ada', aud: 'demo', iat: 1, exp: 4e9 }), 'a', 3);
  await write(undefined, 'a', 4);
  const events = await sent();
  const told = events.filter(({ kind }) => kind === 'written.withAuthContext').map(({ auth }) => auth);
  expect(told).toEqual([
    ['system', undefined],
    ['system', undefined],
    ['unknown', 'ada'],
    ['unauthenticated', undefined],
  ]);
  expect(events.filter(({ kind }) => kind === 'written').map(({ auth }) => auth)).toEqual(
    told.map(() => [undefined, undefined]),
  );
});

test('a change over the limit comes without its data', async () => {
  await db.doc('orders/large').set({ text: 'x'.repeat(600_000) });
  await db.doc('orders/large').delete();
  const events = await sent();
  expect(events.map(({ kind, document, data }) => [kind, document, data])).toEqual(
    expect.arrayContaining([
      ['created', 'orders/large', {}],
      ['deleted', 'orders/large', {}],
    ]),
  );
  expect(events.every(({ data }) => data.value === undefined && data.oldValue === undefined)).toBe(true);
});
