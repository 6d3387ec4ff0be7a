import type { Upsert } from '../../shared/bigquery/upsert.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import { type Change, latestRow, sequenceOf } from '../../shared/mirrors/rows.ts';

/** What is written to the latest table for a change. A deleted document has no row, only the mark that it is gone. */
export function upsertOf(mirror: Mirror, change: Change): Upsert {
  const type = change.data === undefined ? 'DELETE' : 'UPSERT';
  return { type, sequence: sequenceOf(change), row: { ...latestRow(mirror, change) } };
}

/** Indexes of the last change of each document, by the time of their states. */
export function latestOf(changes: readonly Change[]): number[] {
  const last = new Map<string, number>();
  for (const [at, change] of changes.entries()) {
    const known = last.get(change.name);
    if (known === undefined || isLater(change, changes[known]!)) last.set(change.name, at);
  }
  return [...last.values()];
}

/** As BigQuery compares sequence numbers: section by section, as numbers. */
function isLater(a: Change, b: Change): boolean {
  if (a.stateTime !== b.stateTime) return a.stateTime > b.stateTime;
  return a.operation !== 'IMPORT' && b.operation === 'IMPORT';
}
