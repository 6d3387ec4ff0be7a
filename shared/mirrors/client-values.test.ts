import { FieldValue, Firestore, GeoPoint, Timestamp } from '@google-cloud/firestore';
import { expect, it } from 'vitest';
import { startFirestore } from '../../emulators/firestore/server.ts';
import { fieldsOfClient } from './client-values.ts';
import { jsonOf } from './json.ts';

it('a document that the client reads is the same JSON as the one that its event brings', async () => {
  const emulator = await startFirestore();
  const firestore = new Firestore({
    projectId: 'p',
    host: `127.0.0.1:${emulator.port}`,
    ssl: false,
    useBigInt: true,
  });
  try {
    const events: string[] = [];
    emulator.onChange(changes => {
      for (const { after } of changes) if (after) events.push(jsonOf(after.fields));
    });
    const reference = firestore.doc('rooms/a');
    await reference.set({
      nothing: null,
      text: 'é',
      integer: 9_007_199_254_740_993n,
      double: 1.5,
      whole: 7n,
      negative: -0,
      notANumber: Number.NaN,
      yes: true,
      bytes: Buffer.from([1, 2]),
      place: new GeoPoint(48.1, 16.3),
      time: new Timestamp(1_700_000_000, 123_456_000),
      reference: firestore.doc('rooms/b'),
      list: [1n, 'a', { deep: [new Timestamp(0, 0)] }],
      map: { b: 1n, a: { c: null } },
      vector: FieldValue.vector([1, 0.25]),
    });
    const snapshot = await reference.get();
    expect(events).toHaveLength(1);
    expect(jsonOf(fieldsOfClient(snapshot.data()!))).toBe(events[0]);
    expect(JSON.parse(events[0]!)).toMatchObject({
      integer: 9_007_199_254_740_992,
      reference: 'rooms/b',
      vector: [1, 0.25],
      notANumber: 'NaN',
    });
  } finally {
    await firestore.terminate();
    await emulator.stop();
  }
});
