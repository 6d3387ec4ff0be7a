import type { ScheduleTrigger } from '../../../eventarc/wiring.ts';
import { JOB_EXECUTED } from '../../../shared/events/schedule.ts';
import type { Job } from '../api.ts';
import { type Case, type Place, secondsOf } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';
import { checkCall } from './calls.ts';

export function checkSchedules(one: Case): Finding[] {
  const { wiring, place, answers } = one;
  return wiring.triggers.flatMap((trigger): Finding[] => {
    if (trigger.kind !== 'schedule') return [];
    const about = `schedule ${trigger.name}`;
    if (answers.isMissing('job', trigger.name)) {
      const what = `there is no job: the step ${trigger.step} never runs`;
      return [{ severity: 'error', place: about, what, expected: 'a job', mend: APPLY }];
    }
    const job = answers.get('job', trigger.name);
    if (job === undefined) return [];
    const timeout = wiring.steps.find(({ name }) => name === trigger.step)?.timeout ?? 0;
    return [
      ...checkJob(about, trigger, job, place),
      ...checkCall(about, trigger, job.httpTarget?.uri, job.httpTarget?.oidcToken, one),
      ...checkHeaders(about, job),
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

/** Static headers make a run an event. */
function checkHeaders(about: string, { httpTarget }: Job): Finding[] {
  const headers = Object.entries(httpTarget?.headers ?? {});
  return compare(about, [
    {
      name: 'header ce-type',
      is: headers.find(([name]) => name.toLowerCase() === 'ce-type')?.[1],
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
