import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FaultPlan } from '../../emulators/faults/plan.ts';
import { format, type Log } from '../../emulators/functions/log.ts';
import type { Suite } from '../../emulators/suite.ts';
import { BASE_PORT } from '../../emulators/suite-address.ts';
import { type Call, type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { addressOf, firestoreClient, originOf, PORT_OPTION } from '../connect.ts';
import { DEMO_PIPELINE, playDemo } from '../demo.ts';
import { DEMO_ACCOUNT, seedDemoAccount } from '../demo-account.ts';
import { interrupted } from '../interrupt.ts';
import { printAbove } from '../progress.ts';
import { readResults } from '../results.ts';
import { showHints, showResults, showWelcome } from '../show.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What steps say of every batch; shown only to those who ask. */
const CHATTER: ReadonlySet<string> = new Set(['DEBUG', 'INFO']);

export const start: Command = {
  name: 'start',
  summary: 'Starts the local suite and plays the quakes through it.',
  usage:
    '[--once] [--empty] [--isolate] [--data DIR] [--faults FILE] [--firestore=google] [--port BASE] [--verbose] [--json]',
  options: {
    once: { type: 'boolean', description: 'End after the results are in, with a summary' },
    empty: { type: 'boolean', description: 'Play nothing' },
    isolate: { type: 'boolean', description: 'A process per step, as in the cloud' },
    data: {
      type: 'string',
      value: 'DIR',
      description: 'Keep all state in DIR over restarts (default: in memory)',
    },
    faults: {
      type: 'string',
      value: 'FILE',
      description: 'Let deliveries go wrong as FILE says (docs/reliability.md)',
    },
    firestore: {
      type: 'string',
      value: 'google',
      description: "Google's Firestore emulator in the place of ours, where it is installed",
    },
    port: PORT_OPTION,
    verbose: { type: 'boolean', description: 'Show what steps say of every batch, not only warnings' },
    json: JSON_OPTION,
  },
  positionals: [0, 0],
  examples: [
    ['npm start', 'everything, with the quakes; stays up'],
    ['npm start -- --once --json', 'one run for scripts'],
    ['npm start -- --empty --data .millrace', 'your own data, kept'],
    ['npm start -- --faults faults.yaml', 'with duplicates, lost answers, killed steps'],
  ],
  run: async ({ options }) => {
    const address = addressOf(options['port'] as string | undefined);
    Object.assign(process.env, address.environment);
    const ending = interrupted();
    const state = { ending: false };
    void ending.then(() => {
      state.ending = true;
    });
    const suite = await launch(address.base, options, state);
    const broken = suite.functions.ready().then(() => new Promise<never>(() => {}), portTaken(address.base));
    broken.catch(() => {}); // Told by whoever waits for it.
    try {
      if (!options['once']) await seedDemoAccount(originOf(address, 'auth'), originOf(address, 'firestore'));
      if (!options['json']) showWelcome(address.base);
      const playable = suite.pipelines.some(pipeline => pipeline.name === DEMO_PIPELINE);
      if (!options['empty'] && playable) {
        await Promise.race([play(address.control, Boolean(options['json'])), ending, broken]);
      }
      if (options['once']) return state.ending ? EXIT.failed : EXIT.ok;
      if (!state.ending) prepareConsole(suite, state);
      if (!options['json'] && !state.ending)
        showHints(
          address.base,
          suite.pipelines.map(({ name }) => name),
        );
      await Promise.race([ending, broken]);
      return EXIT.ok;
    } finally {
      state.ending = true;
      await suite.stop();
    }
  },
};

async function launch(
  base: number,
  options: Call['options'],
  state: { readonly ending: boolean },
): Promise<Suite> {
  const colour = process.stderr.isTTY === true && !process.env['NO_COLOR'];
  const log: Log = line => {
    // Ctrl-C in a terminal reaches the steps' process as well: its end is no news then.
    if (state.ending || (CHATTER.has(line.severity) && !options['verbose'])) return;
    printAbove(format(line, { colour }));
  };
  const { startSuite } = await import('../../emulators/suite.ts');
  return startSuite({
    root: ROOT,
    base,
    log,
    isolate: Boolean(options['isolate']),
    demo: DEMO_ACCOUNT,
    ...(options['faults'] ? { faults: await faultsIn(String(options['faults'])) } : {}),
    ...(options['data'] ? { dir: resolve(String(options['data'])) } : {}),
    ...(options['firestore'] ? { firestore: await googleIn(options) } : {}),
  }).catch(portTaken(base));
}

/** Builds the page while nothing else is to be done; whoever asks for it earlier has it built then. */
function prepareConsole(suite: Suite, state: { readonly ending: boolean }): void {
  suite.console.prepare().catch((error: Error) => {
    if (!state.ending) printAbove(`The console could not be built: ${error.message}`);
  });
}

/** @throws FaultsError, CommandError (exit 2) when there is no such file */
async function faultsIn(file: string): Promise<FaultPlan> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? `There is no file ${file}.` : error.message;
    throw new CommandError(why, EXIT.usage);
  });
  const [{ readFaults }, { loadWiring }] = await Promise.all([
    import('../../emulators/faults/read.ts'),
    import('../../eventarc/load.ts'),
  ]);
  return readFaults(
    file,
    text,
    loadWiring(ROOT)
      .triggers.filter(({ kind }) => kind === 'eventarc' || kind === 'schedule')
      .map(({ name }) => name),
  );
}

/** @throws CommandError where it was asked for wrongly, or is not installed */
async function googleIn({ firestore, data }: Call['options']): Promise<'google'> {
  if (firestore !== 'google')
    throw new CommandError(`--firestore takes "google", not "${firestore}".`, EXIT.usage);
  if (data) {
    const why = "Google's Firestore emulator keeps nothing over restarts: leave out --data or --firestore.";
    throw new CommandError(why, EXIT.usage);
  }
  const { findFirestoreJar, HOW_TO_INSTALL } = await import('../../emulators/google/find.ts');
  if (findFirestoreJar() === undefined) throw new CommandError(HOW_TO_INSTALL);
  return 'google';
}

/** Says in words that a port is taken, whichever part of the suite found out; passes on every other error. */
function portTaken(base: number): (error: Error) => never {
  return error => {
    if (!`${(error as { code?: string }).code} ${error.message}`.includes('EADDRINUSE')) throw error;
    const port = /\d{2,5}(?!.*\d)/.exec(error.message)?.[0] ?? `from ${base} on`;
    const other = base === BASE_PORT ? BASE_PORT + 100 : BASE_PORT;
    throw new CommandError(
      `Port ${port} is taken. Does another suite run? Stop it, or choose other ports: --port ${other}.`,
    );
  };
}

async function play(control: string, json: boolean): Promise<void> {
  const firestore = await firestoreClient();
  try {
    await playDemo(firestore, control);
    const results = await readResults(firestore);
    const seconds = Number((performance.now() / 1000).toFixed(3));
    if (json) console.log(JSON.stringify({ ...results, seconds }));
    else await showResults(firestore, results, seconds);
  } finally {
    await firestore.terminate();
  }
}
