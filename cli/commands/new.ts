import { resolve } from 'node:path';
import { type Command, CommandError, EXIT } from '../command.ts';
import { bold, green } from '../terminal.ts';

const ROOT = resolve(import.meta.dirname, '../..');

type Make = (root: string, name: string) => string[];
const KINDS: Readonly<Record<string, () => Promise<Make>>> = {
  step: async () => (await import('../scaffold/step.ts')).newStep,
  pipeline: async () => (await import('../scaffold/pipeline.ts')).newPipeline,
};

export const newCommand: Command = {
  name: 'new',
  summary: 'Begins a step or a pipeline, with a test that fails until it is yours.',
  usage: 'step|pipeline NAME',
  options: {},
  positionals: [2, 2],
  examples: [
    ['millrace new pipeline visits', 'pipelines/visits.yaml, with examples'],
    ['millrace new step shout', 'functions/shout/, and its line in eventarc/triggers.yaml'],
  ],
  run: async ({ positionals: [kind = '', name = ''] }) => {
    const load = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (!load) throw new CommandError(`A new what? "${kind}" is neither step nor pipeline.`, EXIT.usage);
    const next = (await load())(ROOT, name);
    console.log(green(`The ${kind} ${name} is there.`));
    console.log(`\n${bold('What to do now')}`);
    for (const line of next) console.log(`  ${line}`);
    return EXIT.ok;
  },
};
