import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Database } from './database.ts';
import { type ListenMessage, ListenStream, resumeToken, type WireTarget } from './listen.ts';
import { Listeners } from './listeners.ts';
import { parseQuery } from './query/parse.ts';
import { runQuery } from './query/run.ts';
import type { StructuredQuery } from './query/wire.ts';
import type { Value } from './types.ts';
import type { Write } from './writes.ts';

const SERVER = { admin: true };
const ROOT = 'projects/p/databases/d/documents';
const name = (id: string): string => `${ROOT}/c/${id}`;

/** What a client would hold: it applies messages and shows them at each global snapshot. */
class Client {
  readonly documents = new Map<number, Map<string, string>>();
  readonly messages: ListenMessage[] = [];
  readonly snapshots: number[] = [];
  #stream: ListenStream;
  readonly #listeners: Listeners;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
    this.#stream = new ListenStream(
      listeners,
      message => this.#take(message),
      () => SERVER,
    );
  }

  add(target: WireTarget): void {
    if (!this.documents.has(target.targetId!)) this.documents.set(target.targetId!, new Map());
    this.#stream.receive({ addTarget: target });
  }

  remove(id: number): void {
    this.#stream.receive({ removeTarget: id });
  }

  reconnect(): void {
    this.#stream.close();
    this.#stream = new ListenStream(
      this.#listeners,
      message => this.#take(message),
      () => SERVER,
    );
  }

  close(): void {
    this.#stream.close();
  }

  #take(message: ListenMessage): void {
    this.messages.push(message);
    if (message.kind === 'change') {
      for (const id of message.targetIds)
        this.documents.get(id)!.set(message.document.name, JSON.stringify(message.document.fields));
      for (const id of message.removedTargetIds) this.documents.get(id)!.delete(message.document.name);
    } else if (message.kind === 'delete' || message.kind === 'remove') {
      for (const id of message.removedTargetIds) this.documents.get(id)!.delete(message.name);
    } else if (message.kind === 'target') {
      if (message.type === 'RESET') for (const id of message.targetIds) this.documents.get(id)!.clear();
      if (message.type === 'NO_CHANGE') this.snapshots.push(message.readTime!);
    } else if (message.kind === 'filter')
      expect(message.count).toBe(this.documents.get(message.targetId)!.size);
  }
}

const value = fc.integer({ min: 0, max: 4 }).map((n): Value => ({ integerValue: String(n) }));
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        fields: fc.record({ n: value, m: value }, { requiredKeys: [] }),
      })
      .map(({ id, fields }) => ({ update: { name: name(id), fields } })),
  },
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f').map(id => ({ delete: name(id) })),
);
const commits = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
const field = (fieldPath: string) => ({ field: { fieldPath } });
const QUERIES: StructuredQuery[] = [
  {},
  { where: { fieldFilter: { ...field('n'), op: 3, value: { integerValue: '1' } } } },
  { orderBy: [{ ...field('n'), direction: 1 }], limit: { value: 2 } },
  {
    orderBy: [
      { ...field('n'), direction: 2 },
      { ...field('m'), direction: 1 },
    ],
    limit: { value: 3 },
    offset: 1,
  },
  { where: { fieldFilter: { ...field('m'), op: 5, value: { integerValue: '2' } } }, limit: { value: 1 } },
  { orderBy: [field('m')], startAt: { values: [{ integerValue: '2' }], before: true } },
].map(query => ({ ...query, from: [{ collectionId: 'c' }] }));

function expectCurrent(client: Client, database: Database): void {
  for (const [i, structuredQuery] of QUERIES.entries()) {
    const { documents } = runQuery(database.store, parseQuery(ROOT, structuredQuery));
    const fresh = new Map(documents.map(doc => [doc.name, JSON.stringify(doc.fields)]));
    const held = client.documents.get(i + 1)!;
    expect(new Map([...held].sort())).toEqual(new Map([...fresh].sort()));
  }
}

test('after every commit a listener holds exactly what a fresh query finds, also after coming back with a token', () => {
  fc.assert(
    fc.property(commits, commits, commits, fc.boolean(), (before, during, away, forget) => {
      const database = new Database();
      const listeners = new Listeners(database);
      for (const writes of before) database.commit(writes);
      const client = new Client(listeners);
      for (const [i, structuredQuery] of QUERIES.entries())
        client.add({ targetId: i + 1, query: { parent: ROOT, structuredQuery } });
      expectCurrent(client, database);
      for (const writes of during) {
        const { length } = client.snapshots;
        database.commit(writes);
        expectCurrent(client, database);
        expect(client.snapshots.length).toBeLessThanOrEqual(length + 1);
      }
      expect(client.snapshots).toEqual([...client.snapshots].sort((a, b) => a - b));
      client.reconnect();
      for (const writes of away) database.commit(writes);
      const token = resumeToken(forget ? 1 : client.snapshots.at(-1)!);
      for (const [i, structuredQuery] of QUERIES.entries())
        client.add({
          targetId: i + 1,
          query: { parent: ROOT, structuredQuery },
          resumeToken: token,
          expectedCount: { value: 1 },
        });
      expectCurrent(client, database);
      client.close();
    }),
    { numRuns: 200 },
  );
});

test('a listener that comes back with a token is told only what has changed', () => {
  const database = new Database();
  const listeners = new Listeners(database);
  const set = (id: string, n: number): void => {
    database.commit([{ update: { name: name(id), fields: { n: { integerValue: String(n) } } } }]);
  };
  for (let n = 0; n < 5; n++) set(`d${n}`, n);
  const client = new Client(listeners);
  const target = { targetId: 1, query: { parent: ROOT, structuredQuery: QUERIES[0]! } };
  client.add(target);
  client.reconnect();
  set('d1', 10);
  client.messages.length = 0;
  client.add({ ...target, resumeToken: resumeToken(client.snapshots.at(-1)!) });
  const changed = client.messages.flatMap(message =>
    message.kind === 'change' ? [message.document.name] : [],
  );
  expect(changed).toEqual([name('d1')]);
  expect(client.messages.map(m => (m.kind === 'target' ? m.type : m.kind))).toEqual([
    'ADD',
    'change',
    'CURRENT',
    'NO_CHANGE',
  ]);
});

test('several targets of one stream share one snapshot for one commit, with each document in it once', () => {
  const database = new Database();
  const client = new Client(new Listeners(database));
  client.add({ targetId: 1, query: { parent: ROOT, structuredQuery: QUERIES[0]! } });
  client.add({ targetId: 2, documents: { documents: [name('a'), name('b')] } });
  client.messages.length = 0;
  database.commit(['a', 'b', 'z'].map(id => ({ update: { name: name(id), fields: {} } })));
  expect(
    client.messages.map(m =>
      m.kind === 'change' ? [m.document.name.at(-1), m.targetIds.toSorted()] : m.kind,
    ),
  ).toEqual([['a', [1, 2]], ['b', [1, 2]], ['z', [1]], 'target']);
  client.remove(1);
  client.messages.length = 0;
  database.commit([{ delete: name('z') }]);
  expect(client.messages).toEqual([]);
  database.commit([{ delete: name('a') }]);
  expect(client.messages[0]).toMatchObject({ kind: 'delete', name: name('a'), removedTargetIds: [2] });
});

test('a target that is refused is removed with its cause and leaves the stream to the others', () => {
  const client = new Client(new Listeners(new Database()));
  client.add({ targetId: 1, documents: { documents: ['nonsense'] } });
  expect(client.messages).toMatchObject([
    { kind: 'target', type: 'REMOVE', targetIds: [1], cause: { code: 3 } },
  ]);
});
