import { randomUUID } from 'node:crypto';
import type { RawEvent } from '../../shared/batches/batch.ts';
import { MAX_BATCH_BYTES } from '../../shared/batches/codec.ts';
import { fromBinaryHeaders } from '../../shared/events/cloudevent.ts';
import { valueAt } from '../../shared/pipelines/path.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { Refusal } from '../../shared/step/refusal.ts';
import type { HttpRequest } from '../../shared/step/request.ts';

/** What a request asks for. */
export interface Published {
  readonly pipeline: string;
  readonly events: readonly RawEvent[];
}

type Attributes = Readonly<Record<string, unknown>>;
type Read = (request: HttpRequest) => readonly RawEvent[];

const CLOUDEVENTS = 'See https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md.';

/** What a body of a media type holds; where `ce-` headers are there as well, the body of any JSON type is one event's data. */
const READERS: Readonly<Record<string, Read>> = {
  'application/cloudevents+json': ({ body }) => [cloudEvent(parse(body.toString('utf8'), 'The body'), '')],
  'application/cloudevents-batch+json': ({ body }) =>
    listOf(parse(body.toString('utf8'), 'The body')).map((event, at) => cloudEvent(event, `[${at}].`)),
  'application/json': request => {
    const value = parse(request.body.toString('utf8'), 'The body');
    return (Array.isArray(value) ? value : [value]).map((record, at) =>
      wrapped(request, record, at, Array.isArray(value) ? `[${at}]` : 'The body'),
    );
  },
  'application/x-ndjson': request =>
    request.body
      .toString('utf8')
      .split('\n')
      .flatMap((line, at) =>
        line.trim() === '' ? [] : [wrapped(request, parse(line, `Line ${at + 1}`), at, `Line ${at + 1}`)],
      ),
};

/**
 * Reads a request's events: CloudEvents in any of the three modes of
 * {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md}, or plain records
 * as JSON or NDJSON. The pipeline is the path's, else the events' attribute `pipeline`.
 * @throws Refusal 400 naming what is wrong, 413 for an event too large, 415 for another media type
 */
export function readRequest(request: HttpRequest): Published {
  const events = readerOf(request)(request);
  if (events.length === 0) throw new Refusal(400, 'The request holds no event.');
  const path = pathSegment(request.path);
  for (const [at, event] of events.entries()) {
    const own = event['pipeline'] ?? path;
    const first = events[0]!['pipeline'] ?? path;
    if (own === first && (path === undefined || own === path)) continue;
    const place = events.length === 1 ? 'pipeline' : `[${at}].pipeline`;
    throw new Refusal(
      400,
      `${place} is ${JSON.stringify(own)}, where the request is for ${JSON.stringify(path ?? first)}.`,
    );
  }
  const pipeline = path ?? events[0]!['pipeline'];
  if (typeof pipeline !== 'string' || pipeline === '') {
    throw new Refusal(400, 'No pipeline is named. POST to /PIPELINE, or set the attribute `pipeline`.');
  }
  return { pipeline, events };
}

function readerOf({ headers }: HttpRequest): Read {
  const type = String(headers['content-type'] ?? '')
    .split(';')[0]!
    .trim()
    .toLowerCase();
  if (headers['ce-specversion'] !== undefined || headers['ce-id'] !== undefined) {
    if (/^application\/(.+\+)?json$/.test(type)) return request => [binary(request)];
    throw new Refusal(415, `content-type is "${type}". Data must be JSON, such as application/json.`);
  }
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (reader) return reader;
  throw new Refusal(415, `content-type is "${type}". Expected one of ${Object.keys(READERS).join(', ')}.`);
}

function binary({ headers, body }: HttpRequest): RawEvent {
  const { datacontenttype: _, ...attributes } = fromBinaryHeaders(headers);
  return cloudEvent({ ...attributes, data: parse(body.toString('utf8'), 'The body') }, 'ce-');
}

/** @param place what stands before an attribute's name where it is told */
function cloudEvent(value: unknown, place: string): RawEvent {
  if (!isObject(value))
    throw new Refusal(400, `${place.slice(0, -1) || 'The body'} is no CloudEvent. ${CLOUDEVENTS}`);
  if (value['specversion'] !== '1.0') {
    throw new Refusal(
      400,
      `${place}specversion is ${told(value['specversion'])}. Expected "1.0". ${CLOUDEVENTS}`,
    );
  }
  for (const name of ['id', 'source', 'type']) {
    if (typeof value[name] === 'string' && value[name] !== '') continue;
    throw new Refusal(400, `${place}${name} is ${told(value[name])}. Expected text. ${CLOUDEVENTS}`);
  }
  const { time, data } = value;
  if (time !== undefined && (typeof time !== 'string' || Number.isNaN(Date.parse(time)))) {
    throw new Refusal(400, `${place}time is ${told(time)}. Expected RFC 3339, such as 2026-03-01T12:00:00Z.`);
  }
  if (!isObject(data))
    throw new Refusal(400, `${place}data is ${told(data)}. Expected a JSON object: the record.`);
  return sized(value as unknown as RawEvent, place);
}

/**
 * A plain record as an event. Its identity is the caller's `idempotency-key` and its place; without one it is new each time
 * it is sent, unless the pipeline declares an id.
 */
function wrapped({ headers }: HttpRequest, record: unknown, at: number, place: string): RawEvent {
  if (!isObject(record))
    throw new Refusal(400, `${place} is ${told(record)}. Expected a JSON object: a record.`);
  const key = headers['idempotency-key'];
  const id = typeof key === 'string' ? `${key}.${at}` : randomUUID();
  return sized(
    { specversion: '1.0', id, source: '/publish', type: 'millrace.event', data: record },
    `${place}.`,
  );
}

function sized(event: RawEvent, place: string): RawEvent {
  const bytes = Buffer.byteLength(JSON.stringify(event));
  if (bytes <= MAX_BATCH_BYTES) return event;
  throw new Refusal(
    413,
    `${place.slice(0, -1) || 'The event'} is ${bytes} bytes. One event may have ${MAX_BATCH_BYTES}.`,
  );
}

/** Events by the identity that their pipeline declares, where it does: as every later step knows them. */
export function identified(events: readonly RawEvent[], { name, id: path }: Pipeline): RawEvent[] {
  return events.map(event => {
    const id = path && valueAt(event.data, path);
    const declared = (typeof id === 'string' && id !== '') || typeof id === 'number';
    return declared ? { ...event, id: String(id), source: `/pipelines/${name}` } : event;
  });
}

function pathSegment(path: string): string | undefined {
  const [first, ...more] = path.split('/').filter(segment => segment !== '');
  if (more.length > 0) throw new Refusal(400, `The path is ${path}. Expected /PIPELINE.`);
  return first;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `${what} is not JSON: ${(error as Error).message}`);
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Refusal(400, 'A CloudEvents batch is a JSON array; the body is not one.');
}

function isObject(value: unknown): value is Attributes {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

const told = (value: unknown): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, 100);
