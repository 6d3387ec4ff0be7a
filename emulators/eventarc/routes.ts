import { EVENT_RETENTION_SECONDS, WORKER_RETENTION_SECONDS } from '../../eventarc/catalogue.ts';
import { matcher } from '../../eventarc/filters.ts';
import { workerSubscription } from '../../eventarc/names.ts';
import type { EventarcTrigger, ScheduleTrigger, Step, Wiring, WorkerTrigger } from '../../eventarc/wiring.ts';
import type { Attributes } from '../../shared/events/cloudevent.ts';
import { MESSAGE_PUBLISHED } from '../../shared/events/pubsub.ts';
import type { SubscriptionConfig } from '../pubsub/types.ts';

/** How one trigger is laid out in Pub/Sub. */
export interface Route {
  readonly trigger: EventarcTrigger | ScheduleTrigger | WorkerTrigger;
  readonly step: Step;
  /** Whether an event goes through this route; messages of the user's topic never ask. */
  readonly wants: (attributes: Attributes) => boolean;
  /** Full name: the user's topic for Pub/Sub triggers, else the trigger's own transport topic. */
  readonly topic: string;
  /** Whether messages of `topic` are CloudEvents in transport (else they are the user's messages). */
  readonly transport: boolean;
  readonly subscription: SubscriptionConfig;
}

const ACK_DEADLINE_SECONDS = 600;
/** Workers extend their leases themselves; what one of them has had that was killed comes again soon. */
const WORKER_ACK_DEADLINE_SECONDS = 30;

export interface Place {
  readonly project: string;
  readonly location: string;
}

export const topicName = (project: string, topic: string): string => `projects/${project}/topics/${topic}`;

const subscriptionName = (project: string, name: string): string =>
  `projects/${project}/subscriptions/${name}`;

const pushPrefix = ({ project, location }: Place): string =>
  subscriptionName(project, `eventarc-${location}-`);

/** Only this router gives such names: what bears one and belongs to no trigger is left over from an earlier wiring. */
export const isOwnName = (name: string, place: Place): boolean =>
  name.startsWith(pushPrefix(place)) ||
  name.startsWith(subscriptionName(place.project, workerSubscription('')));

/**
 * The routes of all triggers that events travel through; http and task triggers have none.
 * @throws when a trigger names a step that the wiring does not have
 */
export function routesOf(wiring: Wiring, place: Place): Route[] {
  const steps = new Map(wiring.steps.map(step => [step.name, step]));
  return wiring.triggers
    .filter(trigger => trigger.kind !== 'http' && trigger.kind !== 'task')
    .map(trigger => {
      const step = steps.get(trigger.step);
      if (!step)
        throw new Error(`Trigger ${trigger.name} wakes the step ${trigger.step}, which does not exist`);
      return routeOf(trigger, step, place);
    });
}

function routeOf(trigger: Route['trigger'], step: Step, place: Place): Route {
  const { project, location } = place;
  const transport =
    trigger.kind === 'schedule' || (trigger.kind === 'eventarc' && trigger.event !== MESSAGE_PUBLISHED);
  const own = `eventarc-${location}-${trigger.name}-000`;
  const topic = topicName(project, transport ? own : ((trigger as EventarcTrigger).topic ?? ''));
  const retry = trigger.kind === 'schedule' ? undefined : trigger.retry;
  const pulled = trigger.kind === 'worker';
  return {
    trigger,
    step,
    wants: transport && trigger.kind === 'eventarc' ? wanting(trigger, project) : () => false,
    topic,
    transport,
    subscription: {
      name: pulled
        ? subscriptionName(project, workerSubscription(trigger.name))
        : `${pushPrefix(place)}${trigger.name}-sub-000`,
      topic,
      ackDeadlineSeconds: pulled ? WORKER_ACK_DEADLINE_SECONDS : ACK_DEADLINE_SECONDS,
      enableMessageOrdering: pulled && trigger.ordered,
      messageRetentionSeconds: pulled ? WORKER_RETENTION_SECONDS : EVENT_RETENTION_SECONDS,
      labels: {},
      ...(retry && {
        retryPolicy: { minimumBackoff: retry.minimumBackoff, maximumBackoff: retry.maximumBackoff },
      }),
      ...(retry?.deadLetterTopic !== undefined && {
        deadLetterPolicy: {
          deadLetterTopic: topicName(project, retry.deadLetterTopic),
          maxDeliveryAttempts: retry.attempts,
        },
      }),
    },
  };
}

function wanting(trigger: EventarcTrigger, project: string): Route['wants'] {
  const match = matcher(trigger, bucket => `${project}-${bucket}`);
  return attributes => match(attributes) !== undefined;
}
