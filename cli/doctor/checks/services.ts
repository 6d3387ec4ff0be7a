import { datasetsOf } from '../../../eventarc/datasets.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';

/** Without any of these some event stays undelivered, or the next apply fails. */
export const SERVICES: readonly string[] = [
  'artifactregistry',
  'cloudbuild',
  'cloudfunctions',
  'cloudresourcemanager',
  'eventarc',
  'firebaserules',
  'firestore',
  'iam',
  'iamcredentials',
  'identitytoolkit',
  'logging',
  'pubsub',
  'run',
  'serviceusage',
  'storage',
];
/** Only where a trigger of the kind is there. */
const SERVICE_OF = { schedule: 'cloudscheduler', task: 'cloudtasks' } as const;

export function servicesOf({ wiring }: Pick<Case, 'wiring'>): string[] {
  const kinds = new Set(wiring.triggers.map(({ kind }) => kind));
  const wakers = (['schedule', 'task'] as const)
    .filter(kind => kinds.has(kind))
    .map(kind => SERVICE_OF[kind]);
  const warehouse = datasetsOf(wiring).length > 0 ? ['bigquery', 'bigquerystorage'] : [];
  return [...SERVICES, ...wakers, ...warehouse].map(name => `${name}.googleapis.com`).sort();
}

export function checkServices(one: Case): Finding[] {
  const { place, answers } = one;
  const enabled = answers.get('services', place.project)?.map(({ config }) => config.name);
  const refused = new Set(
    [...answers.all()].flatMap(([, answer]) => (answer.state === 'disabled' ? [answer.service] : [])),
  );
  return servicesOf(one)
    .filter(service => refused.has(service) || (enabled && !enabled.includes(service)))
    .map(service => ({
      severity: 'error',
      place: `service ${service}`,
      what: 'it is not enabled: nothing that needs it works, and nothing of it could be checked',
      expected: 'enabled',
      mend: `gcloud services enable ${service} --project=${place.project}`,
    }));
}
