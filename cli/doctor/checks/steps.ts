import { stepAccount } from '../../../eventarc/names.ts';
import { calledSteps } from '../../../eventarc/steps.ts';
import type { Step } from '../../../eventarc/wiring.ts';
import type { RunService } from '../api.ts';
import { type Case, httpSteps, type Place, secondsOf } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { BUILD_AND_APPLY } from '../mends.ts';

/** Each step runs as a Cloud Run service of its name. Memory and instances are left out: step_overrides may set them. */
export function checkSteps({ wiring, place, answers }: Case): Finding[] {
  const http = httpSteps(wiring);
  return calledSteps(wiring).flatMap((step): Finding[] => {
    const about = `step ${step.name}`;
    if (answers.isMissing('service', step.name)) {
      const what = `there is no Cloud Run service ${step.name} in ${place.region}: what wakes the step calls nothing`;
      return [{ severity: 'error', place: about, what, expected: 'a service', mend: BUILD_AND_APPLY }];
    }
    const service = answers.get('service', step.name);
    if (service === undefined) return [];
    return [
      ...checkReady(about, service),
      ...checkSettings(about, step, http.has(step.name), service, place),
      ...checkEnvironment(about, step, service, place),
      ...checkTraffic(about, step, service, place),
    ];
  });
}

const update = (step: string, { project, region }: Place, what: string): string =>
  `gcloud run services update ${step} --region=${region} --project=${project} ${what}`;

function checkReady(about: string, { terminalCondition }: RunService): Finding[] {
  const { state, message } = terminalCondition ?? {};
  if (state === 'CONDITION_SUCCEEDED') return [];
  const what = `its service is not ready (${state ?? 'no state'}): ${message ?? 'Google does not say why'}`;
  return [{ severity: 'error', place: about, what, expected: 'ready', mend: BUILD_AND_APPLY }];
}

function checkSettings(
  about: string,
  step: Step,
  http: boolean,
  { ingress, template = {} }: RunService,
  place: Place,
): Finding[] {
  const mend = (what: string): string => update(step.name, place, what);
  const account = stepAccount(step.name, place.project);
  const timeout = secondsOf(template.timeout);
  // Fewer may come in than should: events are lost. More may: a matter of safety.
  const closed = http || ingress === 'INGRESS_TRAFFIC_NONE';
  return compare(about, [
    {
      name: 'ingress',
      is: ingress,
      expected: http ? 'INGRESS_TRAFFIC_ALL' : 'INGRESS_TRAFFIC_INTERNAL_ONLY',
      so: closed
        ? 'what should wake the step does not reach it'
        : 'requests from the internet reach the step',
      severity: closed ? 'error' : 'warning',
      mend: mend(`--ingress=${http ? 'all' : 'internal'}`),
    },
    {
      name: 'service account',
      is: template.serviceAccount,
      expected: account,
      so: 'the step has not the roles of its function.yaml',
      mend: mend(`--service-account=${account}`),
    },
    {
      name: 'timeout',
      is: timeout,
      expected: step.timeout,
      so: 'the step is not cut off where its function.yaml says, in seconds',
      severity: timeout !== undefined && timeout > step.timeout ? 'warning' : 'error',
      mend: mend(`--timeout=${step.timeout}s`),
    },
    {
      name: 'concurrency',
      is: template.maxInstanceRequestConcurrency,
      expected: step.concurrency,
      so: 'an instance takes another number of requests at once than its memory is meant for',
      severity: 'warning',
      mend: mend(`--concurrency=${step.concurrency}`),
    },
  ]);
}

/** Values may be set anew by step_overrides; the project's id is the one that every step must have. */
function checkEnvironment(about: string, step: Step, { template }: RunService, place: Place): Finding[] {
  const variables = new Map(
    (template?.containers ?? []).flatMap(({ env = [] }) =>
      env.map(({ name, value }) => [name, value] as const),
    ),
  );
  const unset = Object.entries(step.environment).filter(([name]) => !variables.has(name));
  return compare(about, [
    {
      name: 'GOOGLE_CLOUD_PROJECT',
      is: variables.get('GOOGLE_CLOUD_PROJECT'),
      expected: place.project,
      so: 'the step does not know its project and fails on every event',
      mend: update(step.name, place, `--update-env-vars=GOOGLE_CLOUD_PROJECT=${place.project}`),
    },
    ...unset.map(([name, value]) => ({
      name,
      is: undefined,
      expected: value,
      so: 'the step misses a variable of its function.yaml',
      mend: update(step.name, place, `--update-env-vars=${name}=${value}`),
    })),
  ]);
}

function checkTraffic(about: string, { name }: Step, { traffic = [] }: RunService, place: Place): Finding[] {
  const latest = traffic.find(({ type }) => type === 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST')?.percent ?? 0;
  if (latest === 100 || traffic.length === 0) return [];
  const { project, region } = place;
  return [
    {
      severity: 'warning',
      place: about,
      what: `${100 - latest} % of its traffic goes to a revision that is pinned: a new one does not replace it`,
      expected: '100 % to the latest',
      mend: `gcloud run services update-traffic ${name} --region=${region} --project=${project} --to-latest`,
    },
  ];
}
