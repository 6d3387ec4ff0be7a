import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Access, Caller } from './access.ts';
import { Database } from './database.ts';
import { ListenStream } from './listen.ts';
import { type ListenMessage, resumeToken, type WireTarget } from './listen-messages.ts';
import { Listeners } from './listeners.ts';
import { openDatabase } from './log.ts';
import { parseQuery } from './query/parse.ts';
import { runQuery } from './query/run.ts';
import type { StructuredQuery } from './query/wire.ts';
import type { Value } from './types.ts';
import { View } from './view.ts';
import type { Write } from './writes.ts';

const ROOT = 'projects/p/databases/d/documents';
const name = (id: string): string => `${ROOT}/c/${id}`;

/** What a client would hold: it applies messages and shows them at each global snapshot. */
class Client {
  readonly documents = new Map<number, Map<string, string>>();
  readonly messages: ListenMessage[] = [];
  readonly snapshots: number[] = [];
  readonly failures: number[] = [];
  full = false;
  #stream: ListenStream;
  readonly #listeners: Listeners;
  readonly #caller: Caller;

  constructor(listeners: Listeners, caller: Caller = { admin: true }) {
    this.#listeners = listeners;
    this.#caller = caller;
    this.#stream = this.#open();
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
    this.#stream = this.#open();
  }

  close(): void {
    this.#stream.close();
  }

  #open(): ListenStream {
    const full = (): boolean => this.full;
    return new ListenStream(
      this.#listeners,
      {
        get full() {
          return full();
        },
        send: message => this.#take(message),
        fail: error => this.failures.push(error.code),
      },
      () => this.#caller,
    );
  }

  drain(): void {
    this.full = false;
    this.#stream.drained();
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
    fc.property(commits, commits, commits, commits, fc.boolean(), (before, during, missed, away, forget) => {
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
      client.full = true;
      const { length } = client.messages;
      for (const writes of missed) database.commit(writes);
      expect(client.messages.length).toBe(length);
      client.drain();
      expectCurrent(client, database);
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

test('a token is good for an emulator that has been started anew from its folder, not for one that has forgotten', () => {
  const dir = mkdtempSync(join(tmpdir(), 'resume-'));
  const put = (database: Database, id: string): void =>
    void database.commit([{ update: { name: name(id), fields: {} } }]);
  const target = { targetId: 1, query: { parent: ROOT, structuredQuery: QUERIES[0]! } };
  const first = openDatabase(dir);
  put(first.database, 'a');
  const client = new Client(new Listeners(first.database));
  client.add(target);
  const token = resumeToken(client.snapshots.at(-1)!);
  first.close();
  const again = openDatabase(dir);
  put(again.database, 'b');
  const told = (database: Database): string[] => {
    const one = new Client(new Listeners(database));
    one.add({ ...target, resumeToken: token });
    return one.messages.map(m =>
      m.kind === 'target' ? m.type : `${m.kind} ${'document' in m && m.document.name.at(-1)}`,
    );
  };
  expect(told(again.database)).toEqual(['ADD', 'change b', 'CURRENT', 'NO_CHANGE']);
  again.close();
  const forgetful = new Database();
  put(forgetful, 'c');
  expect(told(forgetful)).toEqual(['ADD', 'RESET', 'change c', 'CURRENT', 'NO_CHANGE']);
  rmSync(dir, { recursive: true });
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

test('a target that joins a slow stream brings the stream up to date first', () => {
  const database = new Database();
  const client = new Client(new Listeners(database));
  const query = { parent: ROOT, structuredQuery: QUERIES[0]! };
  client.add({ targetId: 1, query });
  client.full = true;
  database.commit([{ update: { name: name('a'), fields: {} } }]);
  client.add({ targetId: 2, documents: { documents: [name('b')] } });
  expect([...client.documents.get(1)!.keys()]).toEqual([name('a')]);
});

test('a thousand listeners on one query are one view, and a write elsewhere concerns none of them', () => {
  const database = new Database();
  const listeners = new Listeners(database);
  const equal = (n: number): StructuredQuery => ({
    from: [{ collectionId: 'c' }],
    where: { fieldFilter: { ...field('n'), op: 5, value: { integerValue: String(n) } } },
  });
  const clients = Array.from({ length: 1000 }, () => new Client(listeners));
  for (const client of clients)
    client.add({ targetId: 2, query: { parent: ROOT, structuredQuery: equal(1) } });
  const other = new Client(listeners);
  other.add({ targetId: 2, query: { parent: ROOT, structuredQuery: equal(2) } });
  const changed = vi.spyOn(View.prototype, 'change');
  database.commit([{ update: { name: name('a'), fields: { n: { integerValue: '1' } } } }]);
  expect(changed).toHaveBeenCalledTimes(1);
  for (const client of clients) expect(client.documents.get(2)!.size).toBe(1);
  database.commit([{ update: { name: name('b'), fields: { n: { integerValue: '3' } } } }]);
  database.commit([{ update: { name: `${ROOT}/d/x`, fields: { n: { integerValue: '1' } } } }]);
  expect(changed).toHaveBeenCalledTimes(1);
  changed.mockRestore();
});

test('a full window asks for its query again only where something happened within it', () => {
  const database = new Database();
  const put = (id: string, n: number): void =>
    void database.commit([{ update: { name: name(id), fields: { n: { integerValue: String(n) } } } }]);
  for (const n of [1, 2, 3, 4]) put(`d${n}`, n);
  const client = new Client(new Listeners(database));
  client.add({ targetId: 1, query: { parent: ROOT, structuredQuery: QUERIES[2]! } });
  const shown = (): string[] => [...client.documents.get(1)!.keys()].sort();
  client.messages.length = 0;
  put('d4', 5);
  put('d5', 6);
  expect(client.messages).toEqual([]);
  database.commit([{ delete: name('d1') }]);
  expect(shown()).toEqual([name('d2'), name('d3')]);
  put('d9', 0);
  expect(shown()).toEqual([name('d2'), name('d9')]);
});

test('a client is told no more once the rules no longer let it', () => {
  const database = new Database();
  let open = true;
  const verdict = () => ({ allowed: open, reason: 'closed' });
  const access: Access = { get: verdict, list: verdict, commit: verdict };
  const client = new Client(new Listeners(database, () => access), { admin: false });
  client.add({ targetId: 1, documents: { documents: [name('a')] } });
  open = false;
  client.add({ targetId: 2, query: { parent: ROOT, structuredQuery: QUERIES[0]! } });
  expect(client.messages.at(-1)).toMatchObject({ type: 'REMOVE', targetIds: [2], cause: { code: 7 } });
  database.commit([{ update: { name: name('a'), fields: {} } }]);
  expect(client.messages.at(-1)).toMatchObject({ type: 'REMOVE', targetIds: [1], cause: { code: 7 } });
  expect(client.documents.get(1)!.size).toBe(0);
});

test('a stream ends with the first change after its token has expired', () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const database = new Database();
  const token = { sub: 'ada', iat: 1, exp: 1001 };
  const client = new Client(new Listeners(database), { admin: false, auth: { uid: 'ada', token } });
  client.add({ targetId: 1, documents: { documents: [name('a')] } });
  database.commit([{ update: { name: name('a'), fields: {} } }]);
  expect(client.documents.get(1)!.size).toBe(1);
  vi.advanceTimersByTime(1000);
  database.commit([{ delete: name('a') }]);
  database.commit([{ update: { name: name('a'), fields: {} } }]);
  expect([client.failures, client.documents.get(1)!.size]).toEqual([[16], 1]);
  vi.useRealTimers();
});
