import type { Wiring } from '../../eventarc/wiring.ts';
import type { Emulator } from '../emulator.ts';
import type { DocumentChange } from '../firestore/types.ts';
import type { Log } from '../functions/log.ts';
import type { Delivery } from '../pubsub/types.ts';
import type { ObjectChange } from '../storage/types.ts';
import { startControl } from './control.ts';
import { Courier } from './courier.ts';
import { deadLetterOf } from './deadletter.ts';
import { publishEvents, wanting } from './intake.ts';
import { prepare, type RouterBroker } from './layout.ts';
import { type Route, routesOf } from './routes.ts';
import { Slots } from './slots.ts';
import { documentEvents, messageParcel, objectEvent, parcelOf, scheduleEvent } from './sources.ts';
import { fromMessage, type TransportEvent } from './transport.ts';

export interface EventarcOptions {
  /** Of the control API; 0 lets the system choose. */
  readonly port?: number;
  readonly wiring: Wiring;
  readonly project: string;
  /** Part of the names of the subscriptions. */
  readonly location?: string;
  /** Owns queues, backoff, attempts, dead letters and retention; a time scale is its business too. */
  readonly broker: RouterBroker;
  /** Where a step takes requests; undefined holds its events without spending attempts. */
  readonly endpoint: (step: string) => URL | undefined;
  readonly log: Log;
}

export interface EventarcEmulator extends Emulator {
  /** Resolves once the change's events are stored: call it before answering the client. */
  storageChanged(change: ObjectChange): Promise<void>;
  documentsChanged(changes: readonly DocumentChange[]): Promise<void>;
  /**
   * Fires a schedule.
   * @returns false when the previous firing is still waiting or running, which this one would only repeat
   */
  scheduled(trigger: string, time: Date): Promise<boolean>;
  /** Any other event; resolves with the names of the triggers that want it once it is stored for them. */
  accept(event: TransportEvent): Promise<string[]>;
  status(): EventarcStatus;
  /**
   * Resolves when no trigger but the schedules has anything waiting or in flight, and stayed so for a moment.
   * @returns false when that did not happen within `timeout` seconds
   */
  idle(timeout?: number): Promise<boolean>;
}

export interface EventarcStatus {
  readonly triggers: readonly TriggerStatus[];
  readonly idle: boolean;
}

export interface TriggerStatus {
  readonly name: string;
  readonly step: string;
  readonly kind: Route['trigger']['kind'];
  /** Waiting and deliverable now. */
  readonly ready: number;
  /** At the step, or held in hand because the step is not there. */
  readonly inFlight: number;
  /** Waiting for their backoff. */
  readonly delayed: number;
  /** Counts since the start of the router. */
  readonly delivered: number;
  readonly failed: number;
  readonly deadLettered: number;
  /** Age of the oldest event that is not done. */
  readonly oldestSeconds?: number;
  readonly lastError?: string;
}

/** Requests at once that one step gets here at most: a laptop has no instances to add. */
const MOST_AT_ONCE = 64;
const QUIET_MS = 40;
const QUIET_CHECKS = 4;

/** Starts delivering the events of all triggers, and the control API. */
export async function startEventarc(options: EventarcOptions): Promise<EventarcEmulator> {
  const { wiring, project, location = 'local-1', broker, endpoint, log } = options;
  const routes = routesOf(wiring, { project, location });
  prepare(broker, wiring, routes, { project, location }, log);

  const slots = new Map<string, Slots>();
  for (const { step } of routes) {
    const takers = routes.filter(route => route.step === step).length;
    const atOnce = Math.min(MOST_AT_ONCE, step.concurrency * Math.max(1, step.instances.max));
    slots.set(step.name, new Slots(atOnce, takers));
  }
  const couriers = new Map(routes.map(route => [route, courierOf(route)]));

  function courierOf(route: Route): Courier {
    const { trigger, step, subscription, topic } = route;
    return new Courier({
      trigger: trigger.name,
      step: step.name,
      subscription: subscription.name,
      broker,
      endpoint,
      slots: slots.get(step.name)!,
      timeout: step.timeout,
      pack: route.transport
        ? ({ message }) => parcelOf(fromMessage(message))
        : delivery => messageParcel(delivery, topic, subscription.name),
      attempts: subscription.deadLetterPolicy?.maxDeliveryAttempts,
      // As with Cloud Scheduler: a job that failed is not repeated, it comes again at its next time.
      retries: trigger.kind !== 'schedule',
      refuse: (delivery, reason) => refuse(route, delivery, reason),
      log,
    });
  }

  async function refuse({ trigger, subscription }: Route, delivery: Delivery, reason: string): Promise<void> {
    const { messageId } = delivery.message;
    const message = `Event ${messageId} of ${trigger.name} cannot be delivered: ${reason}`;
    log({ step: trigger.step, severity: 'ERROR', message, fields: {} });
    // A trigger without a dead-letter topic reads the dead letters: the event comes back to it without its data.
    const topic = subscription.deadLetterPolicy?.deadLetterTopic ?? subscription.topic;
    await broker.publish(topic, [deadLetterOf(delivery, subscription, reason)]);
  }

  /** Events that have been accepted and are not stored yet: not idle, though no queue shows them. */
  let arriving = 0;
  const firing = new Set<string>();

  async function take<T>(work: () => Promise<T>): Promise<T> {
    arriving++;
    try {
      return await work();
    } finally {
      arriving--;
    }
  }

  function offer(events: readonly TransportEvent[]): Promise<string[]> {
    return take(async () => {
      const wanted = wanting(routes, events, project);
      await Promise.all([...wanted].map(([route, some]) => publishEvents(broker, route.topic, some)));
      return [...wanted.keys()].map(route => route.trigger.name);
    });
  }

  function scheduled(name: string, time: Date): Promise<boolean> {
    return take(async () => {
      const route = routes.find(({ trigger }) => trigger.kind === 'schedule' && trigger.name === name);
      if (!route)
        throw new Error(`There is no schedule trigger '${name}'; there are: ${schedules().join(', ')}`);
      const { ready, leased, delayed } = broker.stats(route.subscription.name);
      if (firing.has(name) || ready + leased + delayed > 0) return false;
      firing.add(name);
      try {
        await publishEvents(broker, route.topic, [scheduleEvent({ project, location }, name, time)]);
      } finally {
        firing.delete(name);
      }
      return true;
    });
  }

  const schedules = (): string[] =>
    routes.filter(({ trigger }) => trigger.kind === 'schedule').map(({ trigger }) => trigger.name);

  function statusOf(route: Route): TriggerStatus {
    const { ready, leased, delayed, oldest } = broker.stats(route.subscription.name);
    const { inFlight, ...counts } = couriers.get(route)!.status;
    return {
      name: route.trigger.name,
      step: route.step.name,
      kind: route.trigger.kind,
      ready,
      inFlight: Math.max(inFlight, leased),
      delayed,
      ...counts,
      ...(oldest !== undefined && { oldestSeconds: Math.max(0, Date.now() - oldest) / 1000 }),
    };
  }

  const busy = (): boolean =>
    arriving > 0 ||
    routes.some(route => {
      if (route.trigger.kind === 'schedule') return false;
      const { ready, leased, delayed } = broker.stats(route.subscription.name);
      return ready + leased + delayed + couriers.get(route)!.status.inFlight > 0;
    });

  const emulator = {
    storageChanged: async (change: ObjectChange) => void (await offer([objectEvent(change)])),
    documentsChanged: async (changes: readonly DocumentChange[]) =>
      void (await offer(changes.flatMap(documentEvents))),
    scheduled,
    accept: async (event: TransportEvent) => offer([event]),
    status: () => ({ triggers: routes.map(statusOf), idle: !busy() }),
    idle: async (timeout = Number.POSITIVE_INFINITY) => {
      const deadline = Date.now() + timeout * 1000;
      let quiet = 0;
      while (quiet < QUIET_CHECKS) {
        quiet = busy() ? 0 : quiet + 1;
        if (Date.now() >= deadline) return !busy();
        await new Promise(resolve => setTimeout(resolve, QUIET_MS / QUIET_CHECKS));
      }
      return true;
    },
  };
  const control = await startControl(options.port ?? 0, emulator);
  return {
    ...emulator,
    host: '127.0.0.1',
    port: control.port,
    stop: async () => {
      for (const courier of couriers.values()) courier.stop();
      await control.stop();
    },
  };
}
