import { isDeepStrictEqual } from 'node:util';
import type { Wiring } from '../../eventarc/wiring.ts';
import type { Log } from '../functions/log.ts';
import type { LocalBroker } from '../pubsub/broker.ts';
import type { Broker, SubscriptionConfig } from '../pubsub/types.ts';
import { isOwnName, type Place, type Route, topicName } from './routes.ts';

/** What the router needs beyond the wire-less broker: a changed retry policy must not cost the messages that wait. */
export type RouterBroker = Broker & Pick<LocalBroker, 'updateSubscription'>;

/**
 * Makes the topics and subscriptions that the wiring asks for. A broker that kept its state from an earlier start may hold
 * them already, or hold some that the wiring no longer has: those go, as a removed trigger takes its subscription along.
 */
export function prepare(
  broker: RouterBroker,
  wiring: Wiring,
  routes: readonly Route[],
  place: Place,
  log: Log,
): void {
  const named = wiring.topics.map(({ name }) => topicName(place.project, name));
  const needed = routes.flatMap(({ topic, subscription }) => [
    topic,
    ...(subscription.deadLetterPolicy ? [subscription.deadLetterPolicy.deadLetterTopic] : []),
  ]);
  for (const topic of new Set([...named, ...needed])) {
    if (!broker.hasTopic(topic)) broker.createTopic(topic);
  }

  const wanted = new Map(routes.map(({ subscription }) => [subscription.name, subscription]));
  for (const existing of [...broker.subscriptions]) {
    if (!isOwnName(existing.name, place)) continue;
    const config = wanted.get(existing.name);
    if (config?.topic === existing.topic && config.enableMessageOrdering === existing.enableMessageOrdering) {
      if (!sameDelivery(existing, config)) broker.updateSubscription(config);
      continue;
    }
    const { ready, leased, delayed } = broker.stats(existing.name);
    const waiting = ready + leased + delayed;
    if (waiting > 0) {
      const message = `${existing.name} belongs to no trigger any more: ${waiting} events go with it`;
      log({ severity: 'WARNING', message, fields: {} });
    }
    broker.deleteSubscription(existing.name);
  }
  for (const config of wanted.values()) {
    if (!broker.hasSubscription(config.name)) broker.createSubscription(config);
  }
}

const sameDelivery = (a: SubscriptionConfig, b: SubscriptionConfig): boolean =>
  a.topic === b.topic &&
  isDeepStrictEqual({ ...a.retryPolicy }, { ...b.retryPolicy }) &&
  isDeepStrictEqual({ ...a.deadLetterPolicy }, { ...b.deadLetterPolicy });
