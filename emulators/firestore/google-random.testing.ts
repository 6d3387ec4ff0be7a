import type { DocumentData, Firestore, Query, QuerySnapshot } from '@google-cloud/firestore';
import fc from 'fast-check';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const id = fc.constantFrom(...IDS);
const content = fc.record(
  { n: fc.integer({ min: 0, max: 3 }), m: fc.constantFrom('x', 'y'), tags: fc.subarray(['s', 't']) },
  { requiredKeys: [] },
);

/** Something that is done to the collection of one script; what it returns must be the same on both sides. */
export type Act = (db: Firestore, path: string) => Promise<unknown>;

const write: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(id, content).map(
    ([which, data]): Act =>
      (db, path) =>
        db
          .doc(`${path}/${which}`)
          .set(data)
          .then(() => 'set'),
  ),
  fc.tuple(id, content).map(
    ([which, data]): Act =>
      (db, path) =>
        db
          .doc(`${path}/${which}`)
          .update(data)
          .then(() => 'updated'),
  ),
  id.map(
    (which): Act =>
      (db, path) =>
        db
          .doc(`${path}/${which}`)
          .delete()
          .then(() => 'deleted'),
  ),
  fc.array(fc.tuple(id, content), { minLength: 1, maxLength: 4 }).map(
    (several): Act =>
      async (db, path) => {
        const batch = db.batch();
        for (const [which, data] of several) batch.set(db.doc(`${path}/${which}`), data, { merge: true });
        await batch.commit();
      },
  ),
);

/** Reads documents and a query, and writes what follows from them. */
const transaction: fc.Arbitrary<Act> = fc.tuple(id, id, fc.integer({ min: 0, max: 3 })).map(
  ([from, to, least]): Act =>
    (db, path) =>
      db.runTransaction(async tx => {
        const [one, other] = await tx.getAll(db.doc(`${path}/${from}`), db.doc(`${path}/${to}`));
        const found = await tx.get(db.collection(path).where('n', '>=', least));
        const n = Number(one?.get('n') ?? 0) + found.size;
        if (other?.exists) tx.update(other.ref, { n });
        else tx.set(db.doc(`${path}/${to}`), { n, m: 'x' });
        return found.docs.map(doc => doc.id);
      }),
);

const QUERIES: readonly ((all: Query) => Query)[] = [
  all => all,
  all => all.where('m', '==', 'x').limit(2),
  all => all.orderBy('n', 'desc').limit(3),
  all => all.where('n', '>', 0).orderBy('n').offset(1),
  all => all.where('tags', 'array-contains', 's'),
  all => all.where('m', 'in', ['x', 'y']).where('n', '<', 3),
  all => all.orderBy('m').orderBy('n', 'desc').startAt('x', 2),
  all => all.select('n').where('m', '!=', 'y'),
];

/** A script, and which of the queries are listened to while it runs. */
export const scripts: fc.Arbitrary<{ acts: Act[]; listened: number[] }> = fc.record({
  acts: fc.array(fc.oneof({ arbitrary: write, weight: 3 }, { arbitrary: transaction, weight: 1 }), {
    minLength: 3,
    maxLength: 8,
  }),
  listened: fc.subarray([...QUERIES.keys()], { minLength: 1, maxLength: 4 }),
});

/** The result of one query as its listener knows it. */
class Listened {
  readonly #query: Query;
  readonly #stop: () => void;
  #latest: DocumentData[] | undefined;
  #heard = (): void => {};

  constructor(query: Query) {
    this.#query = query;
    this.#stop = query.onSnapshot(snapshot => {
      this.#latest = contents(snapshot);
      this.#heard();
    });
  }

  /** Waits until the listener knows what a fresh read finds. Its order is the client's doing, so it is not compared. */
  async settled(patienceMs: number): Promise<unknown> {
    const fresh = contents(await this.#query.get());
    const wanted = sorted(fresh);
    const end = Date.now() + patienceMs;
    while (sorted(this.#latest) !== wanted && Date.now() < end)
      await new Promise<void>(resolve => {
        this.#heard = resolve;
        setTimeout(resolve, end - Date.now());
      });
    return { fresh, listener: sorted(this.#latest) === wanted ? 'the same' : this.#latest };
  }

  stop(): void {
    this.#stop();
  }
}

const contents = (snapshot: QuerySnapshot): DocumentData[] =>
  snapshot.docs.map(doc => ({ id: doc.id, ...doc.data() }));

const sorted = (documents: readonly DocumentData[] | undefined): string =>
  JSON.stringify(documents?.toSorted((a, b) => (a['id'] < b['id'] ? -1 : 1)));

/** The client throws some refusals of its own without a promise. */
async function attempt(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return `error ${(error as { code?: number }).code}`;
  }
}

const PATIENCE_MS = 5000;

/** Runs the acts on one side; after each, what it answered and what every listener knows. */
export async function* history(
  db: Firestore,
  path: string,
  { acts, listened }: { acts: readonly Act[]; listened: readonly number[] },
): AsyncGenerator<unknown, void, undefined> {
  const listeners = listened.map(index => new Listened(QUERIES[index]!(db.collection(path))));
  try {
    // Google's emulator may keep from a listener what is written while it begins.
    await Promise.all(listeners.map(one => one.settled(PATIENCE_MS)));
    for (const act of acts) {
      const answer = await attempt(() => act(db, path));
      yield { answer, states: await Promise.all(listeners.map(one => one.settled(PATIENCE_MS))) };
    }
  } finally {
    for (const one of listeners) one.stop();
  }
}
