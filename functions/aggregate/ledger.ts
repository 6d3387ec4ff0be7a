import type { EventBatch } from '../../shared/batches/batch.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { type Fields, millisOf } from '../../shared/windows/transaction.ts';

/** An event that came for a window which had closed. */
export interface LateEvent {
  /** Index into the batch. */
  readonly event: number;
  readonly window: string;
  /** Start of the window, ms. */
  readonly start: number;
}

/**
 * A batch has been counted, or its first `counted` events have: `_millrace/aggregate/ledger/{batchid}`. It keeps which
 * events were late, so that every delivery of the batch sends the same ones to the dead letters: a crash between the
 * commit and the publishing loses none.
 */
export interface LedgerEntry {
  readonly pipeline: string;
  readonly upload: string | null;
  readonly records: number;
  readonly counted: number;
  /** All events are counted: entries without it are of no account to an upload. */
  readonly complete: boolean;
  readonly accepted: number;
  /** Records that did not get here: earlier steps have rejected them. */
  readonly rejected: number;
  readonly late: number;
  /** Events that an earlier batch or upload had brought. */
  readonly repeated: number;
  readonly lateEvents: readonly LateEvent[];
  /** ms. */
  readonly at: number;
  /** When the entry may go: by then the windows it counted in are sealed, and a replay is late. ms. */
  readonly expireAt: number;
}

/** Batch ids from outside may hold anything; ours are document ids as they are. */
export function ledgerPath(batch: string): string {
  return `_millrace/aggregate/ledger/${/^[A-Za-z0-9][\w.-]{0,199}$/.test(batch) ? batch : `x-${idOf(batch)}`}`;
}

export function ledgerFields(entry: LedgerEntry): Fields {
  return { ...entry, at: new Date(entry.at), expireAt: new Date(entry.expireAt) };
}

export function ledgerOf(fields: Fields): LedgerEntry {
  return {
    ...(fields as unknown as LedgerEntry),
    at: millisOf(fields['at']),
    expireAt: millisOf(fields['expireAt']),
  };
}

/** The entry once the events before `counted` are counted, with those of them that were late. */
export function ledgerAfter(
  batch: EventBatch,
  before: LedgerEntry | undefined,
  counted: number,
  late: readonly LateEvent[],
  repeatedNow: number,
  at: number,
  expireAt: number,
): LedgerEntry {
  const lateEvents = [...(before?.lateEvents ?? []), ...late];
  // An event may be late in one window and in time in another: to its upload it is late.
  const repeated = (before?.repeated ?? 0) + repeatedNow;
  const lateCount = new Set(lateEvents.map(({ event }) => event)).size;
  return {
    pipeline: batch.pipeline,
    upload: batch.upload ?? null,
    records: batch.records,
    counted,
    complete: counted === batch.events.length,
    accepted: counted - lateCount - repeated,
    rejected: batch.records - batch.events.length,
    late: lateCount,
    repeated,
    lateEvents,
    at,
    expireAt,
  };
}
