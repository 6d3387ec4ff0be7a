import type { Transaction } from '../../shared/windows/transaction.ts';
import type { Part } from './parts.ts';
import {
  chunkOf,
  entriesOf,
  placeOf,
  type Seen,
  type SeenChange,
  seenChanges,
  seenChunkPath,
} from './seen.ts';

export interface Repetitions {
  /** Indexes of the events that have been counted before, by batch. */
  readonly repeated: ReadonlyMap<string, ReadonlySet<number>>;
  /** What makes the others known. */
  readonly changes: readonly SeenChange[];
}

/**
 * Finds the events that have been counted before, in whichever batch or upload, and writes down the others. Read in the
 * transaction that counts them: of two copies under way at once one finds the other.
 * @param expireAt when the identities may be forgotten
 */
export async function findRepetitions(
  transaction: Transaction,
  parts: readonly Part[],
  expireAt: Date,
): Promise<Repetitions> {
  const places = parts.flatMap(({ batch, from, to }) =>
    batch.events
      .slice(from, to)
      .map((event, at) => ({ batch: batch.id, event: from + at, ...placeOf(batch.pipeline, event) })),
  );
  const days = await readDays(transaction, [...new Set(places.map(({ path }) => path))].sort());
  await readChunks(
    transaction,
    days,
    places.map(({ path, entry }) => ({ path, name: chunkOf(days.get(path)!.names, entry) })),
  );

  const repeated = new Map<string, Set<number>>();
  const changed = new Map<string, Set<string>>();
  for (const { batch, event, path, entry } of places) {
    const day = days.get(path)!;
    const name = chunkOf(day.names, entry);
    const entries = day.chunks.get(name)!;
    if (entries.has(entry)) {
      repeated.set(batch, (repeated.get(batch) ?? new Set()).add(event));
    } else {
      entries.add(entry);
      changed.set(path, (changed.get(path) ?? new Set()).add(name));
    }
  }
  const changes = [...changed].flatMap(([path, names]) => seenChanges(days.get(path)!, names, expireAt));
  return { repeated, changes };
}

async function readDays(transaction: Transaction, paths: readonly string[]): Promise<Map<string, Seen>> {
  const documents = await transaction.read(paths);
  return new Map(
    paths.map((path, at) => {
      const fields = documents[at];
      const names = (fields?.['chunks'] ?? []) as readonly string[];
      const chunks = new Map(names.length === 0 ? [['', entriesOf(fields)]] : []);
      return [path, { path, names, chunks }];
    }),
  );
}

async function readChunks(
  transaction: Transaction,
  days: ReadonlyMap<string, Seen>,
  touched: readonly { readonly path: string; readonly name: string }[],
): Promise<void> {
  const wanted = new Map(
    touched.filter(({ name }) => name !== '').map(chunk => [seenChunkPath(chunk.path, chunk.name), chunk]),
  );
  if (wanted.size === 0) return;
  const paths = [...wanted.keys()].sort();
  const documents = await transaction.read(paths);
  for (const [at, path] of paths.entries()) {
    const { path: day, name } = wanted.get(path)!;
    days.get(day)!.chunks.set(name, entriesOf(documents[at]));
  }
}
