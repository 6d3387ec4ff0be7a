import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readChecked, type Told } from '../yaml/checked.ts';
import { formatProblem, type Problem, wholeFile, type YamlPath } from '../yaml/problem.ts';
import { checkPipeline } from './check.ts';
import { compile, hashOf, intervalJoinOf } from './compile.ts';
import { mapOf, type Unchecked } from './fault.ts';
import { loadViews } from './load-views.ts';
import { isPipelineName, PIPELINE_NAME_EXPECTED } from './name.ts';
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
  /** Makes a problem at a key of a pipeline's file, for what only the wiring can tell. */
  problem(pipeline: string, path: YamlPath, told: Told): Problem;
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
  const files = [...contentsOf(folder, '.yaml')].map(
    ([name, text]) => [name, readChecked<PipelineSource>(`pipelines/${name}.yaml`, text, schema)] as const,
  );
  const all: ReadonlyMap<string, Unchecked> = new Map(files.map(([name, { value }]) => [name, mapOf(value)]));
  for (const [name, checked] of files) {
    const found = [
      ...nameProblems(name),
      ...checked.problems,
      ...checkPipeline(checked, references, name, all),
    ];
    problems.push(...found.sort((a, b) => a.line - b.line || a.column - b.column));
  }
  const views = loadViews(join(folder, 'views'), all);
  problems.push(...strayFiles(folder), ...views.problems);
  if (problems.length > 0) throw new PipelineError(problems);

  const intervalJoins = files.flatMap(([name, { value }]) => {
    const join = value['interval-join'];
    return join ? [intervalJoinOf(name, join)] : [];
  });
  const pipelines = files.map(([name, { value }]) =>
    compile(
      name,
      value,
      hashes,
      intervalJoins.filter(({ left, right }) => left === name || right === name),
      views.byPipeline.get(name),
    ),
  );

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
  const checked = new Map(files);
  return {
    pipelines,
    objects,
    problem: (pipeline, path, told) => checked.get(pipeline)!.problem(path, told, 'key'),
  };
}

/** A name becomes part of object names, documents and attributes: what they cannot hold is refused here already. */
function nameProblems(name: string): Problem[] {
  if (isPipelineName(name)) return [];
  const what = `"${name}" is no name for a pipeline`;
  const mend = 'rename the file';
  return [wholeFile(`pipelines/${name}.yaml`, { what, expected: PIPELINE_NAME_EXPECTED, mend })];
}

/** A file that is passed over in silence is a pipeline that never runs. */
function strayFiles(folder: string): Problem[] {
  return namesIn(folder, '.yml').map(name =>
    wholeFile(`pipelines/${name}.yml`, {
      what: 'files that end in .yml are not read',
      mend: `rename it to ${name}.yaml`,
    }),
  );
}

function namesIn(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter(file => file.endsWith(ending));
  return files.map(file => basename(file, ending)).sort();
}

function contentsOf(folder: string, ending: string): Map<string, string> {
  return new Map(
    namesIn(folder, ending).map(name => [name, readFileSync(join(folder, name + ending), 'utf8')]),
  );
}
