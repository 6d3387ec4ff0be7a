import type { Fields, RunTransaction, Transaction } from '../../shared/windows/transaction.ts';
import type { Mutant } from './simulate.ts';

const isLedger = (path: string): boolean => path.includes('/keyLedger/');
const isGroup = (path: string): boolean => path.includes('/keyGroups/');

/** The same programs, each with the one mistake it is named for. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'there is no ledger': { applying: run => changed(run, inner => without(inner, isLedger)) },
  'the ledger is read outside the transaction': {
    applying: (run, fresh) => readingOutside(run, fresh, isLedger),
  },
  'keys are read outside the transaction': { applying: (run, fresh) => readingOutside(run, fresh, isGroup) },
  'the ledger is written after the commit': { applying: (run, fresh) => writingAfter(run, fresh, isLedger) },
  'a timer is taken out after the commit': { firing: (run, fresh) => writingAfter(run, fresh, isGroup) },
  'a timer is looked up outside the transaction': {
    firing: (run, fresh) => readingOutside(run, fresh, isGroup),
  },
  'messages go out before the commit': { publishesEarly: true },
  'messages are not durable before they are published': { noOutbox: true },
};

function changed(run: RunTransaction, change: (inner: Transaction) => Transaction): RunTransaction {
  return program => run(inner => program(change(inner)));
}

function without(inner: Transaction, concerned: (path: string) => boolean): Transaction {
  return {
    ...inner,
    read: async paths =>
      (await inner.read(paths)).map((fields, at) => (concerned(paths[at]!) ? undefined : fields)),
  };
}

/** Reads some documents in a transaction of their own, once. */
function readingOutside(
  run: RunTransaction,
  fresh: RunTransaction,
  concerned: (path: string) => boolean,
): RunTransaction {
  return program => {
    const seen = new Map<string, Fields | undefined>();
    return run(inner =>
      program({
        ...inner,
        read: async paths => {
          for (const path of paths.filter(concerned)) {
            if (!seen.has(path)) seen.set(path, (await fresh(other => other.read([path])))[0]);
          }
          const rest = await inner.read(paths.filter(path => !concerned(path)));
          return paths.map(path => (concerned(path) ? seen.get(path) : rest.shift()));
        },
      }),
    );
  };
}

/** Writes some documents in a transaction of their own, after the commit. */
function writingAfter(
  run: RunTransaction,
  fresh: RunTransaction,
  concerned: (path: string) => boolean,
): RunTransaction {
  return async program => {
    let later: [string, Fields][] = [];
    const result = await run(inner => {
      later = [];
      return program({
        ...inner,
        set: (path, fields) => (concerned(path) ? void later.push([path, fields]) : inner.set(path, fields)),
      });
    });
    for (const [path, fields] of later) await fresh(async other => other.set(path, fields));
    return result;
  };
}
