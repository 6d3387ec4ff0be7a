import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StoredDocument } from './document.ts';
import { Store } from './store.ts';

const PARENT = 'projects/demo/databases/(default)/documents';
const id = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }).map(String) },
  fc.constantFrom('a', 'aa', 'a\0', 'a\x01b', 'a ', 'é', '\uFFFD', '\u{1F600}'),
);
const version = (name: string, text: string, time = 1): StoredDocument =>
  StoredDocument.of(name, { text: { stringValue: text } }, 1, time);
const textOf = (doc: StoredDocument | undefined): string | undefined => doc?.fields['text']?.stringValue;

test('documents are found by names of any characters, each once, in the order of names', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.option(fc.string())), { maxLength: 60 }), writes => {
      const store = new Store();
      const model = new Map<string, string>();
      for (const [last, text] of writes) {
        const name = `${PARENT}/c/${last}`;
        store.put(name, text === null ? undefined : version(name, text));
        if (text === null) model.delete(name);
        else model.set(name, text);
      }
      for (const [last] of writes) {
        const name = `${PARENT}/c/${last}`;
        expect(textOf(store.get(name))).toBe(model.get(name));
      }
      const inOrder = [...model].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(Array.from(store.documents(), doc => [doc.name, textOf(doc)])).toEqual(inOrder);
    }),
  );
});

test('whatever is written over and over, what is left is moved together and nothing of it is lost', () => {
  const store = new Store();
  const name = (n: number): string => `${PARENT}/c/${n}`;
  const padded = (n: number): string => `${n} `.padEnd(8000, 'x');
  const held: StoredDocument[] = [];
  // Every block begins with one document in ten that stays, beside others that are written again and again.
  for (let n = 0; n < 600; n++) {
    for (let again = 1; again < 10; again++) store.put(name(-again), version(name(-again), padded(n), n));
    store.put(name(n), version(name(n), padded(n)));
    if (n % 40 === 0) held.push(store.get(name(n))!, store.get(name(-1))!);
  }
  for (let n = 0; n < 600; n++) expect(textOf(store.get(name(n)))).toBe(padded(n));
  expect(held.map(textOf)).toEqual(held.map((_, at) => padded(Math.floor(at / 2) * 40)));
  expect(store.get(name(-9))!.updateTime).toBe(599);
  // 48 MB have been written and 5 are left: 19 blocks, were they full, and 190 where nothing was moved.
  expect(new Set(Array.from(store.documents(), doc => doc.bytes.buffer)).size).toBeLessThan(80);
});

test('a group may have more documents than a function takes arguments', () => {
  const store = new Store();
  const nothing = new Uint8Array();
  const many = 130_000;
  for (let n = 0; n < many; n++) {
    const name = `${PARENT}/c/${String(n).padStart(6, '0')}`;
    store.put(name, new StoredDocument(name, nothing, 1, 1));
  }
  let seen = 0;
  for (const _ of store.group('projects/demo/databases/(default)', 'c').all()) seen++;
  expect(seen).toBe(many);
});
