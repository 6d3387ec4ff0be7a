import type { Case } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';
import { checkCall } from './calls.ts';

export function checkQueues(one: Case): Finding[] {
  const { wiring, place, answers } = one;
  const { project, region } = place;
  return wiring.triggers.flatMap((trigger): Finding[] => {
    if (trigger.kind !== 'task') return [];
    const about = `queue ${trigger.queue}`;
    if (answers.isMissing('queue', trigger.queue)) {
      const what = `it is not there: nothing wakes the step ${trigger.step}`;
      return [{ severity: 'error', place: about, what, expected: 'a queue', mend: APPLY }];
    }
    const queue = answers.get('queue', trigger.queue);
    if (queue === undefined) return [];
    const { uriOverride, oidcToken } = queue.httpTarget ?? {};
    const address = uriOverride?.host && `https://${uriOverride.host}`;
    const state = compare(about, [
      {
        name: 'state',
        is: queue.state,
        expected: 'RUNNING',
        so: `its tasks wait and do not wake ${trigger.step}`,
        mend: `gcloud tasks queues resume ${trigger.queue} --location=${region} --project=${project}`,
      },
    ]);
    return [...state, ...checkCall(about, trigger, address, oidcToken, one)];
  });
}
