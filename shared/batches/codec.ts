import { PermanentError } from '../errors/errors.ts';
import { idOf } from '../ids/ids.ts';
import type { EventBatch, RawEvent } from './batch.ts';
import { compressed, contentOf } from './compression.ts';

/** Limits of one message: Eventarc takes 512 KB with the data in base64. */
export const MAX_BATCH_EVENTS = 500;
export const MAX_BATCH_BYTES = 350 * 1024;

const BATCH = 'application/cloudevents-batch+json';
const STRUCTURED = 'application/cloudevents+json';
const CONTENT_TYPE = 'content-type';
/** Attribute values end at 1,024 bytes. */
const MAX_ATTRIBUTE = 1000;

/** What a publisher sends. */
export interface OutgoingMessage {
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
}

/** What a subscriber gets, decoded from the push body. */
export interface IncomingMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** RFC 3339. */
  readonly publishTime: string;
}

/** A message before anybody has looked up its pipeline: the version is known only if a step has stamped it. */
export type IncomingBatch = Omit<EventBatch<RawEvent>, 'version' | 'events'> & {
  readonly version: string | undefined;
  /** Parses the events, once: not every step needs those of every batch. @throws PermanentError naming what is wrong */
  readonly events: () => readonly RawEvent[];
  /** Whether the batch is one message's single event, whose identity may yet be declared by the pipeline. */
  readonly single: boolean;
  /** RFC 3339: the clock by which the batch is judged, since it reads the same at every delivery. */
  readonly published: string;
};

/**
 * A batch as messages: one, or several where its events have grown over the limit. Parts have ids of their own and share
 * out the records, so that whoever sums up records still comes to the whole.
 * @param events JSON already, so that nothing is serialised twice
 */
export function encodeBatch(
  batch: Omit<EventBatch<unknown>, 'events'>,
  events: readonly string[],
): OutgoingMessage[] {
  const whole = bodyOf(events);
  // Mostly nothing has to be cut: then the events need not be measured one by one.
  if (whole.length - 1 <= MAX_BATCH_BYTES && events.length <= MAX_BATCH_EVENTS)
    return [compressed({ data: whole, attributes: attributesOf(batch) })];
  const parts = partition(events);
  return parts.map((part, index) => {
    const missing = batch.records - events.length;
    const records = part.length + (index === 0 ? missing : 0);
    const id = parts.length === 1 ? batch.id : `${batch.id}-${index}`;
    return compressed({ data: bodyOf(part), attributes: attributesOf({ ...batch, id, records }) });
  });
}

function bodyOf(events: readonly string[]): Buffer {
  return Buffer.from(`[${events.join(',')}]`);
}

function partition(events: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event) + 1;
    const part = parts.at(-1)!;
    if (part.length > 0 && (bytes + size > MAX_BATCH_BYTES || part.length === MAX_BATCH_EVENTS)) {
      parts.push([event]);
      bytes = size;
    } else {
      part.push(event);
      bytes += size;
    }
  }
  return parts;
}

function attributesOf(batch: Omit<EventBatch<unknown>, 'events'>): Record<string, string> {
  return {
    [CONTENT_TYPE]: BATCH,
    batchid: batch.id,
    pipeline: batch.pipeline,
    version: batch.version,
    records: String(batch.records),
    ...(batch.upload && { upload: batch.upload }),
    ...(batch.file && { file: truncated(batch.file) }),
    ...(batch.traceparent && { traceparent: batch.traceparent }),
  };
}

/**
 * Reads a message in any of its four forms: a CloudEvents batch, one structured or binary CloudEvent
 * ({@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md} in spirit:
 * `ce-` attributes), or plain JSON, which is wrapped with the message's own id: a weaker identity, since a publisher's
 * retry gets a new one.
 * @throws PermanentError naming what is wrong with the message
 */
export function decodeBatch(message: IncomingMessage): IncomingBatch {
  const { attributes } = message;
  const form = attributes[CONTENT_TYPE]?.split(';')[0]?.trim() ?? '';
  const single = form !== BATCH;
  let parsed: readonly RawEvent[] | undefined;
  const events = (): readonly RawEvent[] => {
    parsed ??= single ? [singleEvent(message, form)] : batchEvents(message);
    return parsed;
  };
  const pipeline = attributes['pipeline'] ?? (events()[0]?.['pipeline'] as string | undefined);
  if (!pipeline) throw new PermanentError('The message names no pipeline. Set its attribute `pipeline`.');
  return {
    id: attributes['batchid'] ?? identityOf(events(), single),
    pipeline,
    version: attributes['version'],
    ...(attributes['upload'] && { upload: attributes['upload'] }),
    ...(attributes['file'] && { file: attributes['file'] }),
    ...(attributes['traceparent'] && { traceparent: attributes['traceparent'] }),
    records: attributes['records'] ? Number(attributes['records']) : events().length,
    events,
    single,
    published: message.publishTime,
  };
}

/** The id of a batch that is one live event: the event's own identity, so that its repetition is the same batch. */
export function eventBatchId(event: { readonly source: string; readonly id: string }): string {
  return `e-${idOf(event.source, event.id)}`;
}

/** A batch that brings no id of its own is known by the events in it. */
function identityOf(events: readonly RawEvent[], single: boolean): string {
  const [first] = events;
  if (single && first) return eventBatchId(first);
  return `b-${idOf(...events.flatMap(event => [event.source, event.id]))}`;
}

function batchEvents(message: IncomingMessage): RawEvent[] {
  const value = parse(message);
  if (!Array.isArray(value))
    throw new PermanentError('A CloudEvents batch is a JSON array; this is not one.');
  if (value.length > MAX_BATCH_EVENTS) {
    throw new PermanentError(
      `The batch holds ${value.length} events; at most ${MAX_BATCH_EVENTS} are taken.`,
    );
  }
  for (const [index, event] of value.entries()) checkEvent(event, () => `event ${index} of the batch`);
  return value as RawEvent[];
}

function singleEvent(message: IncomingMessage, form: string): RawEvent {
  if (form === STRUCTURED) return checkedEvent(parse(message));
  const { attributes } = message;
  if (attributes['ce-specversion']) {
    const event: Record<string, unknown> = { data: parse(message) };
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('ce-')) event[name.slice(3)] = value;
    }
    return checkedEvent(event);
  }
  return {
    specversion: '1.0',
    id: message.messageId,
    source: '//pubsub.googleapis.com/messages',
    type: 'millrace.event',
    time: message.publishTime,
    data: parse(message),
  };
}

function parse(message: IncomingMessage): unknown {
  try {
    return JSON.parse(contentOf(message).toString('utf8'));
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    throw new PermanentError(`The message is not JSON: ${(error as Error).message}`);
  }
}

const REQUIRED = ['id', 'source', 'type'] as const;

function checkEvent(value: unknown, what: () => string): asserts value is RawEvent {
  const event = value as Partial<RawEvent> | null;
  for (const attribute of REQUIRED) {
    if (typeof event?.[attribute] !== 'string' || event[attribute] === '') {
      throw new PermanentError(`CloudEvents 1.0 asks for \`${attribute}\`, which ${what()} lacks.`);
    }
  }
}

function checkedEvent(value: unknown): RawEvent {
  checkEvent(value, () => 'the event');
  return value;
}

function truncated(value: string): string {
  const bytes = Buffer.from(value);
  return bytes.length <= MAX_ATTRIBUTE ? value : `${bytes.subarray(0, MAX_ATTRIBUTE).toString('utf8')}…`;
}
