import type { Fields, RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import type { Mutant } from './simulate.ts';

const isLedger = (path: string): boolean => path.startsWith('_millrace/aggregate/ledger/');
const isSeen = (path: string): boolean => path.startsWith('_millrace/aggregate/seen/');
const isPane = (path: string): boolean => path.startsWith('windows/');
const isHead = (path: string): boolean =>
  path.startsWith('_millrace/aggregate/lanes/') && path.endsWith('~0');

/** Reads some documents in a transaction of their own, once a delivery. */
function readOutside(concerned: (path: string) => boolean): Mutant {
  return {
    counting: (run, fresh) => async program => {
      // What an earlier transaction of the same delivery has seen is all that is known.
      const seen = new Map<string, Fields | undefined>();
      return run(inner =>
        program({
          ...inner,
          read: async (paths, only) => {
            for (const path of paths.filter(concerned)) {
              if (seen.has(path)) continue;
              const [fields] = await fresh(other => other.read([path]));
              seen.set(path, fields);
            }
            const rest = await inner.read(
              paths.filter(path => !concerned(path)),
              only,
            );
            return paths.map(path => (concerned(path) ? seen.get(path) : rest.shift()));
          },
        }),
      );
    },
  };
}

/** The same programs, each with the one mistake it is named for. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'no ledger': {
    counting: run =>
      withTransaction(run, inner => reading(inner, path => (isLedger(path) ? null : undefined))),
  },
  'repetitions are not recognised': {
    counting: run => withTransaction(run, inner => reading(inner, path => (isSeen(path) ? null : undefined))),
  },
  'the ledger is read outside the transaction': readOutside(isLedger),
  'repetitions are looked up outside the transaction': readOutside(isSeen),
  'the ledger is written after the commit': {
    counting: (run, fresh) => async program => {
      let entries: [string, Fields][] = [];
      const result = await run(inner => {
        entries = [];
        return program({
          ...inner,
          set: (path, fields) => {
            if (isLedger(path)) entries.push([path, fields]);
            else inner.set(path, fields);
          },
        });
      });
      for (const [path, fields] of entries) await fresh(async other => other.set(path, fields));
      return result;
    },
  },
  'closing seals nothing': {
    closing: run =>
      withTransaction(run, inner => ({
        ...inner,
        update: (path, { sealed: _, ...fields }) => inner.update(path, fields),
      })),
  },
  'closing seals only the lanes that exist': {
    counting: run =>
      withTransaction(run, inner => {
        let reads = 0;
        return {
          ...inner,
          read: async (paths, only) => {
            const documents = await inner.read(paths, only);
            // Heads and panes that are read for the sake of a missing lane: after the first request.
            if (reads++ === 0) return documents;
            return documents.map((fields, at) => {
              if (!fields) return fields;
              if (isPane(paths[at]!)) return { ...fields, final: false };
              return isHead(paths[at]!) ? { ...fields, sealed: false } : fields;
            });
          },
        };
      }),
  },
  'a pane is written without reading its lanes in the transaction': {
    closing: run => program => {
      // The lanes as some earlier moment had them; only the commit is a transaction.
      let stale: Map<string, Fields | undefined> | undefined;
      return run(async inner => {
        const known = stale ?? new Map<string, Fields | undefined>();
        stale = known;
        return program({
          ...inner,
          read: async paths => {
            const missing = paths.filter(path => !known.has(path));
            if (missing.length > 0) {
              const documents = await run(other => other.read(missing));
              for (const [at, path] of missing.entries()) known.set(path, documents[at]);
            }
            return paths.map(path => known.get(path));
          },
        });
      });
    },
  },
};

function withTransaction(run: RunTransaction, change: (inner: Transaction) => Transaction): RunTransaction {
  return program => run(inner => program(change(inner)));
}

/** Reads some paths as missing (null) and the others as they are (undefined). */
function reading(inner: Transaction, as: (path: string) => null | undefined): Transaction {
  return {
    ...inner,
    read: async (paths, only) => {
      const documents = await inner.read(paths, only);
      return documents.map((fields, at) => (as(paths[at]!) === null ? undefined : fields));
    },
  };
}
