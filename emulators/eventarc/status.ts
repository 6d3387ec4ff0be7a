import type { HotDocuments } from '../meter/hot.ts';
import type { Broker } from '../pubsub/types.ts';
import type { Consumer } from './courier.ts';
import type { Stopped } from './guard.ts';
import type { Route } from './routes.ts';

export interface EventarcStatus {
  readonly triggers: readonly TriggerStatus[];
  /** Triggers that are held because their steps wake themselves. */
  readonly stopped: readonly Stopped[];
  /** Documents that have been written faster than Firestore sustains. */
  readonly hot: HotDocuments;
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

export function triggerStatus(
  broker: Broker,
  { trigger, step, subscription }: Route,
  consumer: Consumer,
): TriggerStatus {
  const { ready, leased, delayed, oldest } = broker.stats(subscription.name);
  const { inFlight, ...counts } = consumer.status;
  return {
    name: trigger.name,
    step: step.name,
    kind: trigger.kind,
    ready,
    inFlight: Math.max(inFlight, leased),
    delayed,
    ...counts,
    ...(oldest !== undefined && { oldestSeconds: Math.max(0, Date.now() - oldest) / 1000 }),
  };
}

/** How many events of a subscription are not done. */
export function outstanding(broker: Broker, { subscription }: Route): number {
  const { ready, leased, delayed } = broker.stats(subscription.name);
  return ready + leased + delayed;
}

/** So long it must stay quiet: what a step publishes without awaiting it is on its way meanwhile. */
const QUIET_MS = 40;
const LOOKS = 4;

/** @returns whether it got quiet within `timeout` seconds */
export async function untilQuiet(busy: () => boolean, timeout = Number.POSITIVE_INFINITY): Promise<boolean> {
  const deadline = Date.now() + timeout * 1000;
  for (let quiet = busy() ? 0 : 1; quiet < LOOKS; quiet = busy() ? 0 : quiet + 1) {
    if (Date.now() >= deadline) return false;
    await new Promise(resolve => setTimeout(resolve, QUIET_MS / (LOOKS - 1)));
  }
  return true;
}
