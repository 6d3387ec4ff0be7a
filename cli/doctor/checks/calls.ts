import { triggerAccount } from '../../../eventarc/names.ts';
import type { Trigger } from '../../../eventarc/wiring.ts';
import type { OidcToken } from '../api.ts';
import type { Case } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';

/** Whether jobs and tasks reach their step: at an address of its service, with a token for that, as the trigger's account. */
export function checkCall(
  about: string,
  { name, step }: Trigger,
  address: string | undefined,
  token: OidcToken | undefined,
  { place, answers }: Case,
): Finding[] {
  const service = answers.get('service', step);
  const uris = service && [service.uri ?? '', ...(service.urls ?? [])];
  // Google adds or leaves out a slash at the end. Where the service cannot be seen, any address will do.
  const expected = (found = ''): string => {
    const known = uris === undefined || uris.includes(found.replace(/\/$/, ''));
    return known ? found : (uris[0] ?? '');
  };
  return compare(about, [
    {
      name: 'address',
      is: address,
      expected: expected(address),
      so: `it does not call ${step}`,
      mend: APPLY,
    },
    {
      name: 'audience of its token',
      is: token?.audience,
      expected: expected(token?.audience),
      so: 'the step refuses its calls',
      mend: APPLY,
    },
    {
      name: 'service account',
      is: token?.serviceAccountEmail,
      expected: triggerAccount(name, place.project),
      so: 'the step refuses its calls',
      mend: APPLY,
    },
  ]);
}
