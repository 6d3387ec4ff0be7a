import { describe, expect, it } from 'vitest';
import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { routed, topicsOf } from './routes.ts';

const event = (id: string, data: Record<string, unknown>): PipelineEvent => ({
  specversion: '1.0',
  id,
  source: 's',
  type: 't',
  time: '2026-11-21T13:00:00.000Z',
  partitionkey: 'k',
  data,
});
const batch: EventBatch = {
  id: 'upload.7',
  pipeline: 'p',
  version: 'v',
  upload: 'upload',
  records: 9,
  events: [event('1', { size: 5 }), event('2', { size: 50 }), event('3', {}), event('4', { size: 500 })],
};

it('All events go to events, and to the steps that their pipeline asks for, and to no other', () => {
  const pipeline = { name: 'p' } as Pipeline;
  const warehouse = { partitioning: 'DAY', clustering: [] } as unknown as NonNullable<Pipeline['warehouse']>;
  const intervalJoins = [{ name: 'pairs' }] as unknown as NonNullable<Pipeline['intervalJoins']>;
  expect(topicsOf(pipeline)).toEqual(['events']);
  expect(topicsOf({ ...pipeline, intervalJoins: [] })).toEqual(['events']);
  expect(topicsOf({ ...pipeline, warehouse, intervalJoins })).toEqual([
    'events',
    'events-to-join',
    'events-to-warehouse',
  ]);
});

describe('a routed batch', () => {
  it('has the events that its expression takes, in their order, under an id of its own', () => {
    const [large, ...more] = routed(batch, [{ topic: 'large', when: 'data.size >= 50' }]);
    expect(more).toEqual([]);
    expect(large).toEqual({
      topic: 'large',
      batch: { ...batch, id: 'upload.7.large', records: 2, events: [batch.events[1], batch.events[3]] },
    });
  });

  it('is the same at every delivery, also where an event goes to several topics', () => {
    const routes = [
      { topic: 'all', when: 'true' },
      { topic: 'large', when: 'data.size >= 50 && time.getHours() == 13 && key == "k"' },
    ];
    expect(routed(batch, routes)).toEqual(routed(batch, routes));
    expect(routed(batch, routes).map(({ topic, batch }) => [topic, batch.events.length])).toEqual([
      ['all', 4],
      ['large', 2],
    ]);
  });

  it('is none where no event is left, or none has the field', () => {
    expect(routed(batch, [{ topic: 'large', when: 'data.size > 1000' }])).toEqual([]);
    expect(routed(batch, [{ topic: 'large', when: 'data.other == 1' }])).toEqual([]);
    expect(routed({ ...batch, events: [] }, [{ topic: 'all', when: 'true' }])).toEqual([]);
    expect(routed(batch)).toEqual([]);
  });
});
