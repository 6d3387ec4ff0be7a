import type { Problem } from '../shared/yaml/checked.ts';
import { nearest } from '../shared/yaml/nearest.ts';
import { readDuration } from './check-triggers.ts';
import { documentPatternProblem } from './patterns.ts';
import { isPulled, type RawStep, type RawTrigger, type Sources } from './read.ts';
import { type Report, reporter, suggest } from './report.ts';

/** Longest timeout in seconds by what wakes the step; the strictest that applies wins. */
const LONGEST: readonly {
  readonly wakes: (trigger: RawTrigger) => boolean;
  readonly seconds: number;
  readonly by: string;
}[] = [
  { wakes: one => one.event !== undefined && !isPulled(one), seconds: 540, by: 'events' },
  { wakes: ({ schedule }) => schedule !== undefined, seconds: 540, by: 'a schedule' },
  { wakes: ({ queue }) => queue !== undefined, seconds: 1800, by: 'tasks' },
  // As long as the official client extends a lease.
  { wakes: isPulled, seconds: 3600, by: 'a worker' },
  { wakes: ({ http }) => http !== undefined, seconds: 3600, by: 'HTTP requests' },
];

const MIB: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024 };
const PUBLISHING = ['roles/pubsub.publisher', 'roles/pubsub.editor', 'roles/pubsub.admin'];
const WRITING = ['roles/datastore.user', 'roles/datastore.owner'];

/** The rules of every function.yaml that its schema cannot state. */
export function checkSteps({ steps, triggers, topics }: Sources): Problem[] {
  const problems: Problem[] = [];
  const wiring = Object.values(triggers.value ?? {});
  const known = Object.keys(topics.value ?? {});
  for (const [name, source] of steps) {
    const report = reporter(source, problems);
    const waking = wiring.filter(trigger => trigger?.step === name);
    checkName(name, report);
    if (waking.length === 0) {
      const what = `nothing wakes the step "${name}"`;
      report([], { what, mend: 'add a trigger for it to eventarc/triggers.yaml' });
    }
    const sound = (key: keyof RawStep) => source.value != null && key in source.value && source.sound([key]);
    const step = source.value;
    if (sound('memory')) checkMemory(step.memory, report);
    if (sound('timeout')) checkTimeout(step.timeout, waking, report);
    if (sound('instances')) checkInstances(step.instances, report);
    if (sound('publishes')) checkTopicNames(step.publishes ?? [], known, report);
    if (sound('writes')) checkDocuments(step.writes ?? [], report);
    if (sound('roles')) {
      checkRoleTopics(step.roles, known, report);
      checkCoverage(name, step, waking, report);
    }
  }
  return problems;
}

/** Cloud Run's limit for a service's name; the folder's name is the service's. */
function checkName(name: string, report: Report): void {
  if (/^[a-z](?:[a-z0-9-]{0,47}[a-z0-9])?$/.test(name)) return;
  const expected = '1 to 49 lower-case letters, digits and hyphens that begin with a letter';
  report([], {
    what: `the folder functions/${name} cannot name a step`,
    expected,
    mend: 'rename the folder',
  });
}

/** MiB of a size such as 512Mi or 2Gi that fits the schema. */
export function mebibytes(size: string): number {
  return Number.parseInt(size, 10) * (MIB[size.slice(-2)] ?? Number.NaN);
}

function checkMemory(memory: string, report: Report): void {
  const size = mebibytes(memory);
  if (size >= 128 && size <= 32 * 1024) return;
  report(['memory'], { what: `"memory" is ${memory}`, expected: 'a size from 128Mi to 32Gi' });
}

function checkTimeout(timeout: string, waking: readonly RawTrigger[], report: Report): void {
  const seconds = readDuration(['timeout'], timeout, report);
  if (seconds === undefined) return;
  const limit = LONGEST.find(({ wakes }) => waking.some(wakes)) ?? LONGEST.at(-1)!;
  if (seconds >= 1 && seconds <= limit.seconds) return;
  const expected = `1s to ${limit.seconds}s for a step woken by ${limit.by}`;
  report(['timeout'], { what: `"timeout" is ${timeout}`, expected });
}

function checkInstances({ min = 0, max }: RawStep['instances'], report: Report): void {
  if (min <= max) return;
  report(['instances'], {
    what: `"min" of ${min} instances is more than "max" of ${max}`,
    mend: 'let min be at most max',
  });
}

function checkTopicNames(publishes: readonly string[], known: readonly string[], report: Report): void {
  for (const [i, topic] of publishes.entries()) {
    if (known.includes(topic)) continue;
    const what = `there is no topic "${topic}" in eventarc/topics.yaml`;
    report(['publishes', i], { what, ...suggest(nearest(topic, known), known) });
  }
}

function checkDocuments(writes: readonly string[], report: Report): void {
  for (const [i, pattern] of writes.entries()) {
    const what = documentPatternProblem(pattern);
    if (what !== undefined)
      report(['writes', i], { what, expected: 'a path such as windows/{pipeline}/panes/{id}' });
  }
}

function checkRoleTopics(roles: RawStep['roles'], known: readonly string[], report: Report): void {
  for (const [i, { on }] of roles.entries()) {
    const topic = on.startsWith('topic:') ? on.slice('topic:'.length) : undefined;
    if (topic === undefined || known.includes(topic)) continue;
    const what = `there is no topic "${topic}" in eventarc/topics.yaml`;
    report(['roles', i, 'on'], { what, ...suggest(nearest(topic, known), known) });
  }
}

/** What the step says it does needs a role that allows it; in the cloud the lack shows only at run time. */
function checkCoverage(name: string, step: RawStep, waking: readonly RawTrigger[], report: Report): void {
  const may = (roles: readonly string[], on: string) =>
    step.roles.some(role => roles.includes(role.role) && (role.on === on || role.on === 'project'));
  for (const [i, topic] of (step.publishes ?? []).entries()) {
    if (may(PUBLISHING, `topic:${topic}`)) continue;
    const what = `"${name}" publishes to ${topic} but has no role for it`;
    report(['publishes', i], {
      what,
      mend: `add { role: roles/pubsub.publisher, on: topic:${topic} } to roles`,
    });
  }
  if ((step.writes ?? []).length > 0 && !may(WRITING, 'project')) {
    const what = `"${name}" writes documents but has no role for it`;
    report(['writes'], { what, mend: 'add { role: roles/datastore.user, on: project } to roles' }, 'key');
  }
  const buckets = new Set(
    waking.flatMap(({ event, where }) => (event?.endsWith('.finalized') ? [where?.['bucket']] : [])),
  );
  for (const bucket of buckets) {
    if (bucket === undefined || step.roles.some(({ on }) => on === `bucket:${bucket}` || on === 'project'))
      continue;
    const what = `uploads to the bucket ${bucket} wake "${name}", which has no role there`;
    const named = step.roles.flatMap(({ on }) =>
      on.startsWith('bucket:') ? [on.slice('bucket:'.length)] : [],
    );
    const guess = nearest(bucket, named);
    const add = `add { role: roles/storage.objectViewer, on: bucket:${bucket} }`;
    report(
      ['roles'],
      { what, mend: guess === undefined ? add : `${add}, or does the trigger mean ${guess}?` },
      'key',
    );
  }
}
