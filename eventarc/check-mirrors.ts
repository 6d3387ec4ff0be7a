import type { LoadedMirrors } from '../shared/mirrors/load.ts';
import { capture, type Mirror } from '../shared/mirrors/mirror.ts';
import type { Problem } from '../shared/yaml/problem.ts';
import { compilePattern } from './patterns.ts';
import type { Trigger, Wiring } from './wiring.ts';

const STEP = 'mirror';
const WRITTEN = 'google.cloud.firestore.document.v1.written';

/** What a mirror needs of the wiring: a trigger for every document of it, and a role on its dataset. */
export function checkMirrors({ mirrors, problem }: LoadedMirrors, { triggers, steps }: Wiring): Problem[] {
  const roles = steps.find(({ name }) => name === STEP)?.roles ?? [];
  return mirrors.flatMap(mirror => {
    const problems: Problem[] = [];
    if (!wokenFor(mirror, triggers)) {
      const what = `nothing wakes the step "${STEP}" for the documents of ${mirror.collection}`;
      const line = `mirror-${mirror.name}: { step: ${STEP}, event: ${WRITTEN}, where: { document: "${patternOf(mirror)}" } }`;
      problems.push(problem(mirror, 'collection_path', what, `add to eventarc/triggers.yaml: ${line}`));
    }
    const on = `dataset:${mirror.dataset}`;
    if (!roles.some(role => role.on === on)) {
      const what = `the step "${STEP}" has no role on the dataset ${mirror.dataset}`;
      const line = `{ role: roles/bigquery.dataEditor, on: ${on} }`;
      problems.push(
        problem(mirror, 'dataset_id', what, `add to the roles of functions/${STEP}/function.yaml: ${line}`),
      );
    }
    return problems;
  });
}

/** The filter of a trigger for a mirror's documents. */
function patternOf({ collection, group }: Mirror): string {
  return group ? `{parent=**}/${collection}/{document}` : `${collection}/{document}`;
}

/** Whether one trigger, or several together, see every document: tried with paths that stand for all. */
function wokenFor(mirror: Mirror, triggers: readonly Trigger[]): boolean {
  const patterns = triggers.flatMap(trigger => {
    if (trigger.kind !== 'eventarc' || trigger.step !== STEP || !trigger.event.startsWith(WRITTEN)) return [];
    const filter = trigger.where.find(({ attribute }) => attribute === 'document');
    return [filter ? compilePattern(filter.value) : undefined];
  });
  return pathsOf(mirror).every(path =>
    patterns.some(pattern => !pattern || pattern.match(path) !== undefined),
  );
}

/** Ids that no pattern spells out. */
const ANY = '\u0001';

function pathsOf({ collection, group }: Mirror): string[] {
  if (group) return [0, 1, 2].map(depth => `${`${ANY}/${ANY}/`.repeat(depth)}${collection}/${ANY}`);
  const segments = collection.split('/').map(segment => (capture(segment) === undefined ? segment : ANY));
  return [`${segments.join('/')}/${ANY}`];
}
