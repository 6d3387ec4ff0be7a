import { stepAccount, triggerAccount } from '../../../eventarc/names.ts';
import type { Case } from '../case.ts';
import type { Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';

/** E-mails of the accounts that the wiring asks for, with what each is for. */
export function accountsOf({
  wiring,
  place: { project },
}: Pick<Case, 'wiring' | 'place'>): Map<string, string> {
  return new Map([
    ...wiring.steps.map(({ name }) => [stepAccount(name, project), `step ${name}`] as const),
    ...wiring.triggers
      .filter(({ kind }) => kind !== 'http' && kind !== 'worker')
      .map(({ name }) => [triggerAccount(name, project), `trigger ${name}`] as const),
  ]);
}

export function checkAccounts(one: Case): Finding[] {
  const { place, answers } = one;
  const accounts = answers.get('accounts', place.project);
  if (accounts === undefined) return [];
  return [...accountsOf(one)].flatMap(([email, user]): Finding[] => {
    const account = accounts.find(each => each.email === email);
    const told = { severity: 'error', place: `account ${email}` } as const;
    if (account === undefined) {
      const what = `it is not there: ${user} works as nobody`;
      return [{ ...told, what, expected: `an account for the ${user} alone`, mend: APPLY }];
    }
    if (!account.disabled) return [];
    const what = `it is disabled: ${user} can do nothing`;
    const mend = `gcloud iam service-accounts enable ${email} --project=${place.project}`;
    return [{ ...told, what, expected: 'enabled', mend }];
  });
}
