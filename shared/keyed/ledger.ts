import { type Fields, millisOf } from '../windows/transaction.ts';

/**
 * A batch has been given to its keys, or its first `done` events have: `_millrace/{step}/keyLedger/{operator}~{batchid}`. It
 * keeps what was refused and which messages came of it, so that every delivery of the batch tells the same.
 */
export interface LedgerEntry {
  /** Events in the order of their keys' hashes. */
  readonly done: number;
  readonly complete: boolean;
  /** Paths of messages that may not have been published yet. */
  readonly outbox: readonly string[];
  readonly refused: readonly Refused[];
  /** When the entry may go, ms. */
  readonly expireAt: number;
}

export interface Refused {
  /** Index into the batch. */
  readonly event: number;
  readonly reason: string;
}

export function ledgerFields(entry: LedgerEntry): Fields {
  return { ...entry, expireAt: new Date(entry.expireAt) };
}

export function ledgerFrom(fields: Fields): LedgerEntry {
  return { ...(fields as unknown as LedgerEntry), expireAt: millisOf(fields['expireAt']) };
}
