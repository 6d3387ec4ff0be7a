import { createHash } from 'node:crypto';
import { EVENT_TYPES } from './catalogue.ts';
import type { EventarcTrigger } from './wiring.ts';

/** Triggers on documents of a multi-region live in one region. */
const REGION_OF: Readonly<Record<string, string>> = { nam5: 'us-central1', eur3: 'europe-west4' };

/** An account's id has at most 30 characters: a longer one is cut and told apart by a hash. */
function accountId(prefix: string, name: string, kept: number): string {
  const whole = `${prefix}-${name}`;
  if (whole.length <= 30) return whole;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return `${prefix}-${name.slice(0, kept).replace(/^-+|-+$/g, '')}-${hash}`;
}

const email = (id: string, project: string): string => `${id}@${project}.iam.gserviceaccount.com`;

/** E-mail of the account that a step runs as in the cloud. */
export const stepAccount = (step: string, project: string): string =>
  email(accountId('step', step, 18), project);

/** E-mail of the account that a trigger calls its step with. */
export const triggerAccount = (trigger: string, project: string): string =>
  email(accountId('trigger', trigger, 15), project);

/** The subscription that the workers of a trigger pull from: triggerOf of shared/redrive reads it back. */
export const workerSubscription = (trigger: string): string => `millrace-worker-${trigger}`;

/** Where a trigger lives: beside its events. */
export function triggerLocation(
  trigger: Pick<EventarcTrigger, 'event'>,
  region: string,
  databaseLocation: string,
): string {
  if (EVENT_TYPES.get(trigger.event)?.source !== 'firestore') return region;
  return REGION_OF[databaseLocation] ?? databaseLocation;
}
