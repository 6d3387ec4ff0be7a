import { countBatch, LIMITS } from '../../functions/aggregate/aggregate.ts';
import { tick } from '../../functions/tick/tick.ts';
import type { PipelineEvent } from '../../shared/batches/batch.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Fields } from '../../shared/windows/transaction.ts';
import { memory } from './memory.ts';
import { memoryTickStore } from './tick-store.ts';

/** The two steps on documents in memory, where one thing happens after the other. */
export function world(start: number, limits = LIMITS) {
  const committed: [path: string, fields: Fields | undefined][] = [];
  const store = memory((path, fields) => committed.push([path, fields]));
  const now = async (): Promise<void> => {};
  const run = store.transactions(now);
  const clock = { now: start };
  let batches = 0;
  return {
    store,
    clock,
    committed,
    /** Counts events as one live batch, or as one of an upload. @returns what the ledger says of it */
    count: async (pipeline: Pipeline, events: readonly PipelineEvent[], upload?: string) => {
      const { name, version } = pipeline;
      const batch = { id: `batch-${batches++}`, pipeline: name, version, records: events.length, events };
      return (await countBatch(run, { ...batch, ...(upload && { upload }) }, pipeline, clock.now, limits))
        .entry;
    },
    tick: async () => {
      const { failures, ...done } = await tick(memoryTickStore(store, run, now), () => clock.now);
      if (failures.length > 0) throw failures[0];
      return done;
    },
    /** Panes by what follows `windows/PIPELINE/panes/`. */
    panes: (pipeline: string): Record<string, Fields> =>
      Object.fromEntries(
        store
          .collection(`windows/${pipeline}/panes`)
          .map(([path, fields]) => [path.split('/').at(-1)!, fields]),
      ),
  };
}
