import { encodeBatch, eventBatchId } from '../../shared/batches/codec.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { type HttpAnswer, type HttpRequest, onRequest } from '../../shared/step/request.ts';
import type { Context } from '../../shared/step/step.ts';
import { traceparentOf } from '../../shared/trace/trace.ts';
import { keyOf, readKeys } from './keys.ts';
import { createLimit } from './limit.ts';
import { identified, readRequest } from './publish.ts';
import { Refusal } from './refusal.ts';

const MAX_BODY = 1024 * 1024;
const RATE = Number(process.env['PUBLISH_EVENTS_PER_SECOND'] ?? 2000);
const keys = readKeys(process.env['MILLRACE_API_KEYS'] ?? '');
const limit = createLimit(RATE, 2 * RATE);

onRequest('publish', async (request, context) => {
  try {
    return await publish(request, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, headers: error.headers, body: { error: error.message } };
  }
});

async function publish(request: HttpRequest, { pipelines, publisher, now }: Context): Promise<HttpAnswer> {
  if (request.method !== 'POST') throw new Refusal(405, 'Events are published by POST.', { allow: 'POST' });
  const key = keyOf(request.headers, keys);
  take(key, 0, now());
  if (request.body.length > MAX_BODY) {
    throw new Refusal(413, `The body has ${request.body.length} bytes. A request may have ${MAX_BODY}.`);
  }
  const asked = readRequest(request);
  const pipeline = await pipelines.of(asked.pipeline, undefined).catch((error: unknown) => {
    throw error instanceof PermanentError ? new Refusal(400, error.message) : error;
  });
  const events = identified(asked.events, pipeline);
  take(key, events.length, now());
  const [first] = events;
  const alone = events.length === 1 && first ? eventBatchId(first) : undefined;
  const id = alone ?? `b-${idOf(...events.flatMap(event => [event.source, event.id]))}`;
  const batch = { id, pipeline: pipeline.name, version: pipeline.version, records: events.length };
  const messages = encodeBatch(
    { ...batch, traceparent: traceparentOf(id) },
    events.map(event => JSON.stringify(event)),
  );
  await Promise.all(messages.map(message => publisher.send('events-raw', message)));
  return {
    status: 202,
    body: { pipeline: pipeline.name, ids: events.map(({ id, source }) => ({ source, id })) },
  };
}

function take(key: string, events: number, now: Date): void {
  const wait = limit(key, events, now.getTime());
  if (wait === undefined) return;
  const message = `More than ${RATE} events a second. Go on in ${wait} s.`;
  throw new Refusal(429, message, { 'retry-after': String(wait) });
}
