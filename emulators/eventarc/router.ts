import { EVENT_TYPES } from '../../eventarc/catalogue.ts';
import type { Wiring } from '../../eventarc/wiring.ts';
import type { Emulator } from '../emulator.ts';
import { Faults } from '../faults/faults.ts';
import type { FaultPlan } from '../faults/plan.ts';
import { readFaults } from '../faults/read.ts';
import type { DocumentChange } from '../firestore/types.ts';
import type { Log } from '../functions/log.ts';
import { NOBODY } from '../meter/cause.ts';
import { HotWatch } from '../meter/hot.ts';
import { type CountsByPayer, Meter } from '../meter/meter.ts';
import type { Receivers } from '../pubsub/receivers.ts';
import type { ObjectChange } from '../storage/types.ts';
import { createBacklog } from './backlog.ts';
import { startControl } from './control.ts';
import { type Consumer, Courier } from './courier.ts';
import { deadLetterOf } from './deadletter.ts';
import { Guard } from './guard.ts';
import { Intake } from './intake.ts';
import { prepare, type RouterBroker } from './layout.ts';
import { pulled, receiversOf } from './pulled.ts';
import { type Route, routesOf } from './routes.ts';
import { Slots } from './slots.ts';
import { documentEvents, messageParcel, objectEvent, runEvent } from './sources.ts';
import { type EventarcStatus, outstanding, triggerStatus, untilQuiet } from './status.ts';
import { tellStopped } from './tell-stopped.ts';
import { parcelOf, type TransportEvent } from './transport.ts';

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
  /** SIGKILL for the process that serves a step, for faults that ask for it. */
  readonly kill?: (step: string) => void;
  /** Faults from the first delivery on. */
  readonly faults?: FaultPlan;
  /** Told of events, and asked for what all services have counted. */
  readonly meter?: Meter;
  /** Resolves once the meter knows all that steps have used. */
  readonly measured?: () => Promise<void>;
  /** How often an event may come back to one trigger until its step is taken for one that wakes itself; for tests. */
  readonly mostLaps?: number;
  /** Asked for the documents that are hot. */
  readonly hot?: HotWatch;
  /** Instead of {@link MOST_WAITING}. */
  readonly mostWaiting?: number;
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
  /** What has been counted since the start, by who asked for it. */
  operations(): Promise<Operations>;
  /** Why a topic takes no request of so many messages from outside for now; undefined where it does. */
  full(topic: string, messages: number): string | undefined;
  /** For the broker's wire: what workers pull goes by the guard as what is pushed does. */
  readonly receivers: Receivers;
  /** What stops steps that wake themselves. */
  readonly guard: Guard;
  /** What goes wrong on purpose; to be changed at any time. */
  readonly faults: Faults;
  /** @throws FaultsError when the text is no plan for these triggers */
  readFaults(file: string, text: string): FaultPlan;
  /**
   * Resolves when no trigger but the schedules has anything waiting or in flight, and stayed so for a moment.
   * @returns false when that did not happen within `timeout` seconds
   */
  idle(timeout?: number): Promise<boolean>;
}

export interface Operations {
  /** When counting began: ISO 8601. */
  readonly since: string;
  readonly counts: CountsByPayer;
}

/** Requests at once that one step gets here at most: a laptop has no instances to add. */
const MOST_AT_ONCE = 128;

/** Starts delivering the events of all triggers, and the control API. */
export async function startEventarc(options: EventarcOptions): Promise<EventarcEmulator> {
  const { wiring, project, location = 'local-1', broker, endpoint, log } = options;
  const { meter = new Meter(), hot = new HotWatch() } = options;
  const since = new Date().toISOString();
  const routes = routesOf(wiring, { project, location });
  prepare(broker, wiring, routes, { project, location }, log);
  const intake = new Intake(broker, routes, meter);
  const faults = new Faults(options.kill ?? (() => {}), options.faults);

  const slots = new Map<string, Slots>();
  for (const { step } of routes) {
    const takers = routes.filter(route => route.step === step).length;
    const atOnce = Math.min(MOST_AT_ONCE, step.concurrency * Math.max(1, step.instances.max));
    slots.set(step.name, new Slots(atOnce, takers));
  }
  const guard = new Guard(wiring.triggers, tellStopped(log), options.mostLaps);
  const consumers = new Map(routes.map(route => [route, consumerOf(route)]));

  function consumerOf(route: Route): Consumer {
    const { trigger, step, subscription } = route;
    if (trigger.kind === 'worker') return pulled(broker, route);
    return new Courier({
      trigger: trigger.name,
      step: step.name,
      subscription: subscription.name,
      payer: trigger.kind === 'schedule' ? NOBODY : step.name,
      broker,
      endpoint,
      slots: slots.get(step.name)!,
      timeout: step.timeout,
      pack: route.transport ? ({ message }) => parcelOf(message) : delivery => messageParcel(delivery, route),
      comesLight: trigger.kind === 'eventarc' && EVENT_TYPES.get(trigger.event)?.source === 'firestore',
      attempts: subscription.deadLetterPolicy?.maxDeliveryAttempts,
      // As with Cloud Scheduler: a job that failed is not repeated, it comes again at its next time.
      retries: trigger.kind !== 'schedule',
      bury: async (delivery, reason, parts) => {
        const letter = deadLetterOf(delivery, subscription, reason, parts);
        // A trigger without a dead-letter topic reads the dead letters: what is too large comes back to it without data.
        await broker.publish(subscription.deadLetterPolicy?.deadLetterTopic ?? subscription.topic, [letter]);
      },
      enter: ({ cause, attempt }) => guard.enter(trigger.name, cause, attempt > 1),
      isStopped: () => guard.isStopped(trigger.name),
      faults,
      log,
    });
  }

  async function scheduled(name: string, time: Date): Promise<boolean> {
    const schedules = routes.filter(({ trigger }) => trigger.kind === 'schedule');
    const route = schedules.find(({ trigger }) => trigger.name === name);
    if (!route) {
      const names = schedules.map(({ trigger }) => trigger.name).join(', ');
      throw new Error(`There is no schedule trigger '${name}'; there are: ${names || 'none'}`);
    }
    return intake.fire(route, runEvent({ project, location, job: name, scheduledTime: time.getTime() }));
  }

  const busy = (): boolean =>
    intake.busy ||
    routes.some(
      route =>
        route.trigger.kind !== 'schedule' &&
        !guard.isStopped(route.trigger.name) &&
        outstanding(broker, route) + consumers.get(route)!.status.inFlight > 0,
    );

  const emulator = {
    storageChanged: async (change: ObjectChange) => {
      const triggers = await intake.offer([objectEvent(change)]);
      // Each is a notification of the bucket's.
      meter.count('storage.classB', triggers.length);
    },
    documentsChanged: async (changes: readonly DocumentChange[]) =>
      void (await intake.offer(changes.flatMap(change => documentEvents(change, intake.wanted, location)))),
    scheduled,
    accept: (event: TransportEvent) => intake.offer([event]),
    status: () => ({
      triggers: routes.map(route => triggerStatus(broker, route, consumers.get(route)!)),
      stopped: guard.stopped,
      hot: hot.documents,
      idle: !busy(),
    }),
    operations: async () => {
      await options.measured?.();
      return { since, counts: meter.counts };
    },
    idle: (timeout?: number) => untilQuiet(busy, timeout),
    full: createBacklog(broker, routes, options.mostWaiting),
    receivers: receiversOf(routes, guard),
    guard,
    faults,
    readFaults: (file: string, text: string) =>
      readFaults(
        file,
        text,
        routes.flatMap(({ trigger }) => (trigger.kind === 'worker' ? [] : [trigger.name])),
      ),
  };
  const stopCouriers = async (): Promise<void> => {
    const stopped = [...consumers.values()].map(consumer => consumer.stop());
    faults.set(undefined); // What it holds back would keep the couriers waiting.
    await Promise.all(stopped);
  };
  const control = await startControl(options.port ?? 0, emulator).catch(async (error: unknown) => {
    await stopCouriers();
    throw error;
  });
  return {
    ...emulator,
    host: '127.0.0.1',
    port: control.port,
    stop: async () => {
      await stopCouriers();
      await control.stop();
    },
  };
}
export type { EventarcStatus, TriggerStatus } from './status.ts';
