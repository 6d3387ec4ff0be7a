import type { CloudEventV1 } from 'cloudevents';

/**
 * What travels between the steps: some events of one pipeline, in one Pub/Sub message.
 * The id is derived (upload and position, or the event's own identity), so a retried step makes the same batch again.
 */
export interface EventBatch<Event = PipelineEvent> {
  readonly id: string;
  readonly pipeline: string;
  /** Hash of the compiled pipeline and its reference data; every step obeys it, so that a retry never differs. */
  readonly version: string;
  /** The upload (uploads/{id}) that the events are from: a bounded source. Undefined for live messages. */
  readonly upload?: string;
  /** gs://BUCKET/NAME of that upload, for messages to people. */
  readonly file?: string;
  /** How many records the batch began with; what is missing in `events` has been rejected on the way. */
  readonly records: number;
  readonly traceparent?: string;
  readonly events: readonly Event[];
}

/** An event as it comes in: identity is `source` + `id`; `data` is the record as read. */
export type RawEvent = CloudEventV1<unknown>;

/** An event past `enrich`: it has a time and a key, and its data fits the pipeline's schema. */
export interface PipelineEvent extends CloudEventV1<Record<string, unknown>> {
  /** Event time, RFC 3339 UTC with milliseconds. */
  readonly time: string;
  /** What the pipeline groups by; the CloudEvents partitioning extension. */
  readonly partitionkey: string;
  readonly data: Record<string, unknown>;
}
