import { Answers } from './answers.ts';
import { readDeclared } from './case.ts';
import { check, checkSeen } from './check.ts';
import type { Ask } from './client.ts';
import type { Finding } from './finding.ts';
import { APPLY } from './mends.ts';
import { projectRequests, type Request, subscriptionRequests, wiringRequests } from './requests.ts';

export interface Examination {
  readonly project: string;
  /** undefined where nothing says where Millrace lives in this project. */
  readonly region?: string;
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** How much has been looked at. */
  readonly looked: number;
}

/** Requests under way at once: quick, and far from every quota. */
const AT_ONCE = 8;

/**
 * Looks at everything in a project that the checkout declares. Reads only.
 * @param root the checkout
 * @param asked the region; where the pipelines bucket is unless told
 * @throws CommandError when Google cannot be reached, WiringError, PipelineError
 */
export async function examine(
  root: string,
  project: string,
  asked: string | undefined,
  ask: Ask,
): Promise<Examination> {
  const declared = readDeclared(root);
  const answers = new Answers();
  await askAll(projectRequests(project), ask, answers);

  const number = answers.get('project', project)?.name.split('/').at(-1);
  const region = asked ?? answers.get('bucket', `${project}-pipelines`)?.location.toLowerCase();
  if (number === undefined) return report(project, checkSeen(project, answers), answers);
  if (region === undefined) {
    const findings = [...checkSeen(project, answers), ...nothingThere(project, answers)];
    return report(project, findings, answers);
  }
  const databaseLocation = answers.get('database', '(default)')?.locationId;
  const place = { project, number, region, databaseLocation };
  await askAll(wiringRequests(declared, place), ask, answers);
  await askAll(subscriptionRequests(declared, place, answers), ask, answers);
  return { ...report(project, check({ ...declared, place, answers }), answers), region };
}

function nothingThere(project: string, answers: Answers): Finding[] {
  const bucket = `${project}-pipelines`;
  if (!answers.isMissing('bucket', bucket)) return [];
  return [
    {
      severity: 'error',
      place: `project ${project}`,
      what: `the bucket ${bucket} is not there: Millrace is not deployed here, or only in part`,
      expected: 'a bucket that says in which region all the rest is',
      mend: `${APPLY}   # or say where the rest is: --region REGION`,
    },
  ];
}

function report(project: string, findings: readonly Finding[], answers: Answers): Examination {
  const sorted = [...findings].sort(
    (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'),
  );
  return { project, findings: sorted, looked: [...answers.all()].length };
}

async function askAll(requests: readonly Request[], ask: Ask, answers: Answers): Promise<void> {
  const waiting = requests.filter(({ kind, name }) => !answers.has(kind, name)).values();
  const worker = async (): Promise<void> => {
    for (const request of waiting) {
      if (!answers.has(request.kind, request.name)) {
        answers.add(request.kind, request.name, await ask(request));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
