import { triggerAccount } from '../../../eventarc/names.ts';
import type { ScheduleTrigger } from '../../../eventarc/wiring.ts';
import { JOB_EXECUTED } from '../../../shared/events/schedule.ts';
import type { Job } from '../api.ts';
import { type Case, type Place, secondsOf } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';

export function checkSchedules({ wiring, place, answers }: Case): Finding[] {
  return wiring.triggers.flatMap((trigger): Finding[] => {
    if (trigger.kind !== 'schedule') return [];
    const about = `schedule ${trigger.name}`;
    if (answers.isMissing('job', trigger.name)) {
      const what = `there is no job: the step ${trigger.step} never runs`;
      return [{ severity: 'error', place: about, what, expected: 'a job', mend: APPLY }];
    }
    const job = answers.get('job', trigger.name);
    if (job === undefined) return [];
    const service = answers.get('service', trigger.step);
    const uris = service && [service.uri ?? '', ...(service.urls ?? [])];
    const timeout = wiring.steps.find(({ name }) => name === trigger.step)?.timeout ?? 0;
    return [
      ...checkJob(about, trigger, job, place),
      ...checkTarget(about, trigger, job, uris, place),
      ...checkDeadline(about, job, timeout),
    ];
  });
}

function checkJob(about: string, trigger: ScheduleTrigger, job: Job, { project, region }: Place): Finding[] {
  return compare(about, [
    {
      name: 'state',
      is: job.state,
      expected: 'ENABLED',
      so: `the step ${trigger.step} does not run`,
      mend: `gcloud scheduler jobs resume ${trigger.name} --location=${region} --project=${project}`,
    },
    {
      name: 'schedule',
      is: `${job.schedule} (${job.timeZone})`,
      expected: `${trigger.schedule} (${trigger.timeZone})`,
      so: 'the step runs at other times',
      mend: APPLY,
    },
  ]);
}

/** @param uris addresses of the step's service; undefined where they could not be seen */
function checkTarget(
  about: string,
  trigger: ScheduleTrigger,
  { httpTarget = {} }: Job,
  uris: readonly string[] | undefined,
  { project }: Place,
): Finding[] {
  const { uri = '', oidcToken, headers = {} } = httpTarget;
  // Google adds or leaves out a slash at the end.
  const known = (address = ''): boolean => uris?.includes(address.replace(/\/$/, '')) === true;
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'ce-type')?.[1];
  return compare(about, [
    ...(uris === undefined || known(uri)
      ? []
      : [
          {
            name: 'address',
            is: uri,
            expected: uris[0] ?? '',
            so: `it does not call ${trigger.step}`,
            mend: APPLY,
          },
        ]),
    ...(uris === undefined || known(oidcToken?.audience)
      ? []
      : [
          {
            name: 'audience of its token',
            is: oidcToken?.audience,
            expected: uris[0] ?? '',
            so: 'the step refuses its calls',
            mend: APPLY,
          },
        ]),
    {
      name: 'service account',
      is: oidcToken?.serviceAccountEmail,
      expected: triggerAccount(trigger.name, project),
      so: 'the step refuses its calls',
      mend: APPLY,
    },
    {
      name: 'header ce-type',
      is: type,
      expected: JOB_EXECUTED,
      so: 'the step does not take its calls for events',
      mend: APPLY,
    },
  ]);
}

function checkDeadline(about: string, { attemptDeadline }: Job, timeout: number): Finding[] {
  const deadline = secondsOf(attemptDeadline) ?? 180;
  if (deadline >= timeout) return [];
  const what = `it waits ${deadline} s for a step that may take ${timeout} s, and takes a long run for a failed one`;
  return [{ severity: 'warning', place: about, what, expected: `${timeout} s`, mend: APPLY }];
}

export function checkQueues({ wiring, place: { project, region }, answers }: Case): Finding[] {
  return wiring.triggers.flatMap((trigger): Finding[] => {
    if (trigger.kind !== 'task') return [];
    const about = `queue ${trigger.queue}`;
    if (answers.isMissing('queue', trigger.queue)) {
      const what = `it is not there: nothing wakes the step ${trigger.step}`;
      return [{ severity: 'error', place: about, what, expected: 'a queue', mend: APPLY }];
    }
    const queue = answers.get('queue', trigger.queue);
    if (queue === undefined) return [];
    return compare(about, [
      {
        name: 'state',
        is: queue.state,
        expected: 'RUNNING',
        so: `its tasks wait and do not wake ${trigger.step}`,
        mend: `gcloud tasks queues resume ${trigger.queue} --location=${region} --project=${project}`,
      },
    ]);
  });
}
