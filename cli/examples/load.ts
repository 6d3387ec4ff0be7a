import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadPipelines } from '../../shared/pipelines/load.ts';
import schema from '../../shared/pipelines/pipeline.schema.json' with { type: 'json' };
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { readChecked } from '../../shared/yaml/checked.ts';
import type { Difference, Example, PlacedExample } from './example.ts';
import { runExample } from './run.ts';

/** A pipeline with the examples that its file keeps. */
export interface Tried {
  readonly pipeline: Pipeline;
  readonly file: string;
  readonly examples: readonly PlacedExample[];
  run(example: PlacedExample, now?: Date): readonly Difference[];
}

/**
 * The pipelines of a folder with their examples.
 * @throws PipelineError when a file of it is wrong
 */
export function loadExamples(folder: string): Tried[] {
  const references = referencesOf(join(folder, 'reference'));
  return loadPipelines(folder).pipelines.map(pipeline => {
    const file = `pipelines/${pipeline.name}.yaml`;
    const text = readFileSync(join(folder, `${pipeline.name}.yaml`), 'utf8');
    return {
      pipeline,
      file,
      examples: examplesOf(file, text),
      run: (example, now = new Date()) => runExample(pipeline, references, example, now),
    };
  });
}

function examplesOf(file: string, text: string): PlacedExample[] {
  const { value, positionOf } = readChecked<{ readonly examples?: readonly Example[] }>(file, text, schema);
  return (value.examples ?? []).map((example, index) => ({
    ...example,
    name: example.name ?? `example ${index + 1}`,
    file,
    line: positionOf(['examples', index]).line,
    positionOf: path => positionOf(['examples', index, ...path], 'key'),
  }));
}

/** A difference with its place, as compilers say it. */
export function tellDifference(example: PlacedExample, { path, what }: Difference): string {
  const { line, column } = example.positionOf(path);
  return `${example.file}:${line}:${column}: ${what.replace(/\.$/, '')}.`;
}

function referencesOf(folder: string): Map<string, string> {
  const files = existsSync(folder) ? readdirSync(folder).filter(file => file.endsWith('.csv')) : [];
  return new Map(files.map(file => [basename(file, '.csv'), readFileSync(join(folder, file), 'utf8')]));
}
