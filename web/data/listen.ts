import { type DocumentData, onSnapshot, type Query, type QuerySnapshot } from 'firebase/firestore';
import type { Connection } from './connection.ts';
import { perFrame } from './frames.ts';
import { type Problem, problemOf } from './problems.ts';

/** A document as it came: nothing of what is in it is certain. */
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
export function listen(query: Query, connection: Connection, tell: (listened: Listened) => void): () => void {
  const self = {};
  const frames = perFrame(tell);
  let shown: QuerySnapshot | undefined;
  const unsubscribe = onSnapshot(
    query,
    // Metadata says whether the server is still there.
    { includeMetadataChanges: true },
    snapshot => {
      const { fromCache } = snapshot.metadata;
      if (shown || !fromCache || snapshot.size > 0) connection.report(self, !fromCache);
      const changed = !shown || snapshot.docChanges({ includeMetadataChanges: true }).length > 0;
      // Nothing from an empty cache says nothing: the server has not answered yet.
      if (fromCache && snapshot.size === 0 && !shown) return;
      shown = snapshot;
      if (changed)
        frames.next({ state: 'ready', rows: snapshot.docs.map(doc => rowOf(doc.id, doc.data(ESTIMATE))) });
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

const rowOf = (id: string, data: DocumentData): Row => ({ id, data });
