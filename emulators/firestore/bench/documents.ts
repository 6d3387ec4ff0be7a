/** What stored documents take: `node --expose-gc emulators/firestore/bench/documents.ts [small | medium] [COUNT]`. */
import { Database } from '../database.ts';
import type { Value } from '../types.ts';

const PARENT = 'projects/demo-millrace/databases/(default)/documents';
const AT_ONCE = 500;

/** A handful of fields, as of a key's last state; and ten of a hundred bytes each. */
const KINDS: Readonly<Record<string, (n: number) => Record<string, Value>>> = {
  small: n => ({
    at: { timestampValue: { seconds: '1700000000', nanos: 0 } },
    count: { integerValue: String(n % 7) },
    name: { stringValue: `key ${n}` },
    value: { doubleValue: n / 3 },
  }),
  medium: n =>
    Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [`field${at}`, { stringValue: `${n}`.padEnd(90, 'x') }]),
    ),
};

const used = (): { heap: number; outside: number; resident: number } => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed, outside: arrayBuffers, resident: rss };
};

const [, , kind = 'small', number = '1000000'] = process.argv;
const fieldsOf = KINDS[kind];
if (!fieldsOf)
  throw new Error(`There is no kind "${kind}" of documents, but ${Object.keys(KINDS).join(', ')}`);
const count = Number(number);
const database = new Database();
const before = used();
const began = performance.now();
for (let n = 0; n < count; n += AT_ONCE) {
  const writes = Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, at) => ({
    update: { name: `${PARENT}/keys/doc-${n + at}`, fields: fieldsOf(n + at) },
  }));
  database.commit(writes);
  // Buffers that are gone are freed between turns of the event loop.
  await new Promise(setImmediate);
}
const rate = Math.round((count * 1000) / (performance.now() - began));
const after = used();
const each = (what: keyof typeof before): number => Math.round((after[what] - before[what]) / count);
const bytes = database.store.get(`${PARENT}/keys/doc-0`)!.bytes.length;
console.log(
  `${count.toLocaleString('en')} ${kind} documents of ${bytes} bytes: ${each('heap')} in the heap, ${each('outside')} outside, ` +
    `${each('resident')} resident each; ${rate.toLocaleString('en')} committed a second`,
);
