import { resolve } from 'node:path';
import { PROJECT } from '../../emulators/suite-address.ts';
import { workerSubscription } from '../../eventarc/names.ts';
import type { Step, Wiring, WorkerTrigger } from '../../eventarc/wiring.ts';
import { type Defaults, OPTIONS, type Values } from '../../services/worker/settings.ts';
import { type Command, CommandError, EXIT } from '../command.ts';
import { connect } from '../connect.ts';
import { interrupted } from '../interrupt.ts';
import { SITE_OPTIONS } from '../letters/options.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export const worker: Command = {
  name: 'worker',
  summary: 'Pulls the messages of a subscription for a step, until Ctrl-C or SIGTERM drains it.',
  usage:
    'STEP [--subscription NAME] [--topic NAME] [--mode pull|streaming-pull] [--concurrency N] [--timeout SECONDS] [--ordered] [--drain SECONDS] [--health PORT] [--project ID] [--port BASE]',
  options: { ...OPTIONS, ...SITE_OPTIONS },
  positionals: [1, 1],
  examples: [
    ['millrace worker aggregate', 'where its trigger says by: streaming-pull'],
    ['millrace worker feed --mode pull --subscription mine', 'a subscription of your own'],
    ['millrace worker aggregate --project my-project', 'for a deployed Millrace, on any machine'],
  ],
  run: async ({ positionals: [name = ''], options }) => {
    const { loadWiring } = await import('../../eventarc/load.ts');
    const wiring = loadWiring(ROOT);
    const step = wiring.steps.find(one => one.name === name);
    if (!step) throw new CommandError(await noStep(name, wiring), EXIT.usage);
    const project = String(options['project'] ?? PROJECT);
    const settings = await read(options as Values, defaultsOf(step, wiring, options as Values, project));
    if (!options['project']) await connect(options['port'] as string | undefined);
    // From here on the step finds its surroundings in the environment, as everywhere.
    process.env['GOOGLE_CLOUD_PROJECT'] ??= project;
    await import(`../../functions/${name}/index.ts`);
    const { runWorker } = await import('../../services/worker/run.ts');
    const code = await runWorker(settings, interrupted());
    // The step's clients keep connections open.
    process.exit(code);
  },
};

async function noStep(name: string, { steps }: Wiring): Promise<string> {
  const { nearest } = await import('../../shared/yaml/nearest.ts');
  const names = steps.map(step => step.name);
  const guess = nearest(name, names);
  return `There is no step "${name}". ${guess ? `Did you mean ${guess}?` : `There are: ${names.join(', ')}.`}`;
}

async function read(values: Values, defaults: Defaults) {
  const { settingsOf } = await import('../../services/worker/settings.ts');
  try {
    return settingsOf(values, defaults);
  } catch (error) {
    throw new CommandError((error as Error).message, EXIT.usage);
  }
}

/** What the wiring says of the step, and of its trigger where a worker is to pull for it. */
function defaultsOf(step: Step, { triggers }: Wiring, { subscription }: Values, project: string): Defaults {
  const { name, concurrency, timeout } = step;
  const pulled = triggers.filter(one => one.kind === 'worker').filter(one => one.step === name);
  const chosen = subscription
    ? pulled.find(one => workerSubscription(one.name) === String(subscription).split('/').at(-1))
    : onlyOne(name, pulled);
  const topics = new Set(triggers.flatMap(one => (one.step === name && 'topic' in one ? [one.topic] : [])));
  return {
    step: name,
    project,
    subscription: chosen && workerSubscription(chosen.name),
    topic: chosen?.topic ?? (topics.size === 1 ? [...topics][0] : undefined),
    mode: chosen?.by,
    ordered: chosen?.ordered,
    concurrency,
    timeout,
  };
}

/** @throws CommandError where there is none to pull for, or a choice */
function onlyOne(step: string, pulled: readonly WorkerTrigger[]): WorkerTrigger {
  const [first, ...others] = pulled;
  if (!first) {
    const why = `No worker pulls for ${step}: its triggers push, or no topic wakes it.`;
    const mend = 'Write `by: streaming-pull` into its trigger in eventarc/triggers.yaml';
    throw new CommandError(`${why} ${mend}, or name a pull subscription: --subscription NAME.`, EXIT.usage);
  }
  if (others.length === 0) return first;
  const names = pulled.map(({ name }) => workerSubscription(name)).join(' or ');
  throw new CommandError(
    `Several triggers are pulled for ${step}. Say which: --subscription ${names}.`,
    EXIT.usage,
  );
}
