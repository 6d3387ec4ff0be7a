import { AggregateField, FieldValue, Filter, type Firestore, Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FirestoreEmulator, startFirestore } from './server.ts';
import { clientOf } from './testing.ts';
import type { DocumentChange } from './types.ts';

let emulator: FirestoreEmulator;
let db: Firestore;
beforeAll(async () => {
  emulator = await startFirestore();
  db = clientOf(emulator.port);
});
afterAll(async () => {
  await db.terminate();
  await emulator.stop();
});

test('a document that is set can be read back with every type of value', async () => {
  const data = {
    text: 'hällo 🌍',
    yes: true,
    nothing: null,
    int: 42,
    big: 2 ** 40,
    double: 1.5,
    nan: Number.NaN,
    bytes: Buffer.from([1, 2, 3]),
    at: new Timestamp(1_700_000_000, 123_456_000),
    list: [1, 'a', { b: [] }],
    map: { a: { b: 1 }, empty: {} },
    ref: db.doc('a/b'),
    vector: FieldValue.vector([1, 2, 3]),
  };
  await db.doc('types/one ').set(data);
  const snapshot = await db.doc('types/one ').get();
  expect(snapshot.data()).toEqual(data);
  expect(snapshot.id).toBe('one ');
});

test('operations are counted as they are billed', async () => {
  const own = await startFirestore();
  const client = clientOf(own.port);
  const items = client.collection('billed');
  const batch = client.batch();
  for (let n = 0; n < 3; n++) batch.set(items.doc(`d${n}`), { n });
  await batch.commit();
  expect(own.operations).toEqual({ reads: 0, writes: 3, deletes: 0 });
  await items.doc('d0').get();
  await items.doc('missing').get();
  expect(own.operations.reads).toBe(2);
  await items.where('n', '>', 0).get();
  expect(own.operations.reads).toBe(4);
  await items.where('n', '>', 10).get();
  await items.count().get();
  expect(own.operations.reads).toBe(6);
  await client.runTransaction(async transaction => {
    await transaction.get(items.doc('d1'));
    transaction.delete(items.doc('d1'));
  });
  await items
    .doc('d2')
    .create({})
    .catch(() => {});
  expect(own.operations).toEqual({ reads: 7, writes: 3, deletes: 1 });
  await client.terminate();
  await own.stop();
});

test('a write reaches the change feed before its answer, and one that changes nothing does not', async () => {
  const seen: DocumentChange[] = [];
  const stop = emulator.onChange(changes => {
    seen.push(...changes);
  });
  await db.doc('feed/a').set({ n: 1 });
  expect(seen.map(change => change.after?.fields['n']?.integerValue)).toEqual(['1']);
  const first = await db.doc('feed/a').set({ n: 1 });
  const snapshot = await db.doc('feed/a').get();
  expect(first.writeTime.isEqual(snapshot.updateTime!)).toBe(true);
  await db.doc('feed/a').update({ n: 2 });
  await db.doc('feed/a').delete();
  stop();
  expect(
    seen.map(change => [change.before?.fields['n']?.integerValue, change.after?.fields['n']?.integerValue]),
  ).toEqual([
    [undefined, '1'],
    ['1', '2'],
    ['2', undefined],
  ]);
  expect(emulator.changesSince(seen[0]!.sequence)).toEqual(seen.slice(1));
});

test('the answer waits for a change listener that returns a promise', async () => {
  let done = false;
  const stop = emulator.onChange(async () => {
    await new Promise(resolve => setTimeout(resolve, 20));
    done = true;
  });
  await db.doc('feed/slow').set({ n: 1 });
  stop();
  expect(done).toBe(true);
});

test('queries filter, order, page and count', async () => {
  const people = db.collection('people');
  const batch = db.batch();
  for (let i = 0; i < 50; i++)
    batch.set(people.doc(`p${String(i).padStart(2, '0')}`), {
      age: i % 10,
      city: i % 2 ? 'Bern' : 'Rome',
      tags: [`t${i % 5}`],
    });
  await batch.commit();
  const ids = async (query: FirebaseFirestore.Query): Promise<string[]> =>
    (await query.get()).docs.map(doc => doc.id);
  expect(await ids(people.where('city', '==', 'Bern').where('age', '==', 3).limit(2))).toEqual([
    'p03',
    'p13',
  ]);
  expect(await ids(people.where('age', '>', 8).orderBy('age').limitToLast(2))).toEqual(['p39', 'p49']);
  expect(await ids(people.orderBy('age', 'desc').startAfter(9).limit(2))).toEqual(['p48', 'p38']);
  expect(await ids(people.where('tags', 'array-contains', 't3').limit(2))).toEqual(['p03', 'p08']);
  expect(
    await ids(
      people.where(Filter.or(Filter.where('age', '==', 1), Filter.where('age', 'in', [2, 3]))).limit(4),
    ),
  ).toEqual(['p01', 'p02', 'p03', 'p11']);
  const count = await people.where('city', '==', 'Rome').count().get();
  expect(count.data().count).toBe(25);
  const sums = await people
    .where('age', '>=', 8)
    .aggregate({ sum: AggregateField.sum('age'), avg: AggregateField.average('age') })
    .get();
  expect(sums.data()).toEqual({ sum: 85, avg: 8.5 });
});

test('BatchWrite gives each write its own status', async () => {
  await db.doc('bulk/there').set({ a: 1 });
  const writer = db.bulkWriter();
  writer.onWriteError(() => false);
  const results = await Promise.allSettled([
    writer.create(db.doc('bulk/new'), { a: 1 }),
    writer.create(db.doc('bulk/there'), { a: 2 }),
    writer.close(),
  ]);
  expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 6 });
});

test('a listener of a query sees documents come, change and go', async () => {
  const seen: string[][] = [];
  let wake = (): void => {};
  const until = async (count: number): Promise<void> => {
    while (seen.length < count) await new Promise<void>(resolve => (wake = resolve));
  };
  const stop = db
    .collection('rooms')
    .where('open', '==', true)
    .onSnapshot(snapshot => {
      seen.push(snapshot.docChanges().map(change => `${change.type} ${change.doc.id}`));
      wake();
    });
  await until(1);
  await db.doc('rooms/a').set({ open: true });
  await until(2);
  await db.doc('rooms/a').update({ open: true, n: 2 });
  await until(3);
  await db.doc('rooms/a').update({ open: false });
  await until(4);
  stop();
  expect(seen).toEqual([[], ['added a'], ['modified a'], ['removed a']]);
});

test('many transactions on one document lose no increment', async () => {
  const counter = db.doc('counters/one');
  await counter.set({ n: 0 });
  const worker = async (): Promise<void> => {
    for (let i = 0; i < 10; i++)
      await db.runTransaction(async transaction => {
        const snapshot = await transaction.get(counter);
        transaction.update(counter, { n: snapshot.get('n') + 1 });
      });
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  expect((await counter.get()).get('n')).toBe(160);
});
