import type { Firestore, Query } from 'firebase/firestore';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { type Listened, LOADING, listen } from './listen.ts';
import { useServices } from './services.ts';

export type Live = Listened & { readonly retry: () => void };

/**
 * Listens as long as the component is shown.
 *
 * @param key says which query it is: another key, another listener; undefined: none
 */
export function useQuery(key: string | undefined, make: (db: Firestore) => Query): Live {
  const { db, connection, clock, grantsVersion } = useServices();
  const [found, setFound] = useState<{ readonly key: string | undefined; readonly listened: Listened }>({
    key: undefined,
    listened: LOADING,
  });
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt(one => one + 1), []);
  // The key stands for the query; grants and attempts begin anew.
  useEffect(() => {
    if (key === undefined) return;
    return listen(make(db), { connection, clock }, listened => setFound({ key, listened }));
  }, [key, db, connection, clock, grantsVersion, attempt]);
  const listened = found.key === key ? found.listened : LOADING;
  return useMemo(() => ({ ...listened, retry }), [listened, retry]);
}
