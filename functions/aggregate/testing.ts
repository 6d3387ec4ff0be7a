import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import type { Pipeline, WindowSpec } from '../../shared/pipelines/pipeline.ts';
import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';

export const window: WindowSpec = {
  name: 'minute',
  size: 60,
  lateness: 0,
  retention: 60,
  lanes: 1,
  key: ['place'],
  values: { speed: ['speed'] },
};

export const pipeline: Pipeline = {
  name: 'traffic',
  description: '',
  version: 'v1',
  schema: {},
  time: { path: ['at'], unit: 'ms', maximalSkew: 0 },
  key: ['place'],
  joins: [],
  windows: [window],
  rules: [],
  feed: { sample: 0, ttl: 0, entities: false },
};

export function event(
  id: number,
  time: number,
  place: string,
  speed: unknown,
  more: object = {},
): PipelineEvent {
  return {
    specversion: '1.0',
    id: `${id}`,
    source: 'sensor',
    type: 't',
    time: new Date(time).toISOString(),
    partitionkey: place,
    data: { place, speed, ...more },
  };
}

export function batchOf(events: readonly PipelineEvent[], fields: Partial<EventBatch> = {}): EventBatch {
  return { id: 'b1', pipeline: 'traffic', version: 'v1', records: events.length, events, ...fields };
}

/** Documents of a store in which nothing happens at once. */
export function alone(): { documents: Map<string, Fields>; commits: number[]; run: RunTransaction } {
  const documents = new Map<string, Fields>();
  const commits: number[] = [];
  return {
    documents,
    commits,
    run: async program => {
      const writes: (() => void)[] = [];
      const result = await program({
        read: async paths => paths.map(path => documents.get(path)),
        set: (path, fields) => writes.push(() => documents.set(path, fields)),
        update: (path, fields) =>
          writes.push(() => documents.set(path, { ...documents.get(path), ...fields })),
        delete: path => writes.push(() => documents.delete(path)),
      });
      for (const write of writes) write();
      commits.push(writes.length);
      return result;
    },
  };
}
