import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { GrpcError, status } from '../grpc/errors.ts';
import { Database } from './database.ts';
import { parseQuery } from './query/parse.ts';
import { Transactions } from './transactions.ts';
import type { Write } from './writes.ts';

const ROOT = 'projects/p/databases/d/documents';
const name = (id: string): string => `${ROOT}/accounts/${id}`;
const set = (id: string, n: number): Write => ({
  update: { name: name(id), fields: { n: { integerValue: String(n) } } },
});
const everything = parseQuery(ROOT, { from: [{ collectionId: 'accounts' }] });
const poor = parseQuery(ROOT, {
  from: [{ collectionId: 'accounts' }],
  where: { fieldFilter: { field: { fieldPath: 'n' }, op: 1, value: { integerValue: '10' } } },
});

function start(ids: readonly string[], n = 100): { database: Database; transactions: Transactions } {
  const database = new Database();
  database.commit(ids.map(id => set(id, n)));
  return { database, transactions: new Transactions(database) };
}

const balance = (database: Database, id: string): number =>
  Number(database.store.get(name(id))?.fields['n']?.integerValue);

const isContention = (error: unknown): boolean => error instanceof GrpcError && error.code === status.ABORTED;

/** As the clients do: again from the start, as the same attempt continued, until it is not aborted. */
async function run(transactions: Transactions, body: (id: string) => Promise<Write[]>): Promise<void> {
  let id = transactions.begin();
  for (;;) {
    try {
      await transactions.commit(await body(id), id);
      return;
    } catch (error) {
      if (!isContention(error)) throw error;
      id = transactions.begin({ readWrite: { retry: id } });
    }
  }
}

const pause = (turns: number): Promise<void> =>
  turns === 0
    ? Promise.resolve()
    : new Promise<void>(resolve => setImmediate(resolve)).then(() => pause(turns - 1));

test('transfers between accounts, interleaved at random, keep the sum and all of their effects', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const transfer = fc.record({
    from: fc.constantFrom(...ids),
    to: fc.constantFrom(...ids),
    amount: fc.integer({ min: 1, max: 9 }),
    delays: fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
    byQuery: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(transfer, { minLength: 2, maxLength: 12 }), async transfers => {
      const { database, transactions } = start(ids);
      await Promise.all(
        transfers.map(async ({ from, to, amount, delays, byQuery }) => {
          if (from === to) return;
          await pause(delays[0]!);
          await run(transactions, async id => {
            const read = async (account: string): Promise<number> => {
              if (byQuery) {
                const { result } = await transactions.query(everything, { transaction: id });
                const doc = result.documents.find(found => found.name === name(account));
                return Number(doc!.fields['n']!.integerValue);
              }
              const { documents } = await transactions.documents([name(account)], { transaction: id });
              return Number(documents[0]!.fields['n']!.integerValue);
            };
            const rich = await read(from);
            await pause(delays[1]!);
            const other = await read(to);
            await pause(delays[2]!);
            return [set(from, rich - amount), set(to, other + amount)];
          });
        }),
      );
      for (const id of ids) {
        const moved = transfers
          .filter(t => t.from !== t.to)
          .map(t => (t.to === id ? t.amount : t.from === id ? -t.amount : 0));
        expect(balance(database, id)).toBe(moved.reduce((a, b) => a + b, 100));
      }
      transactions.stop();
    }),
    { numRuns: 150 },
  );
});

test('two transactions that each read what the other writes cannot both commit on the old state', async () => {
  const { database, transactions } = start(['a', 'b']);
  const withdraw = (id: string): Promise<void> =>
    run(transactions, async transaction => {
      const { documents } = await transactions.documents([name('a'), name('b')], { transaction });
      await pause(2);
      const sum = documents.reduce((total, doc) => total + Number(doc!.fields['n']!.integerValue), 0);
      return sum >= 150 ? [set(id, balance(database, id) - 100)] : [];
    });
  await Promise.all([withdraw('a'), withdraw('b')]);
  expect(balance(database, 'a') + balance(database, 'b')).toBe(100);
  transactions.stop();
});

test('a document that appears in a result after a transaction has queried it aborts the transaction', async () => {
  const { transactions } = start(['a']);
  const [first, second] = [transactions.begin(), transactions.begin()];
  for (const transaction of [first, second])
    expect((await transactions.query(poor, { transaction })).result.documents).toEqual([]);
  await transactions.commit([set('new1', 1)], first);
  await expect(transactions.commit([set('new2', 1)], second)).rejects.toMatchObject({ code: status.ABORTED });
  transactions.stop();
});

test('a deadlock is found at once, the younger transaction is told to try again and the older goes on', async () => {
  const { transactions } = start(['a', 'b']);
  const [older, younger] = [transactions.begin(), transactions.begin()];
  await transactions.documents([name('a')], { transaction: older });
  await transactions.documents([name('b')], { transaction: younger });
  const waiting = transactions.documents([name('b')], { transaction: older });
  await expect(transactions.documents([name('a')], { transaction: younger })).rejects.toMatchObject({
    code: status.ABORTED,
    message: expect.stringContaining('cross-transaction contention'),
  });
  expect((await waiting).documents[0]?.name).toBe(name('b'));
  await expect(transactions.commit([set('b', 1)], younger)).rejects.toMatchObject({ code: status.ABORTED });
  await transactions.commit([set('b', 2)], older);
  transactions.stop();
});

test('a commit outside transactions waits for the transaction that has read the document', async () => {
  const { database, transactions } = start(['a']);
  const transaction = transactions.begin();
  await transactions.documents([name('a')], { transaction });
  let done = false;
  const outside = transactions.commit([set('a', 5)]).then(() => (done = true));
  await pause(3);
  expect(done).toBe(false);
  await transactions.commit([set('a', 7)], transaction);
  await outside;
  expect(balance(database, 'a')).toBe(5);
  transactions.stop();
});

test('a transaction that writes without having read waits for the one that has', async () => {
  const { database, transactions } = start(['a']);
  const [reader, writer] = [transactions.begin(), transactions.begin()];
  await transactions.documents([name('a')], { transaction: reader });
  const written = transactions.commit([set('a', 5)], writer);
  await pause(3);
  expect(balance(database, 'a')).toBe(100);
  await transactions.commit([set('a', 7)], reader);
  await written;
  expect(balance(database, 'a')).toBe(5);
  transactions.stop();
});

test('a read-only transaction sees one moment, does not block anybody and may not write', async () => {
  const { transactions } = start(['a']);
  const transaction = transactions.begin({ readOnly: {} });
  await transactions.commit([set('a', 1), set('b', 1)]);
  const { documents } = await transactions.documents([name('a'), name('b')], { transaction });
  expect(documents.map(doc => doc?.fields['n']?.integerValue)).toEqual(['100', undefined]);
  const { result } = await transactions.query(poor, { transaction });
  expect(result.documents).toEqual([]);
  await expect(transactions.commit([set('a', 2)], transaction)).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
  });
  transactions.stop();
});

test('a transaction that has ended is no longer valid', async () => {
  const { transactions } = start(['a']);
  const transaction = transactions.begin();
  transactions.rollback(transaction);
  await expect(transactions.commit([set('a', 1)], transaction)).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    message: 'The referenced transaction has expired or is no longer valid.',
  });
  transactions.stop();
});

test('a transaction that lies idle for a minute ends and lets the others go on', async () => {
  vi.useFakeTimers();
  try {
    const { database, transactions } = start(['a']);
    const transaction = transactions.begin();
    await transactions.documents([name('a')], { transaction });
    const outside = transactions.commit([set('a', 5)]);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(balance(database, 'a')).toBe(100);
    await vi.advanceTimersByTimeAsync(3_000);
    await outside;
    expect(balance(database, 'a')).toBe(5);
    await expect(transactions.commit([set('a', 6)], transaction)).rejects.toMatchObject({ code: 3 });
    transactions.stop();
  } finally {
    vi.useRealTimers();
  }
});

test('a connection that closes leaves nothing locked, also where its transactions waited for each other', async () => {
  const { transactions } = start(['a', 'b']);
  const peer = 'killed';
  const [first, second] = [transactions.begin({}, peer), transactions.begin({}, peer)];
  await transactions.documents([name('a')], { transaction: first });
  const waiting = transactions.documents([name('a'), name('b')], { transaction: second });
  await pause(1);
  transactions.abandon(peer);
  await expect(waiting).rejects.toThrow(/contention/);
  const other = transactions.begin();
  const read = transactions.documents([name('a'), name('b')], { transaction: other });
  await expect(Promise.race([read.then(() => 'read'), pause(20).then(() => 'locked')])).resolves.toBe('read');
  transactions.stop();
});
