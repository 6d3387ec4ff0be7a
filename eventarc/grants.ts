import { stepAccount, triggerAccount, workerSubscription } from './names.ts';
import type { Wiring } from './wiring.ts';

/** Who may do what on which resource. */
export interface Grant {
  /** serviceAccount:EMAIL */
  readonly member: string;
  readonly role: string;
  /** project, bucket:NAME, topic:NAME, service:NAME, account:EMAIL, subscription:NAME and the like, by the names they have in the cloud */
  readonly on: string;
}

/** What the accounts of the steps and triggers need, and no more. */
export function wiringGrants({ steps, triggers }: Wiring, project: string): Grant[] {
  const ofSteps = steps.flatMap(({ name, roles }) =>
    roles.map(({ role, on }) => ({
      member: `serviceAccount:${stepAccount(name, project)}`,
      role,
      on:
        on === 'self'
          ? `account:${stepAccount(name, project)}`
          : on.replace(/^bucket:/, `bucket:${project}-`),
    })),
  );
  const ofTriggers = triggers.flatMap(({ kind, name, step }) => {
    if (kind === 'http') return [];
    if (kind === 'worker') {
      // It pulls as what it is: nobody calls it.
      const on = `subscription:${workerSubscription(name)}`;
      return [
        { member: `serviceAccount:${stepAccount(step, project)}`, role: 'roles/pubsub.subscriber', on },
      ];
    }
    const member = `serviceAccount:${triggerAccount(name, project)}`;
    const calls = { member, role: 'roles/run.invoker', on: `service:${step}` };
    return kind === 'eventarc'
      ? [calls, { member, role: 'roles/eventarc.eventReceiver', on: 'project' }]
      : [calls];
  });
  return [...ofSteps, ...ofTriggers];
}
