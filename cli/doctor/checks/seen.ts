import type { Answers } from '../answers.ts';
import type { Finding } from '../finding.ts';

/** Roles that hold a permission, by how it begins or ends; roles/viewer has the rest. */
const ROLE_WITH: readonly (readonly [permission: RegExp, role: string])[] = [
  [/\.getIamPolicy$/, 'roles/iam.securityReviewer'],
  [/^storage\.buckets\./, 'roles/storage.bucketViewer'],
  [/^storage\.objects\./, 'roles/storage.objectViewer'],
  [/./, 'roles/viewer'],
];

/** What could not be looked at: told by permission, by service and by error, not by everything that it hides. */
export function checkSeen(project: string, answers: Answers): Finding[] {
  const place = `project ${project}`;
  const findings = new Map<string, Finding>();
  const hidden = new Map<string, number>();
  for (const [asked, answer] of answers.all()) {
    if (answer.state === 'denied') {
      const { permission, message } = answer;
      hidden.set(permission, (hidden.get(permission) ?? 0) + 1);
      const role = ROLE_WITH.find(([pattern]) => pattern.test(permission))?.[1];
      findings.set(permission, {
        severity: 'warning',
        place,
        what: `you may not see ${hidden.get(permission)} of the things to check: ${message}`,
        expected: `the permission ${permission}`,
        mend: `gcloud projects add-iam-policy-binding ${project} --member=user:YOU --role=${role}`,
      });
    } else if (answer.state === 'failed') {
      findings.set(asked, {
        severity: 'warning',
        place,
        what: `${asked} could not be read: ${answer.message}`,
        expected: 'an answer',
        mend: `npm run -s millrace -- doctor --project ${project}   # again`,
      });
    } else if (answer.state === 'missing' && asked === `project ${project}`) {
      findings.set(asked, {
        severity: 'error',
        place,
        what: 'there is no such project',
        expected: 'the id of a project, not its number or display name',
        mend: 'gcloud projects list',
      });
    }
  }
  return [...findings.values()];
}
