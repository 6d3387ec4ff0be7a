import type { Firestore } from '@google-cloud/firestore';

const BATCH = 500;

/** Documents `d0`, `d1` and so on of one collection. */
export async function fill(
  db: Firestore,
  collection: string,
  count: number,
  fields: (n: number) => object,
): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const batch = db.batch();
    for (let n = from; n < Math.min(from + BATCH, count); n++)
      batch.set(db.doc(`${collection}/d${n}`), fields(n));
    await batch.commit();
  }
}

export const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)]!;

/** How often `work` is done in a second, so many at a time. */
export async function rate(
  seconds: number,
  atOnce: number,
  work: (n: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let count = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      await work(count);
      count++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return (count * 1000) / (performance.now() - start);
}
