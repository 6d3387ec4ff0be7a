import { stepAccount, workerSubscription } from '../../../eventarc/names.ts';
import type { WorkerTrigger } from '../../../eventarc/wiring.ts';
import type { Subscription, WorkerPool } from '../api.ts';
import type { Case, Place } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';
import { checkBackoff, checkDeadLetter } from './subscriptions.ts';

/** Triggers that workers pull: their subscriptions, which are Millrace's own, and their worker pools. */
export function checkWorkers({ wiring, place, answers }: Case): Finding[] {
  return wiring.triggers.flatMap((trigger): Finding[] => {
    if (trigger.kind !== 'worker') return [];
    const subscription = workerSubscription(trigger.name);
    const found = answers.get('subscription', subscription);
    const pool = answers.get('pool', trigger.name);
    return [
      ...(answers.isMissing('subscription', subscription) ? [missing(trigger, 'subscription')] : []),
      ...(found ? checkSubscription(trigger, found, place) : []),
      ...(answers.isMissing('pool', trigger.name) ? [missing(trigger, 'worker pool')] : []),
      ...(pool ? checkPool(trigger, pool, place) : []),
    ];
  });
}

const SO = {
  subscription: 'its messages wait nowhere and are lost',
  'worker pool': 'nobody pulls its messages',
} as const;

const missing = ({ name }: WorkerTrigger, what: keyof typeof SO): Finding => ({
  severity: 'error',
  place: `${what} of the trigger ${name}`,
  what: `it is not there: ${SO[what]}`,
  expected: `a ${what}`,
  mend: APPLY,
});

function checkSubscription(trigger: WorkerTrigger, found: Subscription, place: Place): Finding[] {
  const about = `subscription of the trigger ${trigger.name}`;
  const so = 'its workers get other messages than declared, or none';
  return [
    ...compare(about, [
      {
        name: 'topic',
        is: found.topic,
        expected: `projects/${place.project}/topics/${trigger.topic}`,
        so,
        mend: APPLY,
      },
      {
        name: 'push endpoint',
        is: found.pushConfig?.pushEndpoint ? 'set' : 'none',
        expected: 'none',
        so: 'Pub/Sub refuses those who pull',
        mend: APPLY,
      },
      {
        name: 'order of keys',
        is: found.enableMessageOrdering ? 'kept' : 'not kept',
        expected: trigger.ordered ? 'kept' : 'not kept',
        so: 'messages of one key come in another order than declared',
        mend: APPLY,
      },
    ]),
    ...checkDeadLetter(about, trigger, found, place, APPLY),
    ...checkBackoff(about, trigger, found, APPLY),
  ];
}

function checkPool({ name, step }: WorkerTrigger, pool: WorkerPool, { project, region }: Place): Finding[] {
  const { state, message } = pool.terminalCondition ?? {};
  const account = stepAccount(step, project);
  const instances = pool.scaling?.manualInstanceCount ?? 0;
  const update = `gcloud run worker-pools update ${name} --region=${region} --project=${project}`;
  return compare(`worker pool of the trigger ${name}`, [
    {
      name: 'state',
      is: state,
      expected: 'CONDITION_SUCCEEDED',
      so: message ?? 'it is not ready, and Google does not say why',
      mend: APPLY,
    },
    {
      name: 'service account',
      is: pool.template?.serviceAccount,
      expected: account,
      so: 'its workers have not the roles of function.yaml',
      mend: `${update} --service-account=${account}`,
    },
    {
      name: 'number of instances',
      is: instances > 0 ? 'some' : 'none',
      expected: 'some',
      so: 'nobody pulls its messages',
      mend: `${update} --instances=1`,
    },
  ]);
}
