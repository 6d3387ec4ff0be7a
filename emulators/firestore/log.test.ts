import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { openDatabase } from './log.ts';
import { startFirestore } from './server.ts';
import { clientOf } from './testing.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firestore-log-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const nameOf = (id: string): string => `projects/p/databases/(default)/documents/c/${id}`;
const put = (database: Database, id: string, n: number): void => {
  database.commit([{ update: { name: nameOf(id), fields: { n: { integerValue: String(n) } } } }]);
};
const state = (database: Database): Record<string, string | undefined> =>
  Object.fromEntries(
    [...database.store.documents()].map(doc => [doc.name.at(-1)!, doc.fields['n']?.integerValue]),
  );

/** Writes until it is killed and says after each answer how far it came. */
const WRITER = `
  import { startFirestore } from ${JSON.stringify(new URL('./server.ts', import.meta.url).href)};
  import { clientOf } from ${JSON.stringify(new URL('./testing.ts', import.meta.url).href)};
  const emulator = await startFirestore({ dir: process.argv[1] });
  const db = clientOf(emulator.port);
  for (let n = 1; ; n++) {
    await db.doc('c/' + (n % 7)).set({ n });
    process.stdout.write(n + '\\n');
  }`;

test('every answered write survives kill -9, and sequences go on rising', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = 0;
  await new Promise<void>(resolve => {
    child.stdout.on('data', (bytes: Buffer) => {
      last = Number(bytes.toString().trim().split('\n').at(-1));
      if (last >= 100) child.kill('SIGKILL');
    });
    child.on('close', () => resolve());
  });
  const emulator = await startFirestore({ dir });
  const db = clientOf(emulator.port);
  const values = (await db.collection('c').get()).docs.map(doc => doc.get('n') as number);
  expect(Math.max(...values)).toBeGreaterThanOrEqual(last);
  const changes = emulator.changesSince(0);
  expect(changes.map(change => change.sequence)).toEqual(changes.map((_, i) => i + 1));
  expect(changes[8]?.before?.fields['n']?.integerValue).toBe('2');
  await db.doc('c/new').set({ n: 0 });
  expect(emulator.changesSince(changes.length).map(change => change.sequence)).toEqual([changes.length + 1]);
  await db.terminate();
  await emulator.stop();
});

test.each([
  ['cut short', Buffer.from([200, 0, 0, 0, 1, 2, 3])],
  ['damaged', Buffer.from([4, 0, 0, 0, 1, 2, 3, 4, 8, 1, 16, 9])],
])(
  'a commit that was %s by the end of the process is left out, and writing goes on behind the last whole one',
  (_, tail) => {
    const first = openDatabase(dir);
    put(first.database, 'a', 1);
    first.close();
    const path = join(dir, 'log');
    const { size } = statSync(path);
    appendFileSync(path, tail);
    const second = openDatabase(dir);
    expect(statSync(path).size).toBe(size);
    put(second.database, 'b', 2);
    second.close();
    const third = openDatabase(dir);
    expect(state(third.database)).toEqual({ a: '1', b: '2' });
    expect(third.database.sequence).toBe(2);
    third.close();
  },
);

test('compaction folds the beginning of the log into a snapshot and keeps documents, times, sequences and the latest changes', () => {
  const limits = { compactBytes: 2000, keepBytes: 500 };
  const first = openDatabase(dir, limits);
  for (let n = 1; n <= 40; n++) put(first.database, 'abc'[n % 3]!, n);
  put(first.database, 'd', 41);
  first.database.commit([{ delete: nameOf('a') }]);
  const before = state(first.database);
  const times = [...first.database.store.documents()]
    .map(doc => [doc.name, doc.createTime, doc.updateTime])
    .sort();
  first.close();
  const size = statSync(join(dir, 'log')).size;
  for (let round = 0; round < 2; round++) {
    const again = openDatabase(dir, limits);
    expect(state(again.database)).toEqual(before);
    expect(
      [...again.database.store.documents()].map(doc => [doc.name, doc.createTime, doc.updateTime]).sort(),
    ).toEqual(times);
    expect(again.database.sequence).toBe(42);
    const { history } = again.database;
    expect(history.floorSequence).toBeGreaterThan(20);
    expect(history.afterSequence(history.floorSequence).at(-1)).toMatchObject({
      sequence: 42,
      name: nameOf('a'),
      after: undefined,
    });
    const created = history.afterSequence(40)[0];
    expect([created?.name, created?.before]).toEqual([nameOf('d'), undefined]);
    again.close();
  }
  expect(statSync(join(dir, 'log')).size).toBeLessThan(size / 2);
});
