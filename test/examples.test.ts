import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { loadExamples, tellDifference } from '../cli/examples/load.ts';

const examples = loadExamples(resolve(import.meta.dirname, '../pipelines')).flatMap(({ examples, run }) =>
  examples.map(example => [`${example.file}: ${example.name}`, example, run] as const),
);

it.each(examples)('%s', (_, example, run) => {
  expect(run(example).map(difference => tellDifference(example, difference))).toEqual([]);
});
