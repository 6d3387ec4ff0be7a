import { PROJECT } from '../emulators/suite-address.ts';
import type { PipelineEvent } from '../shared/batches/batch.ts';
import { encodeBatch, type OutgoingMessage } from '../shared/batches/codec.ts';
import { type CloudEvent, toBinaryHeaders } from '../shared/events/cloudevent.ts';
import { documentEvent } from '../shared/events/firestore.ts';
import { messageEvent } from '../shared/events/pubsub.ts';
import { scheduleEvent } from '../shared/events/schedule.ts';
import { storageEvent } from '../shared/events/storage.ts';
import { rejectMessages } from '../shared/publish/publish.ts';
import { rejectOf } from '../shared/rejects/reject.ts';
import { API_KEY, type Surroundings } from './surroundings.ts';

/** A request as Eventarc sends it. */
export interface Waking {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** Event time of what the wakers send. */
const DOCUMENT_WRITTEN = 'google.cloud.firestore.document.v1.written';
const AT = '2026-01-01T00:00:00.000Z';

/**
 * What wakes each step of the checkout: an event that it has not seen, of what `id` names, and that gives it something to
 * write. A step of your own needs a line here.
 */
export const WAKERS: Readonly<
  Record<string, (around: Surroundings, id: string) => Promise<Waking> | Waking>
> = {
  // Its only line is no record, so that the upload is over at once: an open one would hold back what tick shows.
  ingest: async ({ upload }, id) => waking(storageEvent(id, await upload(`probe/${id}.ndjson`, 'no record'))),
  enrich: (_around, id) =>
    message('events-raw', id, {
      data: Buffer.from(JSON.stringify(reading(id))),
      attributes: { pipeline: 'probe' },
    }),
  detect: batch,
  join: batch,
  notify: async ({ write }, id) => {
    await write(`subscriptions/${id}`, { uid: id, pipeline: 'probe' });
    const told = { pipeline: 'probe', rule: 'high', severity: 'warning', title: 'High', key: 'k' };
    await write(`alerts/${id}`, { ...told, time: new Date(AT) });
    return message('notify-continue', id, { data: Buffer.from(id), attributes: {} });
  },
  publish: (_around, id) => ({
    headers: {
      'content-type': 'application/json',
      'x-api-key': API_KEY,
      'ce-pipeline': 'probe',
      ...ceOf(id),
    },
    body: JSON.stringify(reading(id)),
  }),
  'upload-url': ({ idToken }, id) => ({
    headers: { 'content-type': 'application/json', authorization: `Bearer ${idToken}` },
    body: JSON.stringify({ pipeline: 'probe', name: `${id}.ndjson`, size: 9 }),
  }),
  feed: batch,
  warehouse: batch,
  aggregate: batch,
  tick: (_around, id) =>
    waking(scheduleEvent({ project: PROJECT, location: 'europe-west1', job: id, scheduledTime: Date.now() })),
  mirror: (_around, id) => {
    const name = `projects/${PROJECT}/databases/(default)/documents/alerts/${id}`;
    const after = {
      name,
      fields: { rule: { stringValue: 'high' } },
      updateTime: { seconds: '1767225600', nanos: 0 },
    };
    const change = { before: undefined, after, time: Date.parse(AT) };
    const { data, ...attributes } = documentEvent(id, DOCUMENT_WRITTEN, change, 'nam5');
    return { headers: toBinaryHeaders(attributes), body: Uint8Array.from(data!) };
  },
  'dead-letter': (_around, id) =>
    message('dead-letters', id, rejectMessages([rejectOf('enrich', 'probe', 'No.', { batch: id }, '')])[0]!),
};

/** A waker that sends a batch as `enrich` publishes it. */
function batch({ pipeline }: Surroundings, id: string): Waking {
  const event: PipelineEvent = {
    specversion: '1.0',
    id,
    source: '/pipelines/probe',
    type: 'millrace.event',
    time: AT,
    partitionkey: 'k',
    data: reading(id),
  };
  const head = { id, pipeline: pipeline.name, version: pipeline.version, records: 1 };
  return message('events', id, encodeBatch(head, [JSON.stringify(event)])[0]!);
}

const ceOf = (id: string) => ({
  'ce-specversion': '1.0',
  'ce-id': id,
  'ce-source': '/probe',
  'ce-type': 'millrace.event',
});

const reading = (key: string) => ({ at: AT, key, value: 1000 });

function message(topic: string, messageId: string, { data, attributes }: OutgoingMessage): Waking {
  const published = { data, attributes, messageId, publishTime: Date.now() };
  const subscription = `projects/${PROJECT}/subscriptions/eventarc-${topic}`;
  return waking(messageEvent(published, `projects/${PROJECT}/topics/${topic}`, subscription));
}

function waking({ data, ...attributes }: CloudEvent<unknown>): Waking {
  return { headers: toBinaryHeaders(attributes), body: JSON.stringify(data) };
}

/** Sends it; resolves with the status. */
export async function wake(url: string, { headers, body }: Waking): Promise<number> {
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}
