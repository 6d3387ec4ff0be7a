import type { Broker } from '../pubsub/types.ts';
import type { Route } from './routes.ts';
import { type TransportEvent, toMessage } from './transport.ts';

/** Pub/Sub's limits for one publish are 1,000 messages and 10 MB; attributes count too, hence the margin. */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 8_000_000;

/** Which of the events each route wants; routes that want none are not in it. */
export function wanting(
  routes: readonly Route[],
  events: readonly TransportEvent[],
  project: string,
): Map<Route, TransportEvent[]> {
  const wanted = new Map<Route, TransportEvent[]>();
  for (const route of routes) {
    if (!route.transport) continue;
    const some = events.filter(event => wants(route, event, project));
    if (some.length > 0) wanted.set(route, some);
  }
  return wanted;
}

function wants({ trigger }: Route, { attributes }: TransportEvent, project: string): boolean {
  if (trigger.kind !== 'eventarc' || trigger.event !== attributes['type']) return false;
  return trigger.where.every(({ attribute, value }) =>
    attribute === 'bucket' ? attributes['bucket'] === `${project}-${value}` : attributes[attribute] === value,
  );
}

/** Stores events for one route, in as few publishes as Pub/Sub's limits allow. */
export async function publishEvents(
  broker: Broker,
  topic: string,
  events: readonly TransportEvent[],
): Promise<void> {
  let chunk: ReturnType<typeof toMessage>[] = [];
  let bytes = 0;
  for (const message of events.map(toMessage)) {
    if (
      chunk.length === MOST_MESSAGES ||
      (chunk.length > 0 && bytes + message.data.byteLength > MOST_BYTES)
    ) {
      await broker.publish(topic, chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(message);
    bytes += message.data.byteLength;
  }
  if (chunk.length > 0) await broker.publish(topic, chunk);
}
