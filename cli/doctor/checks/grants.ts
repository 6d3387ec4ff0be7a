import { DEAD_LETTER_TOPIC } from '../../../eventarc/catalogue.ts';
import { type Grant, wiringGrants } from '../../../eventarc/grants.ts';
import { workerSubscription } from '../../../eventarc/names.ts';
import type { Policy } from '../api.ts';
import { type Case, subscriptionOf } from '../case.ts';
import type { Finding } from '../finding.ts';
import { APPLY, DELIVER } from '../mends.ts';

/** A role that must be granted, and what happens without it. */
export interface Needed {
  readonly member: string;
  /** Any one of them will do. */
  readonly roles: readonly string[];
  /** As in Grant. */
  readonly on: string;
  readonly so: string;
  readonly mend: string;
}

/** What comes of a missing role of a trigger's or step's account. */
const WITHOUT: Readonly<Record<string, string>> = {
  'roles/run.invoker': 'every call to the step is refused with 403',
  'roles/eventarc.eventReceiver': 'Eventarc delivers it no events',
  'roles/pubsub.subscriber': 'Pub/Sub refuses its workers, and its messages wait',
};
const STEP_WITHOUT = 'the step fails on every event that needs it';

export const agentOf = (domain: string, { place }: Pick<Case, 'place'>): string =>
  `serviceAccount:service-${place.number}@${domain}.iam.gserviceaccount.com`;

/** Google's own accounts. */
export function agentGrants(one: Case): Needed[] {
  const { wiring, answers, place } = one;
  const bind = (member: string, role: string): string =>
    `gcloud projects add-iam-policy-binding ${place.project} --member=${member} --role=${role} --condition=None`;
  const onProject = (domain: string, roles: readonly string[], so: string, mend?: string): Needed => {
    const member = agentOf(domain, one);
    return { member, roles, on: 'project', so, mend: mend ?? bind(member, roles[0]!) };
  };
  const kinds = new Set(wiring.triggers.map(({ kind }) => kind));
  const pubsub = agentOf('gcp-sa-pubsub', one);
  return [
    onProject(
      'gs-project-accounts',
      ['roles/pubsub.publisher'],
      'Storage cannot tell of uploads: no event leaves a bucket',
      APPLY,
    ),
    onProject(
      'gcp-sa-eventarc',
      ['roles/eventarc.serviceAgent'],
      'Eventarc cannot make or keep triggers',
      APPLY,
    ),
    // Projects that had Pub/Sub before April 2021 have the second instead of the first, if somebody has granted it.
    onProject(
      'gcp-sa-pubsub',
      ['roles/iam.serviceAccountTokenCreator', 'roles/pubsub.serviceAgent'],
      'Pub/Sub cannot prove to a step who calls: every push is refused',
    ),
    ...(kinds.has('schedule')
      ? [
          onProject(
            'gcp-sa-cloudscheduler',
            ['roles/cloudscheduler.serviceAgent'],
            'Cloud Scheduler cannot prove to a step who calls: every run is refused',
          ),
        ]
      : []),
    ...(kinds.has('task')
      ? [
          onProject(
            'gcp-sa-cloudtasks',
            ['roles/cloudtasks.serviceAgent'],
            'Cloud Tasks cannot prove to a step who calls: every task is refused',
          ),
        ]
      : []),
    {
      member: pubsub,
      roles: ['roles/pubsub.publisher'],
      on: `topic:${DEAD_LETTER_TOPIC}`,
      so: 'Pub/Sub cannot write dead letters: a message that spent its attempts is tried on and then dropped',
      mend: APPLY,
    },
    ...wiring.triggers.flatMap((trigger): Needed[] => {
      const pulled = trigger.kind === 'worker';
      const name = pulled ? workerSubscription(trigger.name) : subscriptionOf(answers, trigger.name);
      if (!('retry' in trigger && trigger.retry.deadLetterTopic) || name === undefined) return [];
      const so = 'Pub/Sub cannot take a dead letter out of the subscription, so that it moves none';
      const mend = pulled ? APPLY : DELIVER;
      return [{ member: pubsub, roles: ['roles/pubsub.subscriber'], on: `subscription:${name}`, so, mend }];
    }),
  ];
}

export function checkGrants(one: Case): Finding[] {
  const { wiring, place, answers } = one;
  const ofWiring = wiringGrants(wiring, place.project).map(({ member, role, on }: Grant): Needed => {
    const so = WITHOUT[role] ?? STEP_WITHOUT;
    return { member, roles: [role], on, so, mend: APPLY };
  });
  const onProject = answers.get('policy', 'project');
  return [...agentGrants(one), ...ofWiring].flatMap(({ member, roles, on, so, mend }): Finding[] => {
    const policy = policyOf(answers, on);
    // What a project grants holds for everything in it; where it cannot be seen, nothing can be said.
    if (policy === undefined || onProject === undefined) return [];
    if (roles.some(role => isGranted(policy, role, member) || isGranted(onProject, role, member))) return [];
    const place = `account ${member.replace(/^serviceAccount:/, '')}`;
    const what = `it lacks ${roles.join(' or ')} on ${wordsOf(on)}: ${so}`;
    return [{ severity: 'error', place, what, expected: `${roles[0]} on ${wordsOf(on)}`, mend }];
  });
}

/** A dataset tells of roles in a way of its own: {@link https://cloud.google.com/bigquery/docs/access-control-basic-roles}. */
const BASIC: Readonly<Record<string, string>> = {
  READER: 'roles/bigquery.dataViewer',
  WRITER: 'roles/bigquery.dataEditor',
  OWNER: 'roles/bigquery.dataOwner',
};

function policyOf(answers: Case['answers'], on: string): Policy | undefined {
  if (!on.startsWith('dataset:')) return answers.get('policy', on);
  const dataset = answers.get('dataset', on.slice('dataset:'.length));
  return (
    dataset && {
      bindings: (dataset.access ?? []).flatMap(({ role = '', userByEmail }) =>
        userByEmail === undefined
          ? []
          : [{ role: BASIC[role] ?? role, members: [`serviceAccount:${userByEmail}`] }],
      ),
    }
  );
}

/** Grants under a condition may or may not hold: they count as none. */
function isGranted({ bindings = [] }: Policy, role: string, member: string): boolean {
  return bindings.some(
    binding =>
      binding.role === role && binding.condition === undefined && binding.members?.includes(member) === true,
  );
}

export const wordsOf = (on: string): string => (on === 'project' ? 'the project' : on.replace(':', ' '));
