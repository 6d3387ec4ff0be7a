import type { Fields, RunTransaction, Transaction } from '../../shared/windows/transaction.ts';

interface Stored {
  readonly fields: Fields;
  readonly version: number;
}

/** Documents in memory with optimistic transactions: a snapshot to read from, checked and applied at the commit. */
export interface Memory {
  readonly documents: ReadonlyMap<string, Stored>;
  fields(path: string): Fields | undefined;
  /** Paths and fields below a collection. */
  collection(path: string): [path: string, fields: Fields][];
  /** A write that needs no transaction. */
  put(path: string, fields: Fields | undefined): void;
  /** Transactions that take turns with those of other actors. */
  transactions(turn: () => Promise<void>): RunTransaction;
}

type Write = (documents: Map<string, Stored>) => [path: string, fields: Fields | undefined];

export function memory(committed: (path: string, fields: Fields | undefined) => void): Memory {
  let documents = new Map<string, Stored>();
  let version = 0;

  function apply(writes: readonly Write[]): void {
    const next = new Map(documents);
    version++;
    const changes = writes.map(write => {
      const [path, fields] = write(next);
      if (fields) next.set(path, { fields, version });
      else next.delete(path);
      return [path, fields] as const;
    });
    documents = next;
    for (const [path, fields] of changes) committed(path, fields);
  }

  async function attempt<T>(
    program: (transaction: Transaction) => Promise<T>,
    turn: () => Promise<void>,
  ): Promise<{ result: T } | undefined> {
    let snapshot: ReadonlyMap<string, Stored> | undefined;
    const read = new Map<string, number | undefined>();
    const writes: Write[] = [];
    const result = await program({
      read: async (paths, only) => {
        await turn();
        snapshot ??= documents;
        return paths.map(path => {
          const stored = snapshot!.get(path);
          read.set(path, stored?.version);
          return stored && masked(stored.fields, only);
        });
      },
      set: (path, fields) => writes.push(() => [path, fields]),
      update: (path, fields) =>
        writes.push(now => {
          const before = now.get(path);
          if (!before) throw new Error(`No document to update: ${path}`);
          return [path, { ...before.fields, ...fields }];
        }),
      delete: path => writes.push(() => [path, undefined]),
    });
    if (writes.length === 0) return { result };
    await turn();
    for (const [path, seen] of read) if (documents.get(path)?.version !== seen) return undefined;
    apply(writes);
    await turn();
    return { result };
  }

  return {
    get documents() {
      return documents;
    },
    fields: path => documents.get(path)?.fields,
    collection: path => {
      const inside = (name: string): boolean =>
        name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes('/');
      return [...documents].flatMap(([name, { fields }]) => (inside(name) ? [[name, fields]] : []));
    },
    put: (path, fields) => apply([() => [path, fields]]),
    transactions: turn => async program => {
      for (;;) {
        const done = await attempt(program, turn);
        if (done) return done.result;
      }
    },
  };
}

function masked(fields: Fields, only: readonly string[] | undefined): Fields {
  return only ? Object.fromEntries(Object.entries(fields).filter(([name]) => only.includes(name))) : fields;
}
