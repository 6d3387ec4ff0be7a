import type { EventBatch } from '../../shared/batches/batch.ts';
import { type Origin, type Reject, rejectOf } from '../../shared/rejects/reject.ts';
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
    return [rejectOf('aggregate', batch.pipeline, reason, originOf(batch, index), event.data)];
  });
}

/** As enrich says it: a record of an upload is known by its place, a live one by its event. */
function originOf(batch: EventBatch, index: number): Origin {
  const event = batch.events[index]!;
  const { line, offset } = event as { line?: unknown; offset?: unknown };
  return {
    ...(batch.file && { file: batch.file }),
    ...(line !== undefined && { line: Number(line) }),
    ...(offset !== undefined && { offset: Number(offset) }),
    ...(batch.upload && { upload: batch.upload }),
    ...((!batch.upload || offset === undefined) && {
      batch: batch.id,
      eventSource: event.source,
      eventId: event.id,
    }),
  };
}
