import type { Attributes } from '../../shared/events/cloudevent.ts';
import { NOBODY, withCause } from '../meter/cause.ts';
import type { Meter } from '../meter/meter.ts';
import type { Broker } from '../pubsub/types.ts';
import type { Route } from './routes.ts';
import { outstanding } from './status.ts';
import { type TransportEvent, toMessage } from './transport.ts';

/** Pub/Sub's limits for one publish are 1,000 messages and 10 MB; attributes count too, hence the margin. */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 8_000_000;

/** Takes events in and stores them for every trigger that wants them. */
export class Intake {
  readonly #broker: Broker;
  readonly #routes: readonly Route[];
  readonly #meter: Meter;
  readonly #firing = new Set<Route>();
  #arriving = 0;

  constructor(broker: Broker, routes: readonly Route[], meter: Meter) {
    this.#meter = meter;
    this.#broker = broker;
    this.#routes = routes;
  }

  /** Whether events have been taken that are not stored yet, so that no queue shows them. */
  get busy(): boolean {
    return this.#arriving > 0;
  }

  readonly wanted = (attributes: Attributes): boolean => this.#routes.some(route => route.wants(attributes));

  /** Resolves with the names of the triggers for which events are stored now. */
  offer(events: readonly TransportEvent[]): Promise<string[]> {
    return this.#take(async () => {
      const pairs = this.#routes
        .map(route => [route, events.filter(({ attributes }) => route.wants(attributes))] as const)
        .filter(([, some]) => some.length > 0);
      await Promise.all(pairs.map(([route, some]) => this.#publish(route, some)));
      return pairs.map(([{ trigger }]) => trigger.name);
    });
  }

  /** @returns false when the schedule's previous event is not done: another would only pile up behind it */
  fire(route: Route, event: TransportEvent): Promise<boolean> {
    return this.#take(async () => {
      if (this.#firing.has(route) || outstanding(this.#broker, route) > 0) return false;
      this.#firing.add(route);
      // Cloud Scheduler calls the step itself.
      const publishing = withCause(NOBODY, () => this.#publish(route, [event]));
      await publishing.finally(() => this.#firing.delete(route));
      return true;
    });
  }

  async #take<T>(work: () => Promise<T>): Promise<T> {
    this.#arriving++;
    try {
      return await work();
    } finally {
      this.#arriving--;
    }
  }

  /** In as few publishes as Pub/Sub's limits allow. */
  async #publish({ topic }: Route, events: readonly TransportEvent[]): Promise<void> {
    this.#meter.count('eventarc.events', events.length);
    let chunk: ReturnType<typeof toMessage>[] = [];
    let bytes = 0;
    for (const message of events.map(toMessage)) {
      const full = chunk.length === MOST_MESSAGES || bytes + message.data.byteLength > MOST_BYTES;
      if (full && chunk.length > 0) {
        await this.#broker.publish(topic, chunk);
        chunk = [];
        bytes = 0;
      }
      chunk.push(message);
      bytes += message.data.byteLength;
    }
    if (chunk.length > 0) await this.#broker.publish(topic, chunk);
  }
}
