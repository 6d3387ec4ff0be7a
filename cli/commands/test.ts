import { resolve } from 'node:path';
import { nearest } from '../../shared/yaml/nearest.ts';
import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { count, green, red } from '../terminal.ts';

const PIPELINES = resolve(import.meta.dirname, '../../pipelines');

export const test: Command = {
  name: 'test',
  summary: "Tries the examples in a pipeline's YAML, or in all; needs no suite.",
  usage: '[PIPELINE] [--json]',
  options: { json: JSON_OPTION },
  positionals: [0, 1],
  examples: [
    ['millrace test quakes', 'those of pipelines/quakes.yaml'],
    ['millrace test', 'those of all pipelines, as npm test does'],
  ],
  run: async ({ positionals: [name], options }) => {
    const { loadExamples, tellDifference } = await import('../examples/load.ts');
    const all = loadExamples(PIPELINES);
    const chosen = name === undefined ? all : all.filter(({ pipeline }) => pipeline.name === name);
    if (chosen.length === 0)
      throw unknown(
        name ?? '',
        all.map(({ pipeline }) => pipeline.name),
      );
    const results = chosen.flatMap(tried =>
      tried.examples.map(example => ({
        pipeline: tried.pipeline.name,
        example: example.name,
        place: `${example.file}:${example.line}`,
        differences: tried.run(example).map(difference => tellDifference(example, difference)),
      })),
    );
    if (name !== undefined && results.length === 0) {
      throw new CommandError(
        `pipelines/${name}.yaml has no examples yet. Add some at its end, such as:\n${SAMPLE}`,
      );
    }
    const wrong = results.filter(({ differences }) => differences.length > 0).length;
    if (options['json']) console.log(JSON.stringify({ examples: results.length, wrong, results }));
    else {
      for (const { example, place, differences } of results) {
        console.log(`${differences.length === 0 ? green('ok   ') : red('WRONG')} ${place} ${example}`);
        for (const difference of differences) console.log(`      ${difference}`);
      }
      const total = `${count(results.length)} ${results.length === 1 ? 'example' : 'examples'}`;
      console.log(wrong === 0 ? green(`${total}, all right`) : red(`${total}, ${count(wrong)} wrong`));
    }
    return wrong === 0 ? EXIT.ok : EXIT.failed;
  },
};

const SAMPLE = `examples:
  - name: what it shows
    given: { a: 1 } # a record
    then: { key: "a key", alerts: [] } # or { rejected: a part of the reason }`;

function unknown(name: string, names: readonly string[]): CommandError {
  const guess = nearest(name, names);
  return new CommandError(
    `There is no pipeline "${name}".${guess ? ` Did you mean ${guess}?` : ''} There are: ${names.join(', ')}.`,
    EXIT.usage,
  );
}
