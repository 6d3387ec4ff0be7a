import type { Firestore } from '@google-cloud/firestore';

/** A document's fields: points in time as Date going in, as a Firestore Timestamp coming out. */
export type Fields = Record<string, unknown>;

/** What the transaction programs need of a store; all reads come before the first write. */
export interface Transaction {
  /**
   * Documents by path, undefined where there is none.
   * @param only fields to bring; all where left out
   */
  read(paths: readonly string[], only?: readonly string[]): Promise<(Fields | undefined)[]>;
  /** Replaces or creates a document. */
  set(path: string, fields: Fields): void;
  /** Replaces some fields of a document that exists. */
  update(path: string, fields: Fields): void;
  delete(path: string): void;
}

/** Runs a program until it has been committed without a conflict; its writes apply all or none. */
export type RunTransaction = <T>(program: (transaction: Transaction) => Promise<T>) => Promise<T>;

export function transactionsOf(firestore: Firestore): RunTransaction {
  return program =>
    firestore.runTransaction(transaction =>
      program({
        read: async (paths, only) => {
          if (paths.length === 0) return [];
          const documents = paths.map(path => firestore.doc(path));
          const snapshots = await transaction.getAll(
            ...documents,
            ...(only ? [{ fieldMask: [...only] }] : []),
          );
          return snapshots.map(snapshot => snapshot.data());
        },
        set: (path, fields) => void transaction.set(firestore.doc(path), fields),
        update: (path, fields) => void transaction.update(firestore.doc(path), fields),
        delete: path => void transaction.delete(firestore.doc(path)),
      }),
    );
}

/** ms since the epoch of a stored point in time. */
export function millisOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : (value as { toMillis(): number }).toMillis();
}
