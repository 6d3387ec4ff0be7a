import { describe, expect, test } from 'vitest';
import type { Access, Caller } from '../access.ts';
import { startFirestore } from '../server.ts';
import { inPage } from './browser.testing.ts';
import { surroundings } from './surroundings.testing.ts';

const around = surroundings();

const SETTINGS = {
  'by default': {},
  'with long polling': { experimentalForceLongPolling: true },
  'with XMLHttpRequest': { useFetchStreams: false },
  'with XMLHttpRequest and long polling': { useFetchStreams: false, experimentalForceLongPolling: true },
  'without a look at the network': { experimentalAutoDetectLongPolling: false },
};

describe.each(Object.entries(SETTINGS))('the web SDK %s', (name, settings) => {
  test('writes and reads documents, and hears of every change', async () => {
    const requests: string[] = [];
    around.page.on('request', request => requests.push(request.url()));
    const seen = await inPage(
      around.page,
      async ({ fs, open }, { port, path, settings: own }) => {
        const items = fs.collection(open(port, own), path);
        const snapshots: unknown[] = [];
        let heard = () => {};
        const first = new Promise<void>(resolve => {
          heard = resolve;
        });
        const stop = fs.onSnapshot(fs.query(items, fs.orderBy('n')), snapshot => {
          snapshots.push(snapshot.docs.map(doc => `${doc.id} ${doc.get('n')} ${doc.get('text') ?? ''}`));
          heard();
        });
        await first;
        await fs.setDoc(fs.doc(items, 'a'), { n: 1, text: 'größer 🌍 \u2028' });
        await fs.setDoc(fs.doc(items, 'b'), { n: 0 });
        await fs.updateDoc(fs.doc(items, 'a'), { n: fs.increment(5) });
        await fs.deleteDoc(fs.doc(items, 'b'));
        const read = await fs.getDocFromServer(fs.doc(items, 'a'));
        const all = await fs.getDocsFromServer(items);
        const count = await fs.getCountFromServer(items);
        stop();
        return { snapshots, read: read.data(), all: all.size, count: count.data().count };
      },
      { port: around.emulator.port, settings, path: name.replaceAll(' ', '-') },
    );
    expect(seen.read).toEqual({ n: 6, text: 'größer 🌍 \u2028' });
    expect(seen).toMatchObject({ all: 1, count: 1 });
    expect(seen.snapshots).toEqual([
      [],
      ['a 1 größer 🌍 \u2028'],
      ['b 0 ', 'a 1 größer 🌍 \u2028'],
      ['b 0 ', 'a 6 größer 🌍 \u2028'],
      ['a 6 größer 🌍 \u2028'],
    ]);
    const modes = requests.flatMap(url => new URL(url).searchParams.get('CI') ?? []);
    expect(modes[0]).toBe(name.includes('long polling') ? '1' : '0');
    // Any other client may come to doubt the stream, on a busy machine, and go over to polling.
    if (name === 'without a look at the network') expect(new Set(modes)).toEqual(new Set(['0']));
  });
});

describe('what the web SDK asks for', () => {
  test('values of every type come back as they were', async () => {
    const same = await inPage(
      around.page,
      async ({ fs, open }, port) => {
        const db = open(port);
        const ref = fs.doc(db, 'types/one');
        const data = {
          text: 'a',
          yes: true,
          nothing: null,
          int: 42,
          big: 2 ** 53 - 1,
          double: 1.5,
          nan: Number.NaN,
          minusZero: -0,
          infinite: Number.NEGATIVE_INFINITY,
          at: new fs.Timestamp(1_700_000_000, 123_456_000),
          early: new fs.Timestamp(-62_135_596_800, 0),
          bytes: fs.Bytes.fromUint8Array(new Uint8Array([0, 255])),
          point: new fs.GeoPoint(1.5, -2),
          ref,
          list: [1, 'a', { b: [] }],
          map: { 'ä.`': { b: 1 }, empty: {} },
          vector: fs.vector([1, 2.5]),
        };
        await fs.setDoc(ref, data);
        const back = (await fs.getDocFromServer(ref)).data() as typeof data;
        const { ref: backRef, ...plain } = back;
        const differing = Object.keys(plain).filter(key => {
          const [mine, its] = [data, back].map(all => all[key as keyof typeof data]);
          const comparable = mine as { isEqual?(other: unknown): boolean };
          if (typeof comparable?.isEqual === 'function') return !comparable.isEqual(its);
          if (typeof mine === 'number') return !Object.is(mine, its);
          return JSON.stringify(mine) !== JSON.stringify(its);
        });
        return { differing, reference: fs.refEqual(backRef, ref) };
      },
      around.emulator.port,
    );
    expect(same).toEqual({ differing: [], reference: true });
  });

  test('concurrent transactions lose no increment, and batches are whole or not at all', async () => {
    const result = await inPage(
      around.page,
      async ({ fs, open }, port) => {
        const db = open(port);
        const ref = fs.doc(db, 'counters/one');
        await fs.setDoc(ref, { n: 0 });
        const increment = () =>
          fs.runTransaction(
            db,
            async transaction => {
              const n = (await transaction.get(ref)).get('n') as number;
              transaction.update(ref, { n: n + 1 });
            },
            { maxAttempts: 20 },
          );
        await Promise.all(Array.from({ length: 5 }, increment));
        const batch = fs.writeBatch(db);
        batch.set(fs.doc(db, 'counters/two'), { n: 1 });
        batch.update(fs.doc(db, 'counters/missing'), { n: 1 });
        const refused = await batch.commit().then(
          () => 'committed',
          (error: { code: string }) => error.code,
        );
        const two = await fs.getDocFromServer(fs.doc(db, 'counters/two'));
        return { n: (await fs.getDocFromServer(ref)).get('n'), refused, two: two.exists() };
      },
      around.emulator.port,
    );
    expect(result).toEqual({ n: 5, refused: 'not-found', two: false });
  });

  test('queries filter, order, page, aggregate and span collection groups', async () => {
    const result = await inPage(
      around.page,
      async ({ fs, open }, port) => {
        const db = open(port);
        const items = fs.collection(db, 'queries');
        const batch = fs.writeBatch(db);
        for (let n = 0; n < 10; n++)
          batch.set(fs.doc(items, `d${n}`), { n, odd: n % 2 === 1, tags: [`t${n % 3}`] });
        batch.set(fs.doc(db, 'queries/d1/deep/x'), { n: 100 });
        await batch.commit();
        const ids = async (
          ...constraints: Parameters<typeof fs.query> extends [unknown, ...infer R] ? R : never
        ) => {
          const found = await fs.getDocsFromServer(fs.query(items, ...constraints));
          return found.docs.map(doc => doc.id).join(' ');
        };
        const aggregated = await fs.getAggregateFromServer(items, {
          total: fs.sum('n'),
          mean: fs.average('n'),
          many: fs.count(),
        });
        return {
          equal: await ids(fs.where('odd', '==', true), fs.limit(2)),
          last: await ids(fs.orderBy('n'), fs.limitToLast(2)),
          among: await ids(fs.where('n', 'in', [1, 3, 50])),
          tagged: await ids(fs.where('tags', 'array-contains', 't0'), fs.where('n', '>', 3)),
          paged: await ids(fs.orderBy('n', 'desc'), fs.startAfter(8), fs.limit(1)),
          group: (await fs.getDocsFromServer(fs.collectionGroup(db, 'deep'))).size,
          aggregated: aggregated.data(),
        };
      },
      around.emulator.port,
    );
    expect(result).toEqual({
      equal: 'd1 d3',
      last: 'd8 d9',
      among: 'd1 d3',
      tagged: 'd6 d9',
      paged: 'd7',
      group: 1,
      aggregated: { total: 45, mean: 4.5, many: 10 },
    });
  });

  test('a window fills up again from behind, and what leaves it is not looked for', async () => {
    const items = around.server.collection('window');
    for (const n of [1, 2, 3]) await items.doc(`d${n}`).set({ n });
    await inPage(
      around.page,
      async ({ fs, open, kept }, port) => {
        const shown: string[] = [];
        kept['shown'] = shown;
        const query = fs.query(fs.collection(open(port), 'window'), fs.orderBy('n'), fs.limit(2));
        fs.onSnapshot(query, { includeMetadataChanges: true }, ({ docs, metadata }) => {
          shown.push(`${docs.map(doc => doc.id).join(' ')}${metadata.fromCache ? ' cached' : ''}`);
        });
      },
      around.emulator.port,
    );
    await around.shown('d1 d2');
    await items.doc('d1').delete();
    await around.shown('d2 d3');
    await items.doc('d0').set({ n: 0 });
    await around.shown('d0 d2');
    await items.doc('d2').update({ n: 9 });
    expect(await around.shown('d0 d3')).toEqual(['d1 d2', 'd2 d3', 'd0 d2', 'd0 d3']);
  });

  test('lite reads, writes, queries and runs transactions over REST', async () => {
    const result = await inPage(
      around.page,
      async ({ lite, openLite }, port) => {
        const db = openLite(port);
        const ref = lite.doc(db, 'lite/ä b%2F:commit');
        await lite.setDoc(ref, { n: 1, at: lite.serverTimestamp() });
        await lite.runTransaction(db, async transaction => {
          transaction.update(ref, { n: ((await transaction.get(ref)).get('n') as number) + 1 });
        });
        const items = lite.collection(db, 'lite');
        const found = await lite.getDocs(lite.query(items, lite.where('n', '>=', 2)));
        const missing = await lite.getDoc(lite.doc(db, 'lite/missing'));
        const count = (await lite.getCount(items)).data().count;
        const refused = await lite
          .updateDoc(lite.doc(db, 'lite/missing'), { n: 1 })
          .catch(error => error.code);
        await lite.deleteDoc(ref);
        const gone = !(await lite.getDoc(ref)).exists();
        return { found: found.docs.map(doc => doc.id), missing: missing.exists(), count, refused, gone };
      },
      around.emulator.port,
    );
    expect(result).toEqual({
      found: ['ä b%2F:commit'],
      missing: false,
      count: 1,
      refused: 'not-found',
      gone: true,
    });
  });
});

test('who may not is told so, and who signs in may', async () => {
  const own = ({ auth }: Caller, name: string) => ({
    allowed: name.endsWith(`/mine/${auth?.uid}`),
    reason: 'not yours',
  });
  const access: Access = {
    get: own,
    list: () => ({ allowed: false, reason: 'no lists' }),
    commit: (caller, writes) =>
      writes.map(({ name }) => own(caller, name)).find(one => !one.allowed) ?? own(caller, writes[0]!.name),
  };
  const guarded = await startFirestore({ rules: { access: () => access, put: () => {} } });
  const outcome = await inPage(
    around.page,
    async ({ fs, open, openLite, lite }, port) => {
      const code = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => 'allowed',
          (error: { code: string; message: string }) => `${error.code}: ${error.message.trim()}`,
        );
      const listened = (ref: ReturnType<typeof fs.doc>) =>
        code(new Promise((resolve, reject) => fs.onSnapshot(ref, resolve, reject)));
      const nobody = open(port);
      const ada = open(port, {}, { mockUserToken: { sub: 'ada' } });
      const owner = open(port, {}, { mockUserToken: 'owner' });
      return {
        nobodyWrites: await code(fs.setDoc(fs.doc(nobody, 'mine/ada'), {})),
        adaWrites: await code(fs.setDoc(fs.doc(ada, 'mine/ada'), {})),
        adaHears: await listened(fs.doc(ada, 'mine/ada')),
        adaHearsAnother: await listened(fs.doc(ada, 'mine/bob')),
        adaLists: await code(fs.getDocs(fs.collection(ada, 'mine'))),
        adaOverRest: await code(
          lite.getDoc(lite.doc(openLite(port, { mockUserToken: { sub: 'ada' } }), 'mine/ada')),
        ),
        ownerLists: await code(fs.getDocs(fs.collection(owner, 'mine'))),
      };
    },
    guarded.port,
  );
  await guarded.stop();
  expect(outcome).toEqual({
    nobodyWrites: 'permission-denied: not yours',
    adaWrites: 'allowed',
    adaHears: 'allowed',
    adaHearsAnother: 'permission-denied: not yours',
    adaLists: 'permission-denied: no lists',
    adaOverRest: 'allowed',
    ownerLists: 'allowed',
  });
});

test('a burst of a thousand documents arrives whole', async () => {
  await inPage(
    around.page,
    async ({ fs, open, kept }, port) => {
      const sizes: number[] = [];
      kept['shown'] = sizes;
      fs.onSnapshot(fs.collection(open(port), 'burst'), snapshot => sizes.push(snapshot.size));
    },
    around.emulator.port,
  );
  for (let from = 0; from < 1000; from += 500) {
    const batch = around.server.batch();
    for (let n = from; n < from + 500; n++)
      batch.set(around.server.doc(`burst/d${n}`), { text: 'ü'.repeat(300) });
    await batch.commit();
  }
  await around.page.waitForFunction('globalThis.kit.kept.shown.at(-1) === 1000');
  const sizes = await inPage(around.page, async kit => kit.kept['shown'] as number[], undefined);
  expect(sizes).toEqual([0, 500, 1000]);
});
