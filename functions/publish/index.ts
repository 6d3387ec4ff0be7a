import { encodeBatch, eventBatchId } from '../../shared/batches/codec.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { Refusal } from '../../shared/step/refusal.ts';
import { type HttpAnswer, type HttpRequest, onRequest } from '../../shared/step/request.ts';
import type { Context } from '../../shared/step/step.ts';
import { verify } from '../../shared/step/user.ts';
import { traceparentOf } from '../../shared/trace/trace.ts';
import { callerOf } from './caller.ts';
import { readKeys } from './keys.ts';
import { createLimit } from './limit.ts';
import { identified, readRequest } from './publish.ts';

const MAX_BODY = 1024 * 1024;
const RATE = Number(process.env['PUBLISH_EVENTS_PER_SECOND'] ?? 2000);
const keys = readKeys(process.env['MILLRACE_API_KEYS'] ?? '');
const limit = createLimit(RATE, 2 * RATE);

onRequest('publish', publish);

async function publish(request: HttpRequest, { pipelines, publisher, now }: Context): Promise<HttpAnswer> {
  if (request.method !== 'POST') throw new Refusal(405, 'Events are published by POST.', { allow: 'POST' });
  const caller = await callerOf(request.headers, keys, verify);
  take(caller.name, 0, now());
  if (request.body.length > MAX_BODY) {
    throw new Refusal(413, `The body has ${request.body.length} bytes. A request may have ${MAX_BODY}.`);
  }
  const asked = readRequest(request);
  if (!caller.may(asked.pipeline)) {
    throw new Refusal(
      403,
      `You may not publish to "${asked.pipeline}": your claim "publisher" does not name it.`,
    );
  }
  const pipeline = await pipelines.of(asked.pipeline, undefined).catch((error: unknown) => {
    throw error instanceof PermanentError ? new Refusal(400, error.message) : error;
  });
  const events = identified(asked.events, pipeline);
  take(caller.name, events.length, now());
  const [first] = events;
  const alone = events.length === 1 && first ? eventBatchId(first) : undefined;
  const id = alone ?? `b-${idOf(...events.flatMap(event => [event.source, event.id]))}`;
  const batch = { id, pipeline: pipeline.name, version: pipeline.version, records: events.length };
  const messages = encodeBatch(
    { ...batch, traceparent: traceparentOf(id) },
    events.map(event => JSON.stringify(event)),
  );
  await Promise.all(messages.map(message => publisher.offer('events-raw', message)));
  return {
    status: 202,
    body: { pipeline: pipeline.name, ids: events.map(({ id, source }) => ({ source, id })) },
  };
}

function take(caller: string, events: number, now: Date): void {
  const wait = limit(caller, events, now.getTime());
  if (wait === undefined) return;
  const message = `More than ${RATE} events a second. Go on in ${wait} s.`;
  throw new Refusal(429, message, { 'retry-after': String(wait) });
}
