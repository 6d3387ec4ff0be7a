import { wiringGrants } from '../../../eventarc/grants.ts';
import { type Case, httpSteps, type Place } from '../case.ts';
import type { Finding } from '../finding.ts';
import { accountsOf } from './accounts.ts';
import { wordsOf } from './grants.ts';

const INVOKER = 'roles/run.invoker';

interface Held {
  readonly on: string;
  readonly role: string;
  readonly member: string;
}

/** How a grant is taken back, by the kind of resource. */
const REMOVE: Readonly<Record<string, (name: string, place: Place) => string>> = {
  project: (_, { project }) => `gcloud projects remove-iam-policy-binding ${project}`,
  bucket: name => `gcloud storage buckets remove-iam-policy-binding gs://${name}`,
  service: (name, { project, region }) =>
    `gcloud run services remove-iam-policy-binding ${name} --region=${region} --project=${project}`,
  subscription: (name, { project }) =>
    `gcloud pubsub subscriptions remove-iam-policy-binding ${name} --project=${project}`,
  topic: (name, { project }) => `gcloud pubsub topics remove-iam-policy-binding ${name} --project=${project}`,
};

/** Grants that nothing in the wiring asks for: of Millrace's own accounts any, of others the right to call a private step. */
export function checkSurplus(one: Case): Finding[] {
  const { wiring, place } = one;
  const asked = new Set(wiringGrants(wiring, place.project).map(textOf));
  const own = new Set([...accountsOf(one).keys()].map(email => `serviceAccount:${email}`));
  const open = new Set([...httpSteps(wiring)].map(step => `service:${step}`));
  return heldIn(one).flatMap((held): Finding[] => {
    const { on, role, member } = held;
    if (asked.has(textOf(held))) return [];
    const calls = role === INVOKER && !open.has(on);
    if (!calls && !own.has(member)) return [];
    const [kind = '', name = ''] = on.split(':');
    const reach = on === 'project' ? 'every step' : `the step ${name}`;
    const so = calls
      ? `${member} may call ${reach} past its triggers`
      : 'it may do more than its function.yaml says';
    return [
      {
        severity: 'warning',
        place: own.has(member) ? `account ${member.replace('serviceAccount:', '')}` : wordsOf(on),
        what: `${role} on ${wordsOf(on)} is granted to ${member}: ${so}`,
        expected: 'no grant that nothing in the wiring asks for',
        mend: `${REMOVE[kind]!(name, place)} --member=${member} --role=${role}`,
      },
    ];
  });
}

const textOf = ({ on, role, member }: Held): string => `${role} on ${on} to ${member}`;

function heldIn({ answers }: Case): Held[] {
  return [...answers.all()].flatMap(([asked]) => {
    const [, on] = /^policy (.*)$/.exec(asked) ?? [];
    const { bindings = [] } = (on && answers.get('policy', on)) || {};
    return bindings.flatMap(({ role, members = [] }) =>
      members.map(member => ({ on: on ?? '', role, member })),
    );
  });
}
