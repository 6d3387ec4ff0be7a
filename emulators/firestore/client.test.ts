import { FieldPath, FieldValue, type Firestore, type QuerySnapshot } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FirestoreEmulator, startFirestore } from './server.ts';
import { clientOf, rawRunQuery, rawWriteStream } from './testing.ts';

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

/** Collects what a listener is told; `next` resolves with the following snapshot. */
function follow<T>(listen: (next: (value: T) => void, failed: (error: Error) => void) => () => void) {
  const seen: T[] = [];
  let wake = (): void => {};
  let failure: Error | undefined;
  const stop = listen(
    value => {
      seen.push(value);
      wake();
    },
    error => {
      failure = error;
      wake();
    },
  );
  let taken = 0;
  const next = async (): Promise<T> => {
    while (seen.length <= taken) {
      if (failure) throw failure;
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
    return seen[taken++]!;
  };
  return { next, stop };
}

test('a transaction that queries sees its result unchanged or is run again', async () => {
  const seats = db.collection('seats');
  const book = (who: string): Promise<void> =>
    db.runTransaction(async transaction => {
      const taken = await transaction.get(seats.where('show', '==', 1));
      if (taken.size < 1) transaction.set(seats.doc(who), { show: 1 });
    });
  await Promise.all(['a', 'b', 'c', 'd'].map(book));
  expect((await seats.get()).size).toBe(1);
});

test('a read-only transaction at an earlier time sees what was then', async () => {
  const ref = db.doc('times/a');
  const first = await ref.set({ n: 1 });
  await ref.set({ n: 2 });
  await db.doc('times/b').set({ n: 1 });
  const seen = await db.runTransaction(
    async transaction => [
      (await transaction.get(ref)).get('n'),
      (await transaction.get(db.collection('times').where('n', '==', 1))).docs.map(doc => doc.id),
    ],
    { readOnly: true, readTime: first.writeTime },
  );
  expect(seen).toEqual([1, ['a']]);
});

test('a query with a limit is told who comes in when another falls out', async () => {
  const top = db.collection('scores').orderBy('n', 'desc').limit(2);
  await Promise.all([1, 2, 3].map(n => db.doc(`scores/s${n}`).set({ n })));
  const { next, stop } = follow<QuerySnapshot>((seen, failed) => top.onSnapshot(seen, failed));
  const ids = async (): Promise<string[]> => (await next()).docs.map(doc => doc.id);
  expect(await ids()).toEqual(['s3', 's2']);
  await db.doc('scores/s3').delete();
  expect(await ids()).toEqual(['s2', 's1']);
  await db.doc('scores/s9').set({ n: 9 });
  expect(await ids()).toEqual(['s9', 's2']);
  await db.doc('scores/s9').update({ n: 0 });
  expect(await ids()).toEqual(['s2', 's1']);
  stop();
});

test('one batch arrives as one snapshot', async () => {
  const { next, stop } = follow<QuerySnapshot>((seen, failed) =>
    db.collection('batched').onSnapshot(seen, failed),
  );
  expect((await next()).size).toBe(0);
  const batch = db.batch();
  for (let i = 0; i < 20; i++) batch.set(db.doc(`batched/${i}`), { i });
  await batch.commit();
  const snapshot = await next();
  expect(snapshot.docChanges().length).toBe(20);
  stop();
});

test('a listener of one document sees it come, change and go', async () => {
  const ref = db.doc('single/a');
  const { next, stop } = follow<unknown>((seen, failed) =>
    ref.onSnapshot(snapshot => seen(snapshot.data()), failed),
  );
  expect(await next()).toBeUndefined();
  await ref.set({ n: 1 });
  expect(await next()).toEqual({ n: 1 });
  await ref.update({ n: FieldValue.increment(1) });
  expect(await next()).toEqual({ n: 2 });
  await ref.delete();
  expect(await next()).toBeUndefined();
  stop();
});

test('a listener of a query that is refused gets the error', async () => {
  const query = db.collection('refused').where('a', '!=', 1).where('b', '!=', 2);
  const { next, stop } = follow<QuerySnapshot>((seen, failed) => query.onSnapshot(seen, failed));
  await expect(next()).rejects.toThrow("Error 3: Only a single 'NOT_EQUAL'");
  stop();
});

test('a collection group is listened to across its collections', async () => {
  const { next, stop } = follow<QuerySnapshot>((seen, failed) =>
    db.collectionGroup('leaves').onSnapshot(seen, failed),
  );
  await next();
  await db.doc('trees/oak/leaves/a').set({ n: 1 });
  expect((await next()).docs.map(doc => doc.ref.path)).toEqual(['trees/oak/leaves/a']);
  stop();
});

test('documents that only have others below them are listed, and a tree is deleted with all its parts', async () => {
  await db.doc('forest/here').set({});
  await db.doc('forest/gone/paths/a').set({});
  await db.doc('forest/gone/paths/a/stones/b').set({});
  await db.doc('forests/other').set({});
  const listed = await db.collection('forest').listDocuments();
  expect(listed.map(ref => ref.id)).toEqual(['gone', 'here']);
  expect((await db.doc('forest/gone').listCollections()).map(ref => ref.id)).toEqual(['paths']);
  await db.recursiveDelete(db.collection('forest'));
  expect(await db.collection('forest').listDocuments()).toEqual([]);
  expect((await db.collectionGroup('stones').get()).size).toBe(0);
  expect((await db.doc('forests/other').get()).exists).toBe(true);
});

test('the partitions of a collection group together hold every document once', async () => {
  const batch = db.batch();
  for (let i = 0; i < 60; i++) batch.set(db.doc(`shelves/s${i % 3}/books/b${i}`), { i });
  await batch.commit();
  const found: string[] = [];
  let parts = 0;
  for await (const part of db.collectionGroup('books').getPartitions(4)) {
    parts++;
    found.push(...(await part.toQuery().get()).docs.map(doc => doc.ref.path));
  }
  expect(parts).toBe(4);
  const all = (await db.collectionGroup('books').orderBy(FieldPath.documentId()).get()).docs;
  expect(found).toEqual(all.map(doc => doc.ref.path));
});

test('the pages of a listing together hold every document once', async () => {
  const batch = db.batch();
  for (let i = 0; i < 310; i++) batch.set(db.doc(`pages/p${i}`), { i });
  await batch.commit();
  const listed = await db.collection('pages').listDocuments();
  expect(new Set(listed.map(ref => ref.id)).size).toBe(310);
});

test('what is not there yet names itself', async () => {
  const parent = 'projects/demo-millrace/databases/(default)/documents';
  const structuredQuery = { from: [{ collectionId: 'v' }], findNearest: { vectorField: { fieldPath: 'v' } } };
  const ended = await rawRunQuery(emulator.port, { parent, structuredQuery });
  expect(ended).toMatchObject({ code: 12, details: expect.stringContaining('findNearest') });
});

test('a request above 10 MiB is refused with its limit', async () => {
  const batch = db.batch();
  for (let i = 0; i < 11; i++) batch.set(db.doc(`large/${i}`), { text: 'x'.repeat(1_000_000) });
  await expect(batch.commit()).rejects.toMatchObject({
    code: 3,
    details: expect.stringContaining('exceeds the limit'),
  });
});

test('a Write stream answers the handshake and then every request in order', async () => {
  const database = 'projects/demo-millrace/databases/(default)';
  const write = (id: string) => ({
    writes: [{ update: { name: `${database}/documents/streamed/${id}`, fields: {} } }],
  });
  const answers = await rawWriteStream(emulator.port, [{ database }, write('a'), write('b')]);
  expect(answers.map(answer => answer.writeResults?.length ?? 0)).toEqual([0, 1, 1]);
  expect(answers.every(answer => answer.streamToken?.length)).toBe(true);
  expect((await db.collection('streamed').get()).docs.map(doc => doc.id)).toEqual(['a', 'b']);
});

test('databases of one project and projects of one emulator are apart', async () => {
  const other = clientOf(emulator.port, 'demo-other');
  await other.doc('apart/a').set({ n: 1 });
  expect((await db.doc('apart/a').get()).exists).toBe(false);
  expect((await other.collectionGroup('apart').get()).size).toBe(1);
  expect((await db.collectionGroup('apart').get()).size).toBe(0);
  await other.terminate();
});

test('what a client had locked is free as soon as its connection is gone', async () => {
  const dying = clientOf(emulator.port);
  const ref = db.doc('locked/a');
  let locked = (): void => {};
  const held = new Promise<void>(resolve => {
    locked = resolve;
  });
  void dying
    .runTransaction(async transaction => {
      await transaction.get(dying.doc('locked/a'));
      locked();
      await new Promise(() => {});
    })
    .catch(() => {});
  await held;
  const waiting = ref.set({ n: 1 });
  await dying.terminate();
  await waiting;
  expect((await ref.get()).get('n')).toBe(1);
});
