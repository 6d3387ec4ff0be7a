import type { EventBatch, PipelineEvent, RawEvent } from '../../shared/batches/batch.ts';
import { eventBatchId } from '../../shared/batches/codec.ts';
import { valueAt } from '../../shared/pipelines/path.ts';
import type { Join, Pipeline } from '../../shared/pipelines/pipeline.ts';
import { type Reject, rejectOf } from '../../shared/rejects/reject.ts';
import type { RawBatch } from '../../shared/step/step.ts';
import { eventTime } from './event-time.ts';
import type { ReferenceTable } from './table.ts';

/** Says what is wrong with a record, or nothing when it fits the pipeline's schema. */
export type Validate = (data: unknown) => string | undefined;

/** The rows to join with, one table a join of the pipeline. */
export type Tables = ReadonlyMap<Join, ReferenceTable>;

export interface Enriched {
  readonly batch: EventBatch;
  readonly rejected: readonly Reject[];
}

/**
 * Turns records as read into events of their pipeline: checked, timed, keyed, joined. What does not fit is rejected with
 * its reason; the rest goes on, in its order, in a batch of the same id.
 * One message's single event is then known by the identity that the pipeline declares. Judged by the clock of the
 * message's publishing, so that every delivery comes to the same result.
 */
export function enrich(raw: RawBatch, pipeline: Pipeline, validate: Validate, tables: Tables): Enriched {
  const now = new Date(raw.published);
  const accepted: PipelineEvent[] = [];
  const rejected: Reject[] = [];
  for (const event of raw.events) {
    const result = enrichEvent(event, pipeline, validate, tables, now);
    if (typeof result === 'string') rejected.push(rejectEvent(raw, event, result));
    else accepted.push(result);
  }
  const { single, published: _, ...batch } = raw;
  const first = accepted[0];
  const id = single && first ? eventBatchId(first) : batch.id;
  return { batch: { ...batch, id, events: accepted }, rejected };
}

function enrichEvent(
  event: RawEvent,
  pipeline: Pipeline,
  validate: Validate,
  tables: Tables,
  now: Date,
): PipelineEvent | string {
  const wrong = validate(event.data);
  if (wrong) return wrong;
  const record = event.data as Record<string, unknown>;
  const time = eventTime(valueAt(record, pipeline.time.path), pipeline.time, now);
  if ('reason' in time) return time.reason;
  const key = valueAt(record, pipeline.key);
  const id = pipeline.id && valueAt(record, pipeline.id);
  if (pipeline.id && !isName(id))
    return `The id that the pipeline declares is ${JSON.stringify(id) ?? 'missing'}.`;
  const data = { ...record };
  for (const join of pipeline.joins) {
    const value = valueAt(record, join.on);
    const row = tables.get(join)?.get(String(value));
    if (!row && join.missing === 'reject')
      return `${join.reference} has no row for ${JSON.stringify(value)}.`;
    data[join.as] = row ?? null;
  }
  return {
    ...event,
    ...(pipeline.id && { id: String(id), source: `/pipelines/${pipeline.name}` }),
    time: time.time,
    partitionkey: keyText(key),
    data,
  };
}

function rejectEvent(batch: EventBatch<RawEvent>, event: RawEvent, reason: string): Reject {
  const line = event['line'];
  const origin = {
    ...(batch.file && { file: batch.file }),
    ...(line !== undefined && { line: Number(line) }),
    ...(batch.upload && { upload: batch.upload }),
    eventSource: event.source,
    eventId: event.id,
  };
  return rejectOf('enrich', batch.pipeline, reason, origin, event.data);
}

function isName(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

/** A key is text; a record without one belongs to the empty key, with all others of its kind. */
function keyText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
