import { onSnapshot, type Query } from 'firebase/firestore';
import { millis } from '../model/read.ts';
import { perFrame } from './frames.ts';
import { type Problem, problemOf } from './problems.ts';
import type { Services } from './services.ts';

/** A document as it came: nothing of what is in it is certain. As long as it does not change it is the same object. */
export interface Row {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Listened =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly rows: readonly Row[] }
  | { readonly state: 'failed'; readonly problem: Problem };

export const LOADING: Listened = { state: 'loading' };

/**
 * Listens to a query, and hands on what it finds once a frame at most. The one place of the page that listens.
 *
 * @param tell is told of the rows, or why there are none; after a failure nothing comes any more
 * @returns what ends it
 */
export function listen(
  query: Query,
  { connection, clock }: Pick<Services, 'connection' | 'clock'>,
  tell: (listened: Listened) => void,
): () => void {
  const self = {};
  const frames = perFrame(tell);
  const rows = new Map<string, Row>();
  let heard = false;
  const unsubscribe = onSnapshot(
    query,
    // Metadata says whether the server is still there.
    METADATA,
    snapshot => {
      const { fromCache } = snapshot.metadata;
      // Nothing from an empty cache says nothing: the server has not answered yet.
      if (!heard && fromCache && snapshot.empty) return;
      connection.report(self, !fromCache);
      const changes = snapshot.docChanges(METADATA);
      for (const { doc } of changes) {
        const data = doc.data(ESTIMATE);
        rows.set(doc.id, { id: doc.id, data });
        if (!doc.metadata.hasPendingWrites) clock.see(writtenAt(data));
      }
      if (heard && changes.length === 0) return;
      heard = true;
      const found = snapshot.docs.map(({ id }) => rows.get(id)!);
      if (rows.size > found.length) keepOnly(rows, found);
      frames.next({ state: 'ready', rows: found });
    },
    error => {
      connection.forget(self);
      frames.next({ state: 'failed', problem: problemOf(error) });
    },
  );
  return () => {
    unsubscribe();
    frames.stop();
    connection.forget(self);
  };
}

/** A time that the server is about to set is shown as now. */
const ESTIMATE = { serverTimestamps: 'estimate' } as const;
const METADATA = { includeMetadataChanges: true } as const;

function keepOnly(rows: Map<string, Row>, found: readonly Row[]): void {
  rows.clear();
  for (const row of found) rows.set(row.id, row);
}

/** Fields that bear the server's time of a write; times of events may be anything. */
const WRITTEN = ['updatedAt', 'at'] as const;

function writtenAt(data: Readonly<Record<string, unknown>>): number | undefined {
  const times = WRITTEN.flatMap(name => millis(data[name]) ?? []);
  return times.length > 0 ? Math.max(...times) : undefined;
}
