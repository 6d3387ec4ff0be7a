import { decodeState, encodeState, mergeState } from '../../shared/streams/state.ts';
import {
  type Fields,
  millisOf,
  type RunTransaction,
  type Transaction,
} from '../../shared/windows/transaction.ts';
import type { Kind } from './forms.ts';
import type { Mutant } from './simulate.ts';

const isLedger = (path: string): boolean => path.startsWith('_millrace/aggregate/ledger/');
const isSeen = (path: string): boolean => path.startsWith('_millrace/aggregate/seen/');
const isPane = (path: string): boolean => path.startsWith('windows/');
const isChunk = (path: string): boolean => path.includes('/chunks/c');
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
  'a lane is read outside the transaction': readOutside(path => isLane(path)),
  'segments that have been merged are counted again': {
    counting: run =>
      watching(run, (inner, known) => ({
        ...inner,
        set: (path, fields) => {
          const merged = [...known.keys()].flatMap(name =>
            name.startsWith(`${path}/chunks/c`) ? [name.slice(`${path}/chunks/c`.length)] : [],
          );
          const chunks = fields['chunks'] as readonly string[] | undefined;
          inner.set(path, chunks ? { ...fields, chunks: [...chunks, ...merged] } : fields);
        },
        delete: path => {
          if (!isChunk(path)) inner.delete(path);
        },
      })),
  },
  'segments are deleted before the commit that merges them': {
    counting: (run, fresh) => program =>
      run(async inner => {
        const deleted: string[] = [];
        const result = await program({
          ...inner,
          delete: path => {
            if (isChunk(path)) deleted.push(path);
            else inner.delete(path);
          },
        });
        if (deleted.length > 0) {
          await fresh(async other => {
            for (const path of deleted) other.delete(path);
          });
        }
        return result;
      }),
  },
  'what lies inline beside segments is not shown': {
    closing: run =>
      withTransaction(run, inner => ({
        ...inner,
        read: async (paths, only) => {
          const documents = await inner.read(paths, only);
          return documents.map(fields => {
            const chunks = fields?.['chunks'] as readonly string[] | undefined;
            return chunks?.length ? { ...fields, state: new Uint8Array() } : fields;
          });
        },
      })),
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

/** Mistakes that only one kind of window can make. */
export const MUTANTS_OF: Readonly<Partial<Record<Kind, Readonly<Record<string, Mutant>>>>> = {
  sliding: {
    'a slice is sealed with the first of its windows': {
      closing: run =>
        watching(run, (inner, known) => ({
          ...inner,
          set: (path, fields) => {
            inner.set(path, fields);
            if (!isPane(path) || !fields['final']) return;
            for (const [lane, { start }] of known) {
              if (!isLane(lane) || !isWithin(millisOf(start), fields)) continue;
              inner.update(lane, { sealed: true, state: new Uint8Array(), chunks: [] });
            }
          },
        })),
    },
    'a slice is taken in though only some of its windows have been looked at': {
      closing: run =>
        withTransaction(run, inner => ({
          ...inner,
          update: (path, fields) => inner.update(path, isLane(path) ? { ...fields, dirty: false } : fields),
          set: (path, fields) => {
            // As if the window had never been there: nobody shows it again unless its slices ask for it.
            if (!isPane(path) || fields['timing'] !== 'late') inner.set(path, fields);
          },
        })),
    },
  },
  session: {
    'what goes on is added to what was carried before': {
      closing: run =>
        watching(run, (inner, known) => ({
          ...inner,
          set: (path, fields) => {
            const before = known.get(path)?.['state'] as Uint8Array | undefined;
            if (!path.endsWith('~carry') || !before) return inner.set(path, fields);
            const both = decodeState(fields['state'] as Uint8Array);
            mergeState(both, decodeState(before));
            inner.set(path, { ...fields, state: encodeState(both) });
          },
        })),
    },
    'what goes on is carried in a transaction of its own': {
      closing: (run, fresh) => async program => {
        let carries: [string, Fields][] = [];
        const result = await run(inner => {
          carries = [];
          return program({
            ...inner,
            set: (path, fields) => {
              if (path.endsWith('~carry')) carries.push([path, fields]);
              else inner.set(path, fields);
            },
          });
        });
        for (const [path, fields] of carries) await fresh(async other => other.set(path, fields));
        return result;
      },
    },
    'a slice closes before the one before it': {
      closing: run =>
        watching(run, (inner, known) => ({
          ...inner,
          read: async (paths, only) => {
            const first = known.size === 0;
            const documents = await inner.read(paths, only);
            // A slice's transaction begins with the head of the slice before it.
            return first && documents[0]
              ? [{ ...documents[0], sealed: true }, ...documents.slice(1)]
              : documents;
          },
        })),
    },
  },
  discarding: {
    'what is shown stays in its lanes': {
      closing: run =>
        withTransaction(run, inner => ({
          ...inner,
          update: (path, fields) =>
            inner.update(path, fields['sealed'] ? fields : without(fields, 'state', 'chunks')),
        })),
    },
  },
};

const isLane = (path: string): boolean => path.startsWith('_millrace/aggregate/lanes/');

function isWithin(moment: number, { start, end }: Fields): boolean {
  return moment >= millisOf(start) && moment < millisOf(end);
}

function without(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** Changes a transaction that knows what it has read so far. */
function watching(
  run: RunTransaction,
  change: (inner: Transaction, known: ReadonlyMap<string, Fields>) => Transaction,
): RunTransaction {
  return withTransaction(run, inner => {
    const known = new Map<string, Fields>();
    const changed = change(inner, known);
    return {
      ...changed,
      read: async (paths, only) => {
        const documents = await changed.read(paths, only);
        for (const [at, fields] of documents.entries()) if (fields) known.set(paths[at]!, fields);
        return documents;
      },
    };
  });
}

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
