import { Firestore } from '@google-cloud/firestore';
import { expect, test } from 'vitest';
import { withCause } from '../meter/cause.ts';
import { HotWatch } from '../meter/hot.ts';
import { Meter } from '../meter/meter.ts';
import { Database } from './database.ts';
import { startFirestore } from './server.ts';
import { Transactions } from './transactions.ts';

const NAME = 'projects/p/databases/(default)/documents/a/1';

test('a listener reads each document that it is sent, and one if there is none', async () => {
  const meter = new Meter();
  const emulator = await startFirestore({ meter, hot: new HotWatch() });
  const client = new Firestore({ projectId: 'p', host: `127.0.0.1:${emulator.port}`, ssl: false });
  const items = client.collection('items');
  const reads = (): number => meter.counts['clients']?.['firestore.reads'] ?? 0;
  try {
    await Promise.all(['a', 'b', 'c'].map(id => items.doc(id).set({ n: 1 })));
    let heard: () => void = () => {};
    const next = () => new Promise<void>(done => (heard = done));
    const first = next();
    const stop = items.where('n', '==', 1).onSnapshot(() => heard());
    await first;
    expect(reads()).toBe(3);
    for (const write of [() => items.doc('d').set({ n: 1 }), () => items.doc('d').set({ n: 2 })]) {
      const changed = next();
      await write();
      await changed;
    }
    expect(reads()).toBe(5);
    const deleted = next();
    await items.doc('a').delete();
    await deleted;
    expect(reads()).toBe(5);
    stop();
    const none = next();
    const stopToo = client.doc('items/none').onSnapshot(() => heard());
    await none;
    stopToo();
    expect(reads()).toBe(6);
  } finally {
    await client.terminate();
    await emulator.stop();
  }
});

test('a commit that had to wait for another is still in the name of whoever asked for it', async () => {
  const database = new Database();
  const transactions = new Transactions(database);
  const hot = new HotWatch();
  database.onCommit(() => hot.wrote(NAME));
  const id = transactions.begin();
  await transactions.documents([NAME], { transaction: id });
  const waiting = withCause('feed', () =>
    Promise.all(Array.from({ length: 12 }, (_, n) => transactions.commit([write(n)]))),
  );
  await withCause('tick', async () => transactions.rollback(id));
  await waiting;
  expect(hot.documents.documents).toEqual([expect.objectContaining({ by: ['feed'] })]);
  transactions.stop();
});

const write = (n: number) => ({ update: { name: NAME, fields: { n: { integerValue: String(n) } } } });
