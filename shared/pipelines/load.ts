import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readChecked } from '../yaml/checked.ts';
import { formatProblem, type Problem } from '../yaml/problem.ts';
import { checkPipeline } from './check.ts';
import { compile, hashOf } from './compile.ts';
import { objectNames } from './objects.ts';
import schema from './pipeline.schema.json' with { type: 'json' };
import type { Pipeline } from './pipeline.ts';
import type { PipelineSource } from './source.ts';

/** What is wrong with the files of pipelines/, all of it, each with its line and the way to mend it. */
export class PipelineError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'PipelineError';
    this.problems = problems;
  }
}

export interface LoadedPipelines {
  readonly pipelines: readonly Pipeline[];
  /** Objects of the pipelines bucket by name: what a deployment uploads. */
  readonly objects: ReadonlyMap<string, string>;
}

/**
 * Reads and compiles every pipelines/NAME.yaml with the reference data it joins.
 * @param folder the folder pipelines/
 * @throws PipelineError
 */
export function loadPipelines(folder: string): LoadedPipelines {
  const references = contentsOf(join(folder, 'reference'), '.csv');
  const hashes = new Map([...references].map(([name, content]) => [name, hashOf(content)]));
  const problems: Problem[] = [];
  const pipelines: Pipeline[] = [];
  for (const [name, text] of contentsOf(folder, '.yaml')) {
    const checked = readChecked<PipelineSource>(`pipelines/${name}.yaml`, text, schema);
    const found = checked.problems.length > 0 ? checked.problems : checkPipeline(checked, references);
    problems.push(...found);
    if (found.length === 0) pipelines.push(compile(name, checked.value, hashes));
  }
  if (problems.length > 0) throw new PipelineError(problems);

  const objects = new Map<string, string>();
  for (const pipeline of pipelines) {
    objects.set(objectNames.compiled(pipeline.name, pipeline.version), JSON.stringify(pipeline));
    for (const { reference, hash } of pipeline.joins) {
      objects.set(objectNames.reference(hash), references.get(reference) ?? '');
    }
  }
  // Last: whoever sees the pointer must find what it points at.
  for (const { name, version } of pipelines)
    objects.set(objectNames.current(name), JSON.stringify({ version }));
  return { pipelines, objects };
}

function contentsOf(folder: string, ending: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder).filter(file => file.endsWith(ending));
  return new Map(
    files.sort().map(file => [basename(file, ending), readFileSync(join(folder, file), 'utf8')]),
  );
}
