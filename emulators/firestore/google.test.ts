import {
  AggregateField,
  type DocumentReference,
  FieldPath,
  FieldValue,
  Filter,
  type Firestore,
  GeoPoint,
  type Query,
  Timestamp,
} from '@google-cloud/firestore';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findGoogleJar, startGoogle } from './google.testing.ts';
import { history, scripts } from './google-random.testing.ts';
import { REQUESTS, restAnswer } from './google-rest.testing.ts';
import { type FirestoreEmulator, startFirestore } from './server.ts';
import { clientOf, rawRunQuery } from './testing.ts';

const jar = findGoogleJar();
let google: { port: number; stop(): void } | undefined;
let emulator: FirestoreEmulator;
let ours: Firestore;
let theirs: Firestore;
let missing = 'the Google Cloud SDK with cloud-firestore-emulator is not installed';

beforeAll(async () => {
  if (!jar) return;
  try {
    google = await startGoogle(jar);
  } catch (error) {
    missing = `Google's emulator did not start: ${String(error)}`;
    return;
  }
  emulator = await startFirestore();
  ours = clientOf(emulator.port, 'demo-same');
  theirs = clientOf(google.port, 'demo-same');
});
beforeEach(context => {
  differences.length = 0;
  if (!google) context.skip(missing);
});
afterAll(async () => {
  if (!google) return;
  // First of all, and whatever fails after: it is a process of its own.
  google.stop();
  await Promise.all([ours.terminate(), theirs.terminate()]);
  await emulator.stop();
});

/** Results without what must differ (times) and with what JSON cannot say (NaN, -0, types). */
function normal(value: unknown): unknown {
  if (value instanceof Timestamp) return `timestamp ${value.seconds} ${value.nanoseconds}`;
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : `number ${Object.is(value, -0) ? '-0' : value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(normal);
  if (value instanceof GeoPoint) return `point ${value.latitude} ${value.longitude}`;
  if (value === null || typeof value !== 'object') return value;
  if ('path' in value && 'firestore' in value) return `reference ${String(value.path)}`;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, normal(inner)]),
  );
}

async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return normal(await run());
  } catch (error) {
    // The client itself refuses some values.
    return `error ${(error as { code?: number }).code ?? 'of the client'}`;
  }
}

/** All that differs, so that one run shows everything. */
const differences: object[] = [];

async function same(what: string, run: (db: Firestore) => Promise<unknown>): Promise<void> {
  const [mine, google] = await Promise.all([outcome(() => run(ours)), outcome(() => run(theirs))]);
  if (JSON.stringify(mine) !== JSON.stringify(google)) differences.push({ what, ours: mine, google });
}

const ids = async (query: Query): Promise<string> =>
  (await query.get()).docs.map(doc => doc.ref.path).join(' ');

/** One of each type and the neighbours that are easy to confuse. */
const VALUES: Readonly<Record<string, unknown>> = {
  null: null,
  false: false,
  true: true,
  nan: Number.NaN,
  minusInfinity: Number.NEGATIVE_INFINITY,
  negative: -1.5,
  minusZero: -0,
  zero: 0,
  one: 1,
  half: 1.5,
  big: Number.MAX_SAFE_INTEGER,
  time: new Timestamp(1e9, 123_456_789),
  earlier: new Timestamp(1e9, 5000),
  text: 'a',
  empty: '',
  accent: 'é',
  astral: '\u{1F600}',
  replacement: '\uFFFD',
  bytes: Buffer.from([1]),
  noBytes: Buffer.from([]),
  point: new GeoPoint(1, 2),
  west: new GeoPoint(-1, 2),
  list: [1],
  longer: [1, 2],
  emptyList: [],
  nulls: [null],
  nans: [Number.NaN],
  map: { a: 1 },
  emptyMap: {},
  mapB: { b: 0 },
  mapAB: { a: 1, b: 1 },
  vector: FieldValue.vector([1, 2]),
  vector3: FieldValue.vector([0, 0, 0]),
};

test("every type of value compares with every other as in Google's emulator", async () => {
  for (const db of [ours, theirs]) {
    const batch = db.batch();
    for (const [id, x] of Object.entries(VALUES)) batch.set(db.doc(`values/${id}`), { x, y: id.length });
    batch.set(db.doc('values/missing'), { y: 1 }).set(db.doc('values/reference'), { x: db.doc('a/b'), y: 2 });
    batch
      .set(db.doc('values/deeper'), { x: db.doc('a/b/c/d'), y: 2 })
      .set(db.doc('values/b/values/below'), { x: 1 });
    await batch.commit();
  }
  const checks: Promise<void>[] = [];
  const all = (db: Firestore): Query => db.collection('values');
  checks.push(same('order', db => ids(all(db).orderBy('x'))));
  checks.push(same('falling', db => ids(all(db).orderBy('x', 'desc'))));
  checks.push(same('mixed', db => ids(all(db).orderBy('y', 'desc').orderBy('x'))));
  checks.push(same('group', db => ids(db.collectionGroup('values'))));
  for (const [id, value] of Object.entries(VALUES)) {
    for (const op of ['==', '!=', '<', '>='] as const)
      checks.push(same(`x ${op} ${id}`, db => ids(all(db).where('x', op, value))));
    checks.push(
      same(`x contains ${id}`, db => ids(all(db).where('x', 'array-contains', value)).catch(() => 'refused')),
    );
  }
  for (const list of [[1, 'a'], [null, 1], [Number.NaN, 1], [{ a: 1 }], [null]])
    for (const op of ['in', 'not-in', 'array-contains-any'] as const)
      checks.push(same(`x ${op} ${list}`, db => ids(all(db).where('x', op, list))));
  checks.push(
    same('or', db => ids(all(db).where(Filter.or(Filter.where('x', '==', 1), Filter.where('y', '>', 3))))),
  );
  checks.push(same('two inequalities', db => ids(all(db).where('x', '>', 0).where('y', '>', 4))));
  checks.push(
    same('names', db =>
      ids(all(db).where(FieldPath.documentId(), '>', 'm').where(FieldPath.documentId(), '<', 'n')),
    ),
  );
  checks.push(same('cursors', db => ids(all(db).orderBy('x').startAt('a').endBefore([1]))));
  checks.push(same('last', db => ids(all(db).orderBy('y').limitToLast(3))));
  checks.push(same('offset', db => ids(all(db).orderBy('x').offset(3).limit(3))));
  checks.push(
    same('projection', async db => (await all(db).select('y', 'x.a').get()).docs.map(doc => doc.data())),
  );
  checks.push(same('contents', async db => (await all(db).get()).docs.map(doc => doc.data())));
  const sums = {
    count: AggregateField.count(),
    sum: AggregateField.sum('y'),
    average: AggregateField.average('y'),
  };
  checks.push(same('aggregates', async db => (await all(db).aggregate(sums).get()).data()));
  checks.push(
    same('aggregates of what some lack', async db =>
      (
        await all(db)
          .aggregate({ ...sums, x: AggregateField.sum('x') })
          .get()
      ).data(),
    ),
  );
  checks.push(
    same('missing documents', async db => (await db.collection('values').listDocuments()).map(ref => ref.id)),
  );
  checks.push(
    same('collections', async db => (await db.doc('values/b').listCollections()).map(ref => ref.id)),
  );
  await Promise.all(checks);
  expect(differences).toEqual([]);
});

/** Steps of a script, each the same on both. */
type Step = (db: Firestore, ref: DocumentReference) => Promise<unknown>;
const data = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom<unknown>(0.5, -0, Number.NaN, 'x', null, true),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 2 })),
  ),
);
const path = fc.constantFrom('a', 'b', 'a.b', 'b.a', 'c.a.b');
const change: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.constantFrom(1, -2, 0.5, -0, 2 ** 53 - 1).map(n => () => FieldValue.increment(n)),
  fc
    .array(fc.constantFrom<unknown>(0, -0, 1, 1.5, Number.NaN, 'x', null), { minLength: 1, maxLength: 3 })
    .chain(values =>
      fc.constantFrom(
        () => FieldValue.arrayUnion(...values),
        () => FieldValue.arrayRemove(...values),
      ),
    ),
  fc.constant(() => FieldValue.delete()),
  fc.constantFrom<unknown>(7, {}, [], null).map(value => () => value),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  data.map(
    (content): Step =>
      (_, ref) =>
        ref.set(content),
  ),
  data.map(
    (content): Step =>
      (_, ref) =>
        ref.set(content, { merge: true }),
  ),
  data.map(
    (content): Step =>
      (_, ref) =>
        ref.create(content),
  ),
  fc.constant<Step>((_, ref) => ref.delete()),
  fc.constant<Step>((_, ref) => ref.delete({ exists: true })),
  {
    weight: 5,
    arbitrary: fc.tuple(path, change).map(
      ([at, make]): Step =>
        (_, ref) =>
          ref.update(at, make()),
    ),
  },
  fc.constant<Step>((_, ref) => ref.update({ a: 1 }, { lastUpdateTime: new Timestamp(1e9, 0) })),
  data.map(
    (content): Step =>
      (db, ref) =>
        db
          .batch()
          .set(ref, content)
          .update(ref, { z: FieldValue.increment(1) })
          .commit(),
  ),
);

test('random scripts of writes leave the same documents, answers and errors', async () => {
  const scripts = fc.sample(fc.array(step, { minLength: 3, maxLength: 8 }), { numRuns: 25, seed: 7 });
  await Promise.all(
    scripts.map(async (script, number) => {
      for (const [i, one] of script.entries())
        await same(`script ${number} step ${i}`, async db => {
          const ref = db.doc(`scripts/${number}`);
          const before = (await ref.get()).updateTime;
          const refused = await one(db, ref).then(
            () => 0,
            (error: { code?: number }) => error.code ?? 'client',
          );
          const after = await ref.get();
          const moved = before && after.updateTime ? !before.isEqual(after.updateTime) : undefined;
          return { refused, moved, data: after.data() ?? 'none' };
        });
    }),
  );
  expect(differences).toEqual([]);
});

test('random histories of writes and transactions look the same to queries and to listeners', async () => {
  const sample = fc.sample(scripts, { numRuns: 6, seed: 11 });
  await Promise.all(
    sample.map(async (script, number) => {
      const path = `histories/${number}/items`;
      const [mine, its] = [history(ours, path, script), history(theirs, path, script)];
      for (let step = 0; step < script.acts.length; step++) {
        const [one, other] = await Promise.all([mine.next(), its.next()]);
        const [left, right] = [normal(one.value), normal(other.value)];
        if (JSON.stringify(left) !== JSON.stringify(right))
          differences.push({ what: `history ${number} step ${step}`, ours: left, google: right });
      }
      await Promise.all([mine.return(), its.return()]);
    }),
  );
  expect(differences).toEqual([]);
});

test('requests over REST get the same answers', async () => {
  for (const request of REQUESTS) {
    const [mine, its] = [await restAnswer(emulator.port, request), await restAnswer(google!.port, request)];
    if (mine !== its) differences.push({ what: request, ours: mine, google: its });
  }
  expect(differences).toEqual([]);
});

test('names and contents that Firestore refuses are refused with the same codes', async () => {
  const documentIds = [
    '.',
    '..',
    '__a__',
    'a'.repeat(1501),
    'x'.repeat(1500),
    'a b ',
    ' ',
    '`',
    '__',
    'ü'.repeat(750),
    'ü'.repeat(751),
  ];
  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  const contents: object[] = [
    { __x__: 1 },
    { a: { __x__: 1 } },
    { a: 'x'.repeat(1_048_576) },
    { a: 'x'.repeat(1_048_400) },
    { a: deep(19) },
    { a: deep(20) },
    { a: deep(21) },
    { ['f'.repeat(1501)]: 1 },
    { time: new Timestamp(253402300799, 999_999_999) },
  ];
  await Promise.all([
    ...documentIds.map(id =>
      same(`id ${id.slice(0, 9)}`, async db => void (await db.collection('ids').doc(id).set({ a: 1 }))),
    ),
    ...contents.map((content, i) =>
      same(`content ${i}`, async db => void (await db.doc(`contents/${i}`).set(content))),
    ),
  ]);
  expect(differences).toEqual([]);
});

test('malformed queries are refused with the same codes', async () => {
  const field = (fieldPath: string, op: number, value: object) => ({
    fieldFilter: { field: { fieldPath }, op, value },
  });
  const int = { integerValue: '1' };
  const list = (length: number) => ({
    arrayValue: { values: Array.from({ length }, (_, i) => ({ integerValue: String(i) })) },
  });
  const and = (...filters: object[]) => ({ compositeFilter: { op: 1, filters } });
  const or = (...filters: object[]) => ({ compositeFilter: { op: 2, filters } });
  const queries: Readonly<Record<string, object>> = {
    'negative limit': { limit: { value: -1 } },
    'negative offset': { offset: -1 },
    'in of 31': { where: field('a', 8, list(31)) },
    'in of 30': { where: field('a', 8, list(30)) },
    'in of none': { where: field('a', 8, list(0)) },
    'in of no list': { where: field('a', 8, int) },
    'not-in of 11': { where: field('a', 10, list(11)) },
    'two !=': { where: and(field('a', 6, int), field('b', 6, int)) },
    'not-in with in': { where: and(field('a', 10, list(1)), field('b', 8, list(1))) },
    'not-in in an or': { where: or(field('a', 10, list(1)), field('b', 5, int)) },
    'two array-contains': { where: and(field('a', 7, int), field('b', 7, int)) },
    'array-contains in each branch': { where: or(field('a', 7, int), field('b', 7, int)) },
    'an empty composite': { where: and() },
    'no operator': { where: field('a', 0, int) },
    'no field': { where: field('', 5, int) },
    'a bad path': { where: field('a..b', 5, int) },
    'a name that is no reference': { where: field('__name__', 5, int) },
    'order given twice': { orderBy: [{ field: { fieldPath: 'a' } }, { field: { fieldPath: 'a' } }] },
    'a cursor longer than the order': {
      orderBy: [{ field: { fieldPath: 'a' } }],
      startAt: { values: [int, int, int] },
    },
    'two collections': { from: [{ collectionId: 'a' }, { collectionId: 'b' }] },
    'six ors of six': {
      where: and(
        or(...Array.from({ length: 6 }, (_, i) => field('a', 5, { integerValue: String(i) }))),
        field('b', 8, list(6)),
      ),
    },
  };
  await Promise.all(
    Object.entries(queries).map(async ([what, query]) => {
      const request = {
        parent: 'projects/demo-same/databases/(default)/documents',
        structuredQuery: { from: [{ collectionId: 'q' }], ...query },
      };
      const [mine, reference] = await Promise.all(
        [emulator.port, google!.port].map(port => rawRunQuery(port, request)),
      );
      if (mine?.code !== reference?.code) differences.push({ what, ours: mine, google: reference });
    }),
  );
  expect(differences).toEqual([]);
});
