import type { Receivers } from '../pubsub/receivers.ts';
import type { Broker } from '../pubsub/types.ts';
import type { Consumer } from './courier.ts';
import type { Guard } from './guard.ts';
import type { Route } from './routes.ts';

/** What workers do with the messages of a trigger, as far as the broker sees it. Their end is not the router's business. */
export function pulled(broker: Broker, { subscription: { name } }: Route): Consumer {
  return {
    get status() {
      const { acknowledged, ...counts } = broker.counts(name);
      return { inFlight: broker.stats(name).leased, delivered: acknowledged, ...counts };
    },
    stop: async () => {},
  };
}

/** Tells the guard what is pulled, by the subscriptions of worker triggers. */
export function receiversOf(routes: readonly Route[], guard: Guard): Receivers {
  const triggers = new Map(
    routes.flatMap(({ trigger, subscription }) =>
      trigger.kind === 'worker' ? [[subscription.name, trigger.name] as const] : [],
    ),
  );
  return {
    enter: (subscription, { cause, attempt }) => {
      const trigger = triggers.get(subscription);
      return trigger && guard.enter(trigger, cause, attempt > 1);
    },
    isStopped: subscription => {
      const trigger = triggers.get(subscription);
      return trigger !== undefined && guard.isStopped(trigger);
    },
  };
}
