import type { EventBatch } from '../../shared/batches/batch.ts';
import { originOfEvent, type Reject, rejectOf } from '../../shared/rejects/reject.ts';
import type { LedgerEntry } from './ledger.ts';

/** The late events of a batch as dead letters, one an event: the same ones at every delivery. */
export function lateRejects(batch: EventBatch, { lateEvents }: LedgerEntry): Reject[] {
  const windows = new Map<number, string[]>();
  for (const { event, window, start } of lateEvents) {
    const names = windows.get(event) ?? [];
    names.push(`${window} from ${new Date(start).toISOString()}`);
    windows.set(event, names);
  }
  return [...windows].flatMap(([index, names]) => {
    const event = batch.events[index];
    if (!event) return [];
    const reason = `Late: it belongs to ${names.join(' and ')}, which had closed before it came.`;
    return [rejectOf('aggregate', batch.pipeline, reason, originOfEvent(batch, event), event.data)];
  });
}
