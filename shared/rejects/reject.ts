import type { EventBatch, PipelineEvent } from '../batches/batch.ts';
import { idOf } from '../ids/ids.ts';

/** Where a refused record stood, as far as known. */
export interface Origin {
  /** gs://BUCKET/NAME of the uploaded file. */
  readonly file?: string;
  /** 1-based line of the record's first character. */
  readonly line?: number;
  /** Byte of the (decompressed) file at which the record begins. */
  readonly offset?: number;
  /** uploads/{id}. */
  readonly upload?: string;
  /** The batch it came in; a message without a batch id is known by its own. */
  readonly batch?: string;
  /** Identity of the event, where it had one already. */
  readonly eventSource?: string;
  readonly eventId?: string;
}

/** One record that a step refused for good: what deadLetters/{id} says. */
export interface Reject {
  /** Derived from step and origin: the same refusal, however often it is delivered, is one document. */
  readonly id: string;
  readonly step: string;
  readonly pipeline: string;
  readonly reason: string;
  readonly origin: Origin;
  /** What was refused: at most 1 KiB of text. */
  readonly excerpt: string;
}

const EXCERPT_LENGTH = 1024;

export function rejectOf(
  step: string,
  pipeline: string,
  reason: string,
  origin: Origin,
  what: unknown,
): Reject {
  // A record of an upload is known by its place: the batch around it is not part of what it is.
  const identity = [origin.upload, origin.offset, origin.batch, origin.eventSource, origin.eventId];
  const text = typeof what === 'string' ? what : (JSON.stringify(what) ?? '');
  return {
    id: idOf(step, pipeline, ...identity.map(part => String(part ?? ''))),
    step,
    pipeline,
    reason,
    origin,
    excerpt: text.slice(0, EXCERPT_LENGTH),
  };
}

/** Where an event of a batch came from, as enrich says it: a record of an upload is known by its place, a live one by its event. */
export function originOfEvent(batch: EventBatch, event: PipelineEvent): Origin {
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
