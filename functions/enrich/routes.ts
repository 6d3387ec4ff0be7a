import type { EventBatch } from '../../shared/batches/batch.ts';
import { eventCondition } from '../../shared/expressions/expression.ts';
import type { Pipeline, Route } from '../../shared/pipelines/pipeline.ts';

/** What goes to a topic besides `events`. */
export interface Routed {
  readonly topic: string;
  readonly batch: EventBatch;
}

/** Steps that few pipelines ask for have topics of their own: who does not ask pays for no delivery to them. */
const ASKED: readonly (readonly [topic: string, asks: (pipeline: Pipeline) => boolean])[] = [
  ['events-to-join', ({ intervalJoins = [] }) => intervalJoins.length > 0],
  ['events-to-warehouse', ({ warehouse }) => warehouse !== undefined],
];

/** The topics that all events of a pipeline go to. */
export function topicsOf(pipeline: Pipeline): string[] {
  return ['events', ...ASKED.filter(([, asks]) => asks(pipeline)).map(([topic]) => topic)];
}

/**
 * The events of a batch that a pipeline's routes send elsewhere as well, in their order; nothing for a topic that gets none.
 * A routed batch has an id of its own, derived from the batch and the topic, and as many records as events: whoever reads
 * the topic need not know of the others.
 */
export function routed(batch: EventBatch, routes: readonly Route[] = []): Routed[] {
  return routes.flatMap(({ topic, when }) => {
    const holds = eventCondition(when);
    const events = batch.events.filter(event => holds(event, Date.parse(event.time)));
    if (events.length === 0) return [];
    return [{ topic, batch: { ...batch, id: `${batch.id}.${topic}`, records: events.length, events } }];
  });
}
