import type { IncomingMessage } from 'node:http';
import { fromBinaryHeaders } from '../../shared/events/cloudevent.ts';
import { MESSAGE_PUBLISHED } from '../../shared/events/pubsub.ts';
import type { TransportEvent } from './transport.ts';

const REQUIRED = ['specversion', 'type', 'source', 'id'] as const;
/** CloudEvents' own assumption where an event does not say. */
const DEFAULTS = { datacontenttype: 'application/json' };

/**
 * A CloudEvent, structured or binary, from a request.
 * {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md}
 * @throws when it is none, or one that only a publish can cause
 */
export async function readEvent(request: IncomingMessage): Promise<TransportEvent> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const event: TransportEvent =
    request.headers['ce-type'] === undefined
      ? structured(body)
      : { attributes: { ...DEFAULTS, ...fromBinaryHeaders(request.headers) }, data: body };
  const missing = REQUIRED.filter(name => !event.attributes[name]);
  if (missing.length > 0)
    throw new Error(`The event lacks ${missing.join(', ')}, which every CloudEvent has`);
  if (event.attributes['type'] === MESSAGE_PUBLISHED) {
    throw new Error('Events of Pub/Sub come from its topics: publish a message to the topic instead');
  }
  return event;
}

function structured(body: Buffer): TransportEvent {
  const json: unknown = JSON.parse(body.toString());
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(
      'The body is no CloudEvent: expected a JSON object with specversion, type, source and id',
    );
  }
  const { data, data_base64, ...rest } = json as Record<string, unknown>;
  const attributes = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  const bytes =
    typeof data_base64 === 'string'
      ? Buffer.from(data_base64, 'base64')
      : Buffer.from(data === undefined ? '' : JSON.stringify(data));
  return { attributes: { ...DEFAULTS, ...attributes }, data: bytes };
}
