import { expect, test } from 'vitest';
import { withCause } from './cause.ts';
import { type HotDocument, HotWatch } from './hot.ts';
import { tellHot } from './tell-hot.ts';

const NAME = 'projects/p/databases/(default)/documents/uploads/a';

/** Writes a document so often a second, for so many seconds. */
function write(watch: HotWatch, rate: number, seconds: number, name = NAME, from = 0): void {
  for (let n = 0; n < rate * seconds; n++) watch.wrote(name, from + (n * 1000) / rate);
}

test('a document written once a second is never hot, however long', () => {
  const watch = new HotWatch();
  write(watch, 1, 10_000);
  expect(watch.documents).toEqual({ documents: [], total: 0 });
});

test('a burst of ten writes is none of Firestore’s troubles, nor is one every ten seconds', () => {
  const watch = new HotWatch();
  for (const from of [0, 10_000, 20_000]) write(watch, 1000, 0.01, NAME, from);
  expect(watch.documents.total).toBe(0);
});

test('a document written twice a second is hot after ten seconds', () => {
  const watch = new HotWatch();
  write(watch, 2, 9);
  expect(watch.documents.total).toBe(0);
  write(watch, 2, 6, NAME, 9000);
  expect(watch.documents).toEqual({
    documents: [{ path: 'uploads/a', peak: 2.1, writes: 21, seconds: 10, by: ['clients'] }],
    total: 1,
  });
});

test('a short fierce burst counts as if it had taken ten seconds', () => {
  const watch = new HotWatch();
  write(watch, 100, 0.5);
  const [hot] = watch.documents.documents;
  expect(hot).toMatchObject({ peak: 5, writes: 50 });
  write(watch, 100, 0.2, NAME, 3600_000);
  expect(watch.documents.documents[0]).toEqual(hot);
});

test('it is told once, with whoever wrote it then; status knows all who did', () => {
  const heard: HotDocument[] = [];
  const watch = new HotWatch(document => heard.push(document));
  withCause('tick;1;4.1', () => write(watch, 100, 0.5));
  withCause('ingest', () => write(watch, 100, 0.5, NAME, 500));
  expect(heard).toEqual([expect.objectContaining({ path: 'uploads/a', by: ['tick'] })]);
  expect(watch.documents.documents[0]!.by).toEqual(['ingest', 'tick']);
});

test('a document in constant use is not forgotten amid thousands of others', () => {
  const watch = new HotWatch();
  for (let second = 0; second < 15; second++) {
    write(watch, 3, 1, NAME, second * 1000);
    for (let n = 0; n < 4900; n++) watch.wrote(`${NAME}/${second}/${n}`, second * 1000 + 999);
  }
  expect(watch.documents.documents.map(({ path }) => path)).toContain('uploads/a');
});

test('the hottest hundred are kept of any number', () => {
  const watch = new HotWatch();
  for (let n = 1; n <= 150; n++) write(watch, 20 + n, 1, `${NAME}${n}`);
  const { documents, total } = watch.documents;
  expect([documents.length, total, documents[0]!.path, documents.at(-1)!.path]).toEqual([
    100,
    150,
    'uploads/a150',
    'uploads/a51',
  ]);
});

test('the log names the first hot document of a collection, and leaves the rest to status', () => {
  const said: string[] = [];
  const watch = new HotWatch(tellHot(({ message }) => said.push(message)));
  for (const id of ['a', 'b']) write(watch, 100, 0.5, NAME.replace(/a$/, id));
  expect(said).toEqual([expect.stringMatching(/^uploads\/a is hot: clients wrote it 11 times in 0\.1 s\./)]);
});
